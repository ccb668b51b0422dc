// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/tile/operand.hpp"
#include "tensor.hpp"

namespace bitwhere::plan {

// An operand of a loop while it is being planned.
struct strided {
  int64_t* stride_bytes;
  int64_t element_bytes;
  kernels::access* reach;
};

// Whether dimensions may change places: operations that care for the order of elements keep it.
enum class order { free, logical };

// Drops dimensions of size 1, sorts dimensions by the strides of the first operand (order::free),
// merges neighbours that every operand walks through evenly, and decides how tiles are cut and
// how each operand is read. `s` comes with its full extents; strides are rewritten in place.
void collapse(kernels::space& s, strided* operands, int count, order keep);

// Lets the tiles of a collapsed space span rows where an operand runs across them, for loops that
// take such tiles. `widest` is the size of the largest element that a loop packs.
void allow_blocks(kernels::space& s, const strided* operands, int count, int64_t widest);

// The index space of a shape.
void fill_space(const shape& s, int64_t elements, kernels::space& to);

}  // namespace bitwhere::plan
