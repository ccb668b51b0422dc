// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/metrics/label_args.hpp"
#include "tensor.hpp"

namespace bitwhere::plan {

// Only what is used is set; no elements means that nothing but the outputs is there.
struct confusion_plan {
  confusion_plan() { args.pixels.s.elements = 0; }
  kernels::confusion_args args;
  int64_t* counts = nullptr;
  kernels::report* report = nullptr;
  bool accumulate = false;
  int64_t bytes = 0;  // read and written
};

struct accuracy_plan {
  accuracy_plan() { args.pixels.s.elements = 0; }
  kernels::accuracy_args args;
  kernels::accuracy_counts* counts = nullptr;
  bool accumulate = false;
  int64_t bytes = 0;
};

struct argmax_plan {
  argmax_plan() { args.s.elements = 0; }
  kernels::argmax_args args;
  int64_t bytes = 0;
};

// They throw as the C functions of these names.
confusion_plan plan_confusion(const placement& on, const bw_tensor* prediction,
                              const bw_tensor* target, const bw_label_options* options,
                              const bw_tensor* counts, bw_report* report);
accuracy_plan plan_accuracy(const placement& on, const bw_tensor* prediction,
                            const bw_tensor* target, const bw_label_options* options,
                            const bw_tensor* counts);
argmax_plan plan_argmax(const placement& on, const bw_tensor* x, int32_t dim, const bw_tensor* out);

inline constexpr int64_t max_classes = 32768;

}  // namespace bitwhere::plan
