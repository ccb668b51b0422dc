// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <functional>
#include <variant>
#include <vector>

#include "elementwise_plan.hpp"
#include "reduce_plan.hpp"
#include "where_plan.hpp"

// Gradients of operations that are not losses, as steps that other operations take: a choice, an
// exact sum over what an operand was broadcast along, a slope.
namespace bitwhere::plan {

using gradient_step = std::variant<where_plan, reduce_plan, elementwise_plan>;

struct gradient_plan {
  const char* operation = "";
  std::vector<gradient_step> steps;  // in this order
};

// Gives memory of the device for the time of the call. Nothing runs before all steps are planned.
using room_source = std::function<unsigned char*(int64_t bytes)>;

// They throw as the C functions of these names.
gradient_plan plan_where_gradient(const placement& on, const bw_condition* condition,
                                  const bw_tensor* upstream, const bw_tensor* gradient_x,
                                  const bw_tensor* gradient_y);
gradient_plan plan_reduce_gradient(const placement& on, int32_t reducer, const bw_tensor* upstream,
                                   const bw_reduce_options* options, const bw_tensor* divisor,
                                   const bw_tensor* gradient, const room_source& room);
gradient_plan plan_elementwise_gradient(const placement& on, int32_t function, const bw_tensor* x,
                                        const bw_guard* guard, const bw_tensor* upstream,
                                        const bw_tensor* gradient, const room_source& room);
gradient_plan plan_divide_gradient(const placement& on, const bw_operand& x, const bw_operand& y,
                                   const bw_guard* guard, const bw_tensor* upstream,
                                   const bw_tensor* gradient_x, const bw_tensor* gradient_y,
                                   const room_source& room);

}  // namespace bitwhere::plan
