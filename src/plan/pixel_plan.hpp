// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <vector>

#include "../../kernels/metrics/label_args.hpp"
#include "tensor.hpp"

namespace bitwhere::plan {

// The pixels of a metric, checked.
struct pixels {
  std::vector<tensor> inputs;  // all that is read
  int64_t classes = 0;         // of scores; 0 where predictions are labels
  int64_t bytes = 0;           // read
};

// Fills what metrics have in common: target and prediction, label map or scores, the condition and
// what is ignored; the pixels in logical order.
//   Throws as bw_confusion_matrix
pixels plan_pixels(const placement& on, const bw_tensor* prediction, const bw_tensor* target,
                   const bw_label_options& options, kernels::pixel_args& args);

// The scores of one dimension of `from`, in an index space of the others: their shape, and `to`
// but for how it is reached. `what` names the dimension.
//   Throws BW_INVALID_SHAPE, BW_INVALID_ARGUMENT
shape take_classes(const tensor& from, int32_t class_dim, const char* what,
                   kernels::class_scores& to);

// An i64 output of exactly this shape, contiguous and apart from what is read: counts are written
// while labels are read, so that not even the same elements may be shared.
tensor checked_counts(const placement& on, const bw_tensor* counts, const char* name,
                      const shape& expected, const std::vector<tensor>& inputs);

bool is_score_dtype(dtype type);

}  // namespace bitwhere::plan
