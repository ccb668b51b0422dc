// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "reduce_args.hpp"

// What a reduction is shared out by on a cpu: outputs, or with tiling::blocks the outputs of a
// block's rows, whose elements are read side by side.
namespace bitwhere::kernels {

// Rows of a block at most.
inline constexpr int64_t most_block_rows = 128;

// Whether neighbouring outputs read neighbouring f32, all of them: no element has to move.
BITWHERE_FN bool reads_columns(const reduce_args& args) {
  return args.s.cut == tiling::blocks && !args.conditional && args.x.type == dtype::f32 &&
         args.x.data != nullptr && args.x.stride_bytes[args.s.across] == 4;
}

// The outputs of a unit: output `first` and every `step`-th after it.
struct unit_outputs {
  int64_t first;
  int64_t step;
  int64_t count;
};

BITWHERE_FN int64_t strips_across(const space& s) {
  return quotient_up(s.extent[s.across], s.block_rows);
}

BITWHERE_FN int64_t units_of(const reduce_args& args) {
  if (args.s.cut != tiling::blocks) return args.outputs;
  return args.outputs / args.s.extent[args.s.across] * strips_across(args.s);
}

// Outputs of a unit at most.
BITWHERE_FN int64_t unit_rows(const reduce_args& args) {
  return args.s.cut == tiling::blocks ? args.s.block_rows : 1;
}

// The outputs of unit `n`, and the indices of the first one's elements in the leading dimensions.
BITWHERE_FN unit_outputs outputs_of_unit(const reduce_args& args, int64_t n, int64_t* index) {
  const space& s = args.s;
  if (s.cut != tiling::blocks) {
    int64_t rest = n;
    for (int d = args.output_rank - 1; d >= 0; --d) {
      index[d] = rest % s.extent[d];
      rest /= s.extent[d];
    }
    return {n, 1, 1};
  }
  int64_t rest = n / strips_across(s);
  unit_outputs out = {0, 1, 0};
  int64_t span = 1;
  for (int d = args.output_rank - 1; d >= 0; --d) {
    if (d == s.across) {
      index[d] = n % strips_across(s) * s.block_rows;
      out.step = span;
      const int64_t left = s.extent[d] - index[d];
      out.count = left < s.block_rows ? left : s.block_rows;
    } else {
      index[d] = rest % s.extent[d];
      rest /= s.extent[d];
    }
    out.first += index[d] * span;
    span *= s.extent[d];
  }
  return out;
}

}  // namespace bitwhere::kernels
