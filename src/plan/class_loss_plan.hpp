// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/losses/class_loss_args.hpp"
#include "tensor.hpp"

namespace bitwhere::plan {

// As binary_loss_plan.
struct class_loss_plan {
  class_loss_plan() { args.s.elements = 0; }
  kernels::class_loss_args args;  // finish.out is NULL where `out` is strided
  tensor out;
  int64_t* confusion = nullptr;
  kernels::accuracy_counts* agreement = nullptr;
  bool accumulate = false;
  kernels::report* report = nullptr;
  int64_t bytes = 0;  // read and written

  const char* operation() const;
};

// Throws as bw_class_loss.
class_loss_plan plan_class_loss(const placement& on, int32_t kind, const bw_tensor* x,
                                const bw_tensor* target, const bw_class_loss_options* options,
                                const bw_loss_options* loss, const bw_tensor* out,
                                const bw_tensor* confusion, const bw_tensor* agreement,
                                bw_report* report);

}  // namespace bitwhere::plan
