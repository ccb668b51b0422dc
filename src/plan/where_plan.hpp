// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/where/where_args.hpp"
#include "condition_plan.hpp"

namespace bitwhere::plan {

// What `where` gives for these inputs, found without a device.
struct where_inputs {
  struct condition condition;
  bool x_is_scalar = false;
  bool y_is_scalar = false;
  tensor x;
  tensor y;
  dtype type = dtype::f32;
  struct shape shape;
  unsigned char x_value[16] = {};  // of scalars, in the result's dtype
  unsigned char y_value[16] = {};
};

// Throws as bw_where, for everything that can be said without the output.
where_inputs plan_where_inputs(const bw_condition* condition, const bw_operand& x,
                               const bw_operand& y);

struct where_plan {
  kernels::where_args args = {};
  int64_t bytes = 0;  // read and written
};

// Throws as bw_where. A plan of no elements has args.s.elements == 0 and nothing else.
where_plan plan_where(const placement& on, const bw_condition* condition, const bw_operand& x,
                      const bw_operand& y, const bw_tensor* out);

// out[i] = from[i] by the same loop: a choice with a constant condition.
where_plan plan_copy(const tensor& from, const tensor& out);

}  // namespace bitwhere::plan
