// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "class_weights.hpp"

#include "failure.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstddef>

namespace bitwhere::tool {

namespace {

double parse_weight(const char* option, const std::string& text) {
  double weight = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, weight);
  if (failed == std::errc() && rest == end && std::isfinite(weight) && weight >= 0) return weight;
  throw usage_error(fmt::format("{} {}: not a finite number from 0 on, like 0.5", option, text));
}

}  // namespace

std::vector<double> weights_of(const class_list& classes, const weight_texts& given) {
  std::vector<double> out;
  if (!given.class_weights.empty()) {
    if (!given.foreground.empty() || !given.foreground_weight.empty()) {
      throw usage_error("--class-weights already says what --foreground does: give one of them");
    }
    if (static_cast<std::int64_t>(given.class_weights.size()) != classes.count) {
      throw usage_error(fmt::format("--class-weights: has {} numbers, but there are {} classes",
                                    given.class_weights.size(), classes.count));
    }
    for (const std::string& text : given.class_weights) {
      out.push_back(parse_weight("--class-weights", text));
    }
    return out;
  }
  if (given.foreground.empty() != given.foreground_weight.empty()) {
    throw usage_error("--foreground and --foreground-weight need each other");
  }
  if (given.foreground.empty()) return out;
  out.assign(static_cast<std::size_t>(classes.count), 1.0);
  const double weight = parse_weight("--foreground-weight", given.foreground_weight);
  for (const std::int64_t id : select_classes(classes, given.foreground, "--foreground")) {
    out[static_cast<std::size_t>(id)] = weight;
  }
  return out;
}

}  // namespace bitwhere::tool
