// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.h>

#include <cstdint>

namespace bitwhere::plan {

struct confusion_counts {
  const int64_t* cells;  // row = target
  int64_t classes;
};

// bw_confusion_scores: host arithmetic on counts, in f64, in the order of the classes.
void score(confusion_counts counts, const bw_score_options* given, bw_scores* scores,
           const bw_class_scores* per_class);

// bw_score_convention; of a number that is no bw_convention it throws.
void set_convention(int32_t convention, bw_score_options* options);

}  // namespace bitwhere::plan
