// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "loss_sums.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bitwhere::tool {

namespace {

/// A few words are not worth waking a thread for.
context host() { return context(context_options{.device = "cpu", .threads = 1}); }

double weight_of_all(std::span<const std::int64_t> counts, std::size_t classes,
                     const std::vector<double>& weights) {
  double sum = 0;
  for (std::size_t t = 0; t < classes; ++t) {
    std::int64_t pixels = 0;
    for (const std::int64_t count : counts.subspan(t * classes, classes)) pixels += count;
    const double weight = weights.empty() ? 1 : weights[t];
    sum += weight * static_cast<double>(pixels);
  }
  return sum;
}

std::size_t root_of(std::size_t square) {
  std::size_t root = 0;
  while (root * root < square) ++root;
  return root;
}

}  // namespace

std::string loss_text(const std::optional<double>& mean) {
  return mean ? fmt::format("{:.9f}", *mean) : "-";
}

std::vector<std::int64_t> host_words(const tensor& partial) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(partial.size()));
  copy(partial.on(), partial, view(out));
  return out;
}

void loss_sums::add(const std::vector<std::int64_t>& words) {
  const auto like = [&](const auto& other) { return other.size() == words.size(); };
  const auto found = std::ranges::find_if(kinds_, like);
  if (found == kinds_.end()) {
    kinds_.push_back(words);
    return;
  }
  const context here = host();
  loss_partial sum(to(here, view(*found)));
  sum.merge(view(words));
  *found = host_words(sum.words());
}

void loss_sums::add(const loss_sums& other) {
  for (const std::vector<std::int64_t>& words : other.kinds_) add(words);
}

loss_numbers loss_sums::numbers(std::span<const std::int64_t> counts,
                                const std::vector<double>& weights) const {
  // Shorter words first, whichever came first.
  std::vector<std::vector<std::int64_t>> kinds = kinds_;
  std::ranges::sort(kinds, {}, [](const auto& words) { return words.size(); });
  loss_numbers out;
  double mean = 0;
  for (const std::vector<std::int64_t>& words : kinds) {
    const context here = host();
    const loss_partial all(to(here, view(words)));
    out.sum += all.finish({.reduction = loss_reduction::sum, .type = f64}).item<double>();
    mean = all.finish({.type = f64}).item<double>();
  }
  const double weight = weight_of_all(counts, root_of(counts.size()), weights);
  if (weight != 0) out.mean = kinds.size() == 1 ? mean : out.sum / weight;
  return out;
}

}  // namespace bitwhere::tool
