// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/elementwise/elementwise_args.hpp"
#include "condition_plan.hpp"

namespace bitwhere::plan {

// Only what is used is ever set, as in where_plan.
struct elementwise_plan {
  elementwise_plan() { args.s.elements = 0; }
  kernels::elementwise_args args;
  int64_t bytes = 0;  // read and written

  const char* operation() const;
};

// What a function gives, found without a device.
struct elementwise_result {
  dtype type;
  struct shape shape;
};

// Of a function of one number, or with `y` of the division. Throws as bw_elementwise, for
// everything that can be said without the output.
elementwise_result plan_elementwise_result(const bw_operand& x, const bw_operand* y,
                                           const bw_guard* guard);

// Throws as bw_elementwise. A plan of no elements has args.s.elements == 0 and nothing else.
elementwise_plan plan_elementwise(const placement& on, int32_t function, const bw_tensor* x,
                                  const bw_guard* guard, const bw_tensor* out);

// Throws as bw_safe_divide.
elementwise_plan plan_divide(const placement& on, const bw_operand& x, const bw_operand& y,
                             const bw_guard* guard, const bw_tensor* out);

}  // namespace bitwhere::plan
