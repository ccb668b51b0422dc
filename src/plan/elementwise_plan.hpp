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
  int64_t bytes = 0;           // read and written
  const char* operation = "";  // that the trace names
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

// Slopes of bw_elementwise and bw_safe_divide, where the guard admits, times `upstream`, which
// broadcasts to their result; +0 elsewhere. `out` has the result's shape and any float dtype that
// is computed as the result is: f64, or any of the others. Both have been checked.
//   Throws as plan_elementwise
elementwise_plan plan_function_slope(const placement& on, int32_t function, const bw_tensor* x,
                                     const bw_guard* guard, const tensor& upstream,
                                     const tensor& out);
enum class quotient_side { dividend, divisor };
elementwise_plan plan_quotient_slope(const placement& on, const bw_operand& x, const bw_operand& y,
                                     const bw_guard* guard, quotient_side by,
                                     const tensor& upstream, const tensor& out);

// out[i] = x[i] / y[i] in the dtype of `out`, to whose shape they broadcast, and 0 where y is 0.
// All have been checked.
elementwise_plan plan_quotient(const placement& on, const tensor& x, const tensor& y,
                               const tensor& out);
elementwise_plan plan_quotient(const placement& on, const tensor& x, double y, const tensor& out);

}  // namespace bitwhere::plan
