// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/count/count_args.hpp"
#include "condition_plan.hpp"
#include "reduction.hpp"

namespace bitwhere::plan {

// As where_plan, only what is used is set.
struct count_plan {
  count_plan() {
    args.s.elements = 0;
    args.counts = nullptr;
  }
  kernels::count_args args;  // counts is NULL where `out` is strided: a workspace is needed
  int64_t outputs = 0;
  tensor out;
  int64_t bytes = 0;  // read and written
};

// The shape of the result. Throws as bw_count_nonzero.
shape plan_count_shape(const bw_condition* condition, const bw_reduction* over);

count_plan plan_count(const placement& on, const bw_condition* condition, const bw_reduction* over,
                      const bw_tensor* out);

// Completes the plan of a count over a shape to which the condition broadcasts. The output and the
// program of the condition are there; the condition has no tensors where that is a constant.
void plan_counts(const placement& on, const condition& in, const shape& over,
                 const reduction& parted, count_plan& plan);

}  // namespace bitwhere::plan
