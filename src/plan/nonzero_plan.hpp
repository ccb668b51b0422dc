// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/nonzero/nonzero_args.hpp"
#include "condition_plan.hpp"

namespace bitwhere::plan {

// As where_plan, only what is used is set.
struct nonzero_plan {
  nonzero_plan() { args.s.elements = 0; }
  kernels::nonzero_args args;
  kernels::found* found = nullptr;
  // Read whatever is found, and for each hit.
  int64_t bytes = 0;
  int64_t hit_bytes = 0;

  const char* operation() const { return args.values ? "masked_select" : "nonzero"; }
  int64_t record_bytes() const { return args.rank * args.size; }
};

// Into an output of a fixed capacity. Throw as bw_nonzero_into and bw_masked_select_into.
nonzero_plan plan_nonzero_into(const placement& on, const bw_condition* condition,
                               const bw_nonzero_options* options, const bw_tensor* out,
                               bw_found* found);
nonzero_plan plan_select_into(const placement& on, const bw_tensor* x,
                              const bw_condition* condition, const bw_select_options* options,
                              const bw_tensor* out, bw_found* found);

// A plan without an output, which is given when the hits have been counted. `columns` is set where
// a dimension's indices are to lie side by side.
nonzero_plan plan_nonzero(const placement& on, const bw_condition* condition,
                          const bw_nonzero_options* options, bool& columns);
nonzero_plan plan_select(const placement& on, const bw_tensor* x, const bw_condition* condition);

// The bytes of `count` records. Throws BW_OUT_OF_MEMORY where they overflow.
size_t bytes_of_records(const nonzero_plan& plan, int64_t count);

// Contiguous memory for exactly `count` records.
void give_output(nonzero_plan& plan, void* data, int64_t count, bool columns);

}  // namespace bitwhere::plan
