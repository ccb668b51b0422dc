// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <vector>

#include "../../kernels/metrics/label_args.hpp"
#include "tensor.hpp"

namespace bitwhere::plan {

struct confusion_plan {
  kernels::confusion_args args = {};
  int64_t* counts = nullptr;
  kernels::report* report = nullptr;
  bool accumulate = false;
  int64_t bytes = 0;  // read and written
};

struct accuracy_plan {
  kernels::accuracy_args args = {};
  kernels::accuracy_counts* counts = nullptr;
  bool accumulate = false;
  int64_t bytes = 0;
};

// Both throw as the C functions of these names.
confusion_plan plan_confusion(const placement& on, const bw_tensor* prediction,
                              const bw_tensor* target, const bw_label_options* options,
                              const bw_tensor* counts, bw_report* report);
accuracy_plan plan_accuracy(const placement& on, const bw_tensor* prediction,
                            const bw_tensor* target, const bw_label_options* options,
                            const bw_tensor* counts);

inline constexpr int64_t max_classes = 32768;

}  // namespace bitwhere::plan
