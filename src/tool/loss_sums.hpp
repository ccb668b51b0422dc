// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/class_losses.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace bitwhere::tool {

/// The cross-entropy of some pixels: NaN where there is none.
struct loss_numbers {
  double sum = 0;
  double mean = 0;  ///< the sum divided by the sum of the weights
};

/// Exact sums of losses, of f32 terms and of f64 ones: what images add, in any order, is what one
/// pass over all of them would give.
class loss_sums {
 public:
  /// Adds the words of a partial, on the host.
  void add(const std::vector<std::int64_t>& words);
  void add(const loss_sums& other);

  /// `counts` are the cells of the same pixels' confusion matrix, `weights` those of the classes,
  /// none: 1. The sum of the pixels' weights is taken from them, in the order of the classes.
  [[nodiscard]] loss_numbers numbers(std::span<const std::int64_t> counts,
                                     const std::vector<float>& weights) const;

 private:
  std::vector<std::vector<std::int64_t>> kinds_;
};

/// The words of a partial, brought to the host.
std::vector<std::int64_t> host_words(const tensor& partial);

}  // namespace bitwhere::tool
