// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/condition/condition_args.hpp"
#include "tensor.hpp"

namespace bitwhere::plan {

// A condition whose argument has been checked.
struct condition {
  tensor values;
  kernels::leaf leaf = {};  // all but its operand
};

// Checks the condition and resolves its scalar: rounded to the dtype of a float tensor, compared
// exactly with integers, where a scalar out of their range leaves a constant.
//   Throws BW_INVALID_ARGUMENT, BW_INVALID_DTYPE, BW_INVALID_SHAPE
condition plan_condition(const bw_condition* from);

}  // namespace bitwhere::plan
