// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "collapse.hpp"

#include <algorithm>
#include <utility>

namespace bitwhere::plan {
namespace {

using kernels::access;
using kernels::space;
using kernels::tiling;

// From this length on a row is its own tile; shorter rows share one.
constexpr int64_t long_row = 64;

constexpr int64_t cache_line = 64;

// A block of fewer rows would use too little of a cache line to be worth its detours.
constexpr int64_t fewest_rows = 4;

void move_dimension(space& s, strided* operands, int count, int from, int to) {
  s.extent[to] = s.extent[from];
  for (int k = 0; k < count; ++k) operands[k].stride_bytes[to] = operands[k].stride_bytes[from];
}

void swap_dimensions(space& s, strided* operands, int count, int a, int b) {
  std::swap(s.extent[a], s.extent[b]);
  for (int k = 0; k < count; ++k) {
    std::swap(operands[k].stride_bytes[a], operands[k].stride_bytes[b]);
  }
}

void drop_unit_dimensions(space& s, strided* operands, int count) {
  int kept = 0;
  for (int d = 0; d < s.rank; ++d) {
    if (s.extent[d] == 1) continue;
    move_dimension(s, operands, count, d, kept++);
  }
  s.rank = kept;
}

int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

// Insertion sort, stable: the first operand's largest stride becomes the outermost dimension.
void sort_dimensions(space& s, strided* operands, int count) {
  for (int d = 1; d < s.rank; ++d) {
    for (int e = d; e > 0; --e) {
      const int64_t* stride = operands[0].stride_bytes;
      if (magnitude(stride[e - 1]) >= magnitude(stride[e])) break;
      swap_dimensions(s, operands, count, e - 1, e);
    }
  }
}

bool mergeable(const space& s, const strided* operands, int count, int outer, int inner) {
  for (int k = 0; k < count; ++k) {
    const int64_t* stride = operands[k].stride_bytes;
    if (stride[outer] != stride[inner] * s.extent[inner]) return false;
  }
  return true;
}

void merge_dimensions(space& s, strided* operands, int count) {
  if (s.rank == 0) return;
  int outer = 0;
  for (int d = 1; d < s.rank; ++d) {
    if (mergeable(s, operands, count, outer, d)) {
      const int64_t merged = s.extent[outer];
      move_dimension(s, operands, count, d, outer);
      s.extent[outer] *= merged;
    } else {
      move_dimension(s, operands, count, d, ++outer);
    }
  }
  s.rank = outer + 1;
}

access reach_in_row(const space& s, const strided& operand) {
  if (s.rank == 0) return access::direct;
  const int64_t stride = operand.stride_bytes[s.rank - 1];
  if (stride == operand.element_bytes) return access::direct;
  return stride == 0 ? access::splat : access::gather;
}

access reach_over_rows(const space& s, const strided& operand) {
  bool splat = true;
  bool direct = true;
  int64_t dense = operand.element_bytes;
  for (int d = s.rank - 1; d >= 0; --d) {
    splat = splat && operand.stride_bytes[d] == 0;
    direct = direct && operand.stride_bytes[d] == dense;
    dense *= s.extent[d];
  }
  if (splat) return access::splat;
  return direct ? access::direct : access::gather;
}

// The dimension besides the inner one along which an operand's neighbours are closest, or -1 where
// they share no cache line or the rows lie closer.
int neighbours_of(const space& s, const strided& operand) {
  const int inner = s.rank - 1;
  int best = -1;
  int64_t nearest = std::min<int64_t>(cache_line, magnitude(operand.stride_bytes[inner]));
  for (int d = 0; d < inner; ++d) {
    const int64_t stride = magnitude(operand.stride_bytes[d]);
    if (stride == 0 || stride >= nearest || s.extent[d] < fewest_rows) continue;
    best = d;
    nearest = stride;
  }
  return best;
}

}  // namespace

void collapse(space& s, strided* operands, int count, order keep) {
  drop_unit_dimensions(s, operands, count);
  if (keep == order::free) sort_dimensions(s, operands, count);
  merge_dimensions(s, operands, count);
  const bool rows = s.rank <= 1 || s.extent[s.rank - 1] >= long_row;
  bool even = true;
  for (int k = 0; k < count; ++k) {
    *operands[k].reach = rows ? reach_in_row(s, operands[k]) : reach_over_rows(s, operands[k]);
    even = even && *operands[k].reach != access::gather;
  }
  s.cut = !rows ? tiling::mixed : s.rank <= 1 && even ? tiling::dense : tiling::rows;
}

void allow_blocks(space& s, const strided* operands, int count, int64_t widest) {
  if (s.cut != tiling::rows) return;
  for (int k = 0; k < count; ++k) {
    if (*operands[k].reach != access::gather) continue;
    const int across = neighbours_of(s, operands[k]);
    if (across < 0) continue;
    s.cut = tiling::blocks;
    s.across = across;
    int64_t rows = std::max(cache_line / magnitude(operands[k].stride_bytes[across]), fewest_rows);
    int64_t columns = 256;
    while (rows * columns * widest > kernels::scratch_bytes) {
      (columns > 64 ? columns : rows) /= 2;
    }
    s.block_rows = static_cast<int32_t>(rows);
    s.block_columns = static_cast<int32_t>(columns);
    return;
  }
}

void fill_space(const shape& s, int64_t elements, kernels::space& to) {
  to.elements = elements;
  to.rank = s.rank;
  for (int d = 0; d < s.rank; ++d) to.extent[d] = s.extent[d];
}

}  // namespace bitwhere::plan
