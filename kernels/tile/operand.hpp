// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

#include "../lane/dtype.hpp"

// Plain descriptions of strided operands: what plans make and kernels read.
namespace bitwhere::kernels {

inline constexpr int max_rank = 16;

// Where tiles may end, by the shape of the index space.
enum class tiling : int32_t {
  dense,  // every operand is direct or splat over the whole space
  rows,   // tiles end where rows end; operands are direct or splat in most rows
  mixed,  // rows are short: tiles run over row ends and strided operands are packed
  blocks  // some operand runs along another dimension than the rest: tiles span several rows, so
          // that the cache lines it brings are used up
};

// The index space of an operation after collapsing: outermost dimension first, no size 1.
// Rank 0 is a single element.
struct space {
  int64_t elements;
  int32_t rank;
  tiling cut;
  int64_t extent[max_rank];
  // With tiling::blocks: the rows of a tile are neighbours in dimension `across`.
  int32_t across;
  int32_t block_rows;
  int32_t block_columns;
};

// How an operand is read along a tile.
enum class access : int32_t {
  direct,  // elements lie side by side
  splat,   // one element for the whole row
  gather   // anything else: packed into scratch first
};

struct operand {
  const unsigned char* data;  // nullptr: the element is `value`
  access reach;
  dtype type;  // as stored
  int64_t stride_bytes[max_rank];
  alignas(16) unsigned char value[16];
};

struct output {
  unsigned char* data;
  access reach;  // never splat
  int64_t stride_bytes[max_rank];
};

// What a cpu loop packs of one operand at a time, in bytes: a block's elements fit.
inline constexpr int64_t scratch_bytes = 16384;

BITWHERE_FN constexpr int64_t quotient_up(int64_t n, int64_t d) { return (n + d - 1) / d; }

// What an index space is shared out by: elements, or blocks of them.
BITWHERE_FN constexpr int64_t units_of(const space& s) {
  if (s.cut != tiling::blocks) return s.elements;
  const int64_t rows = s.extent[s.across];
  const int64_t columns = s.extent[s.rank - 1];
  const int64_t planes = s.elements / (rows * columns);
  return planes * quotient_up(rows, s.block_rows) * quotient_up(columns, s.block_columns);
}

BITWHERE_FN constexpr int64_t unit_elements(const space& s) {
  return s.cut == tiling::blocks ? int64_t{s.block_rows} * s.block_columns : 1;
}

}  // namespace bitwhere::kernels
