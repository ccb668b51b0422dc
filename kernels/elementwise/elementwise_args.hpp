// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_args.hpp"
#include "../tile/operand.hpp"

namespace bitwhere::kernels {

// The first six mirror bw_function.
enum class function : int32_t { exp, log, log1p, sigmoid, softplus, log_sigmoid, divide };

// out[i] = condition[i] ? function(x[i]) : otherwise over `s`; x[i] / y[i] of the division. A slope
// is upstream[i] times the derivative by x[i], of the division that by y[i].
struct elementwise_args {
  space s;
  dtype type;  // of out: a float. x and y are converted to it, of a slope to what it computes in
  function of;
  bool slope;
  bool everywhere;  // the condition is true whatever the element
  condition_program condition;
  operand x;
  operand y;         // of the division
  operand upstream;  // of a slope, converted to what it computes in
  alignas(16) unsigned char otherwise[16];
  output out;
};

// What a loop reads for an element, in the order in which its formula takes it.
inline constexpr int most_inputs = 3;
enum class elementwise_form : int32_t {
  function,       // x
  quotient,       // x, y
  slope,          // x, upstream
  quotient_slope  // x, y, upstream
};

BITWHERE_FN constexpr elementwise_form form_of(const elementwise_args& args) {
  if (args.of != function::divide) {
    return args.slope ? elementwise_form::slope : elementwise_form::function;
  }
  return args.slope ? elementwise_form::quotient_slope : elementwise_form::quotient;
}

BITWHERE_FN constexpr bool is_slope(elementwise_form form) {
  return form == elementwise_form::slope || form == elementwise_form::quotient_slope;
}

BITWHERE_FN constexpr int input_count(elementwise_form form) {
  switch (form) {
    case elementwise_form::function:
      return 1;
    case elementwise_form::quotient_slope:
      return 3;
    default:
      return 2;
  }
}

// Of args that may be const: input `k` of `input_count`.
template <class Args>
BITWHERE_FN constexpr auto& input_of(Args& args, elementwise_form form, int k) {
  if (k == 0) return args.x;
  const bool divisor = k == 1 && form != elementwise_form::slope;
  return divisor ? args.y : args.upstream;
}

}  // namespace bitwhere::kernels
