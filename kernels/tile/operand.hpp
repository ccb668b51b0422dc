// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

// Plain descriptions of strided operands: what plans make and kernels read.
namespace bitwhere::kernels {

inline constexpr int max_rank = 16;

// The index space of an operation after collapsing: outermost dimension first, no size 1.
// Rank 0 is a single element.
struct space {
  int64_t elements;
  int32_t rank;
  int64_t extent[max_rank];
};

// How an operand is read along a tile.
enum class access : int32_t {
  direct,  // elements lie side by side
  splat,   // one element for the whole tile
  gather   // anything else: packed into scratch first
};

struct operand {
  const unsigned char* data;  // nullptr: the element is `value`
  access reach;
  int64_t stride_bytes[max_rank];
  alignas(16) unsigned char value[16];
};

struct output {
  unsigned char* data;
  access reach;  // never splat
  int64_t stride_bytes[max_rank];
};

// Where tiles may end, by the shape of the index space.
enum class tiling : int32_t {
  dense,  // every operand is direct or splat over the whole space
  rows,   // tiles end where rows end; operands are direct or splat in most rows
  mixed   // rows are short: tiles run over row ends and strided operands are packed
};

}  // namespace bitwhere::kernels
