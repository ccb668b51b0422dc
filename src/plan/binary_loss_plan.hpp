// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/losses/binary_loss_args.hpp"
#include "condition_plan.hpp"

namespace bitwhere::plan {

// As where_plan, only what is used is set. No elements still leave the result of a sum or a mean to
// be written.
struct binary_loss_plan {
  binary_loss_plan() { args.s.elements = 0; }
  kernels::binary_loss_args args;  // finish.out is NULL where `out` is strided
  tensor out;
  kernels::report* report = nullptr;
  int64_t bytes = 0;  // read and written

  const char* operation() const;
};

// Throws as bw_binary_loss.
binary_loss_plan plan_binary_loss(const placement& on, int32_t kind, const bw_tensor* x,
                                  const bw_tensor* target, const bw_binary_loss_options* options,
                                  const bw_loss_options* loss, const bw_tensor* out,
                                  bw_report* report);

}  // namespace bitwhere::plan
