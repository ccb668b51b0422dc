// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "evaluate.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bitwhere::tool {

/// The pixels of one image.
struct image_count {
  std::vector<std::int64_t> counts;  ///< classes x classes, row = target
  image_result result;
  std::optional<problem> bad_labels;
  loss_sums loss;           ///< of scores
  loss_sums weighted_loss;  ///< likewise, with class weights
};

/// Counts one image. Throws file_error where the two maps do not fit together, error otherwise.
image_count count_image(const context& on, const evaluate_options& options, const work_item& item,
                        const prediction_map& prediction, const label_map& target);

/// The labels that scores stand for, in host memory, in the narrowest type.
label_map labels_of(const context& on, const score_map& scores);

}  // namespace bitwhere::tool
