// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "collapse.hpp"

#include <utility>

namespace bitwhere::plan {
namespace {

using kernels::access;
using kernels::space;
using kernels::tiling;

// From this length on a row is its own tile; shorter rows share one.
constexpr int64_t long_row = 64;

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

}  // namespace

tiling collapse(space& s, strided* operands, int count, order keep) {
  drop_unit_dimensions(s, operands, count);
  if (keep == order::free) sort_dimensions(s, operands, count);
  merge_dimensions(s, operands, count);
  const bool rows = s.rank <= 1 || s.extent[s.rank - 1] >= long_row;
  bool even = true;
  for (int k = 0; k < count; ++k) {
    *operands[k].reach = rows ? reach_in_row(s, operands[k]) : reach_over_rows(s, operands[k]);
    even = even && *operands[k].reach != access::gather;
  }
  if (!rows) return tiling::mixed;
  return s.rank <= 1 && even ? tiling::dense : tiling::rows;
}

}  // namespace bitwhere::plan
