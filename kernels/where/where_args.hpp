// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_args.hpp"
#include "../tile/operand.hpp"

namespace bitwhere::kernels {

// out[i] = condition[i] ? x[i] : y[i] over `s`. Operands of another dtype are converted on the way;
// values of the result's dtype are moved by size, the bytes of bools leaving as 0 or 1.
struct where_args {
  space s;
  dtype type;  // of the result
  condition_program condition;
  operand x;
  operand y;
  output out;
};

}  // namespace bitwhere::kernels
