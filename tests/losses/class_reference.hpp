// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

// Class losses in long double, and in the order of the definition for the sum over classes.
namespace bitwhere::test {

// Of one pixel, of logits in long double. Weights of nothing are 1.
struct class_reference {
  std::vector<double> class_weight;
  double smoothing = 0;

  [[nodiscard]] long double weight_of(std::size_t c) const {
    return class_weight.empty() ? 1.0L : static_cast<long double>(class_weight[c]);
  }
  static long double log_sum(const std::vector<double>& x) {
    long double largest = -std::numeric_limits<long double>::infinity();
    for (const double v : x) largest = std::fmax(largest, static_cast<long double>(v));
    long double sum = 0;
    for (const double v : x) sum += std::exp(static_cast<long double>(v) - largest);
    return largest + std::log(sum);
  }
  [[nodiscard]] long double of_label(const std::vector<double>& x, std::size_t label) const {
    const long double all = log_sum(x);
    long double spread = 0;
    for (std::size_t c = 0; c < x.size(); ++c) {
      spread += weight_of(c) * (all - static_cast<long double>(x[c]));
    }
    const auto e = static_cast<long double>(smoothing);
    return (1 - e) * weight_of(label) * (all - static_cast<long double>(x[label])) +
           (e == 0 ? 0 : e / static_cast<long double>(x.size()) * spread);
  }
  [[nodiscard]] long double of_probabilities(const std::vector<double>& x,
                                             const std::vector<double>& p) const {
    const long double all = log_sum(x);
    const auto e = static_cast<long double>(smoothing);
    long double sum = 0;
    for (std::size_t c = 0; c < x.size(); ++c) {
      const long double share =
          (1 - e) * static_cast<long double>(p[c]) + e / static_cast<long double>(x.size());
      sum += weight_of(c) * share * (all - static_cast<long double>(x[c]));
    }
    return sum;
  }
};

// The sum over a tile as its definition says it: 128 running sums and the tree of neighbours.
template <class T, class Term>
T defined_tile_sum(std::int64_t n, Term term) {
  std::vector<T> a(128, T{0});
  for (std::int64_t i = 0; i < n; ++i) a[static_cast<std::size_t>(i % 128)] += term(i);
  for (std::size_t d = 1; d < 128; d *= 2) {
    for (std::size_t l = 0; l < 128; l += 2 * d) a[l] += a[l + d];
  }
  return a[0];
}

}  // namespace bitwhere::test
