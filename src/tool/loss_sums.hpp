// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/class_losses.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// The cross-entropy of some pixels.
struct loss_numbers {
  double sum = 0;
  std::optional<double> mean;  ///< the sum divided by the sum of the weights; none where that is 0
};

/// For tables: `-` where there is none, and inf and nan as such.
std::string loss_text(const std::optional<double>& mean);

/// Exact sums of losses, of f32 terms and of f64 ones: what images add, in any order, is what one
/// pass over all of them would give.
class loss_sums {
 public:
  /// Adds the words of a partial, on the host.
  void add(const std::vector<std::int64_t>& words);
  void add(const loss_sums& other);

  /// `counts` are the cells of the same pixels' confusion matrix, `weights` those of the classes,
  /// none: 1. Where terms of both kinds were added, the sum of the pixels' weights is taken from
  /// them, in the order of the classes; else it is as exact as that of the terms.
  [[nodiscard]] loss_numbers numbers(std::span<const std::int64_t> counts,
                                     const std::vector<double>& weights) const;

 private:
  std::vector<std::vector<std::int64_t>> kinds_;
};

/// The words of a partial, brought to the host.
std::vector<std::int64_t> host_words(const tensor& partial);

}  // namespace bitwhere::tool
