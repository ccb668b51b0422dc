// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "collapse.hpp"
#include "place.hpp"
#include "reduction.hpp"

namespace bitwhere::plan {

// The dimensions in the order in which a reduction walks them: those that stay first, in their
// order, and those that are reduced after them.
struct arrangement {
  int order[max_rank];
  int rank = 0;
  int kept = 0;
};

// The reduced dimensions stay in their order, too.
arrangement arrange(const shape& s, const reduction& over);

// Sorts the reduced dimensions by the strides of the first of `read` that moves along each: where
// the order of elements does not matter, they are read as they lie in memory.
void sort_by_strides(arrangement& by, const shape& s, const reading* read, size_t count);

// Strides or extents of a space's dimensions, put into the order of an arrangement.
void permute(const arrangement& by, int64_t* values);

// Arranges and collapses the space of a reduction. `operands`, from index 1 on, are what is read;
// the first place is taken for the outputs, which keep dimensions that stay and dimensions that are
// reduced apart. Returns how many leading dimensions of the collapsed space stay.
int32_t collapse_reduction(kernels::space& s, const arrangement& by, strided* operands, int count);

}  // namespace bitwhere::plan
