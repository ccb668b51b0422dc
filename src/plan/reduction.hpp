// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "tensor.hpp"

namespace bitwhere::plan {

// Dimensions of a shape, parted by what a reduction does with them.
struct reduction {
  bool reduced[max_rank] = {};
  bool keepdim = false;
};

// `from` NULL: all dimensions. Throws BW_INVALID_ARGUMENT for a dimension that is out of range or
// named twice.
reduction checked_reduction(const bw_reduction* from, const shape& of);

// The shape that remains.
shape reduced_shape(const reduction& over, const shape& of);

}  // namespace bitwhere::plan
