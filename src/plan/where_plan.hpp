// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/where/where_args.hpp"
#include "condition_plan.hpp"

namespace bitwhere::plan {

// A call of few elements costs what its plan does, and room for eight leaves takes long to clear:
// only what is used is ever set.
struct where_plan {
  where_plan() { args.s.elements = 0; }
  kernels::where_args args;
  int64_t bytes = 0;  // read and written
};

// What `where` gives, found without a device.
struct where_result {
  dtype type;
  struct shape shape;
};

// Throws as bw_where, for everything that can be said without the output.
where_result plan_where_result(const bw_condition* condition, const bw_operand& x,
                               const bw_operand& y);

// Throws as bw_where. A plan of no elements has args.s.elements == 0 and nothing else.
where_plan plan_where(const placement& on, const bw_condition* condition, const bw_operand& x,
                      const bw_operand& y, const bw_tensor* out);

// out[i] = condition[i]: a choice between true and false. Throws as bw_mask.
where_plan plan_mask(const placement& on, const bw_condition* condition, const bw_tensor* out);

// out[i] = condition[i] ? from[i] : 0, between floats: `from` broadcasts to the shape of `out`,
// whose dtype it is converted to. Both have been checked, and the condition broadcasts to it, too.
// NULL: everywhere.
//   Throws BW_OVERLAP where `out` shares memory other than element by element, BW_INVALID_DEVICE
where_plan plan_selection(const placement& on, const bw_condition* condition, const tensor& from,
                          const tensor& out);

// out[i] = from[i] by the same loop: a choice with a constant condition.
where_plan plan_copy(const tensor& from, const tensor& out);

}  // namespace bitwhere::plan
