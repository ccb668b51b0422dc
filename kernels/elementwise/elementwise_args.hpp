// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_args.hpp"
#include "../tile/operand.hpp"

namespace bitwhere::kernels {

// The first six mirror bw_function.
enum class function : int32_t { exp, log, log1p, sigmoid, softplus, log_sigmoid, divide };

// out[i] = condition[i] ? function(x[i]) : otherwise over `s`; x[i] / y[i] for the division.
struct elementwise_args {
  space s;
  dtype type;  // of the result: a float
  function of;
  bool everywhere;  // the condition is true whatever the element
  condition_program condition;
  operand x;
  operand y;  // of the division
  alignas(16) unsigned char otherwise[16];
  output out;
};

}  // namespace bitwhere::kernels
