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

struct ignored_values {
  const int64_t* value;
  size_t count;
};

// bw_confusion_scores: host arithmetic on counts, in f64, in the order of the classes.
void score(confusion_counts counts, ignored_values ignore, bw_scores* scores,
           double* class_accuracy, double* class_iou);

}  // namespace bitwhere::plan
