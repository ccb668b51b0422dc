// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/metrics/label_args.hpp"
#include "../../kernels/reduce/reduce_args.hpp"
#include "count_plan.hpp"

namespace bitwhere::plan {

// As where_plan, only what is used is set. No elements leave outputs of nothing to be written.
struct reduce_plan {
  reduce_plan() {
    args.s.elements = 0;
    args.outputs = 0;
    args.reduced = 0;
    args.output_rank = 0;
    args.conditional = false;
  }
  kernels::reduce_args args;  // finish.out is NULL where `out` is strided: a workspace is needed
  int64_t outputs = 0;
  tensor out;
  int64_t* partials = nullptr;  // instead of `out`
  kernels::report* report = nullptr;
  int64_t words = 0;  // of a partial
  int64_t bytes = 0;  // read and written
};

// into[i] += from[i]
struct merge_plan {
  const int64_t* from = nullptr;
  int64_t* into = nullptr;
  int64_t partials = 0;
  int64_t words = 0;
  int64_t bytes = 0;
};

struct finish_plan {
  kernels::finish_args args;  // out as in reduce_plan
  const int64_t* partials = nullptr;
  int64_t outputs = 0;
  int64_t words = 0;
  kernels::report* report = nullptr;
  tensor out;
  int64_t bytes = 0;
};

// What bw_reduce gives, found without a device.
struct reduce_result {
  dtype type;
  struct shape shape;
};

reduce_result plan_reduce_result(int32_t reducer, const bw_tensor* x,
                                 const bw_reduce_options* options);

// They throw as the C functions of these names.
reduce_plan plan_reduce(const placement& on, int32_t reducer, const bw_tensor* x,
                        const bw_reduce_options* options, const bw_tensor* out, bw_report* report);
reduce_plan plan_reduce_partial(const placement& on, int32_t reducer, const bw_tensor* x,
                                const bw_reduce_options* options, const bw_tensor* partial);

// The exact sums, where the condition holds, of `from` broadcast to `over_these`, rounded to `out`:
// floats that have been checked, as what the condition broadcasts to has. NULL: everywhere.
//   Throws BW_OVERLAP, BW_INVALID_DEVICE
reduce_plan plan_addition(const placement& on, const bw_condition* condition, const tensor& from,
                          const shape& over_these, const reduction& over, const tensor& out);

// A count without a report reads nothing of x: it is a count of the condition.
count_plan plan_reduce_count(const placement& on, const bw_tensor* x,
                             const bw_reduce_options* options, const bw_tensor* out);

int64_t partial_words(int32_t reducer, bw_dtype type);

merge_plan plan_merge_partials(const placement& on, const bw_tensor* from, const bw_tensor* into);

finish_plan plan_finish_partials(const placement& on, int32_t reducer, const bw_tensor* partial,
                                 bw_dtype type, const bw_reduce_options* options,
                                 const bw_tensor* out, bw_report* report);

}  // namespace bitwhere::plan
