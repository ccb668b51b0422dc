// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>

#include "tensor.hpp"

namespace bitwhere::plan {

// Fills the operand of a loop over `common` that reads `t` as `type`. A 0-d tensor in host memory
// is read now and converted: a cuda context could not reach it later.
//   Throws BW_INVALID_DEVICE
void place(const placement& on, const tensor& t, const shape& common, dtype type,
           kernels::operand& to);

// Gives an operand a value of `type`.
void place_value(const unsigned char* value, dtype type, kernels::operand& to);

// Converts one element as kernels do.
void convert_element(dtype from, const unsigned char* element, dtype to, unsigned char* out);

// The bytes that reading these takes, each piece of memory once: the operand of a tensor that was
// read at the call, or of nullptr, counts nothing.
struct reading {
  const tensor* from;
  const kernels::operand* to;
};
int64_t bytes_read(const reading* all, size_t count);

}  // namespace bitwhere::plan
