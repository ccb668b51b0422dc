// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "overlap.hpp"

#include <algorithm>
#include <numeric>

#include "broadcast.hpp"
#include "failure.hpp"

namespace bitwhere::plan {
namespace {

struct range {
  uintptr_t begin;
  uintptr_t end;
};

range bytes_touched(const tensor& t) {
  int64_t low = 0;
  int64_t high = bytes_of(t.type);
  for (int d = 0; d < t.shape.rank; ++d) {
    const int64_t reach = (t.shape.extent[d] - 1) * t.stride_bytes[d];
    (reach < 0 ? low : high) += reach;
  }
  const auto at = reinterpret_cast<uintptr_t>(t.data);
  return {at + static_cast<uintptr_t>(low), at + static_cast<uintptr_t>(high)};
}

bool same_elements(const tensor& out, const tensor& in, const shape& common) {
  if (out.data != in.data || bytes_of(out.type) != bytes_of(in.type)) return false;
  int64_t a[max_rank];
  int64_t b[max_rank];
  broadcast_strides(out, common, a);
  broadcast_strides(in, common, b);
  for (int d = 0; d < common.rank; ++d) {
    if (common.extent[d] > 1 && a[d] != b[d]) return false;
  }
  return true;
}

// Two grids of one spacing never meet where their offset keeps every element between the lines
// of the other: even and odd columns of an array, say.
bool interleaved(const tensor& a, const tensor& b) {
  int64_t spacing = 0;
  for (const tensor* t : {&a, &b}) {
    for (int d = 0; d < t->shape.rank; ++d) {
      if (t->shape.extent[d] > 1) spacing = std::gcd(spacing, t->stride_bytes[d]);
    }
  }
  if (spacing == 0) return false;
  const auto apart = static_cast<int64_t>(reinterpret_cast<uintptr_t>(b.data) -
                                          reinterpret_cast<uintptr_t>(a.data));
  const int64_t offset = ((apart % spacing) + spacing) % spacing;
  return offset >= bytes_of(a.type) && spacing - offset >= bytes_of(b.type);
}

bool apart(const tensor& a, const tensor& b) {
  if (a.elements == 0 || b.elements == 0) return true;
  const range ours = bytes_touched(a);
  const range theirs = bytes_touched(b);
  return ours.end <= theirs.begin || theirs.end <= ours.begin || interleaved(a, b);
}

}  // namespace

void require_distinct_elements(const tensor& out) {
  if (out.elements < 2) return;
  // Dimensions from the smallest stride up: each must step over everything below it.
  int order[max_rank];
  std::iota(order, order + out.shape.rank, 0);
  const auto magnitude = [&](int d) { return std::abs(out.stride_bytes[d]); };
  std::sort(order, order + out.shape.rank,
            [&](int a, int b) { return magnitude(a) < magnitude(b); });
  int64_t below = bytes_of(out.type);
  for (int i = 0; i < out.shape.rank; ++i) {
    const int d = order[i];
    if (out.shape.extent[d] == 1) continue;
    if (magnitude(d) < below) {
      throw failure(BW_OVERLAP,
                    std::string(out.name) + ": its strides give several indices the same memory");
    }
    below += magnitude(d) * (out.shape.extent[d] - 1);
  }
}

void require_aligned_or_apart(const tensor& out, const tensor& in, const shape& common) {
  if (apart(out, in) || same_elements(out, in, common)) return;
  throw failure(BW_OVERLAP, std::string(out.name) + ": overlaps " + in.name +
                                " in part; only exactly the same elements may be shared");
}

void require_apart(const tensor& out, const tensor& in) {
  if (apart(out, in)) return;
  throw failure(BW_OVERLAP, std::string(out.name) + ": overlaps " + in.name);
}

void require_apart(const tensor& out, const std::vector<tensor>& in) {
  for (const tensor& each : in) require_apart(out, each);
}

}  // namespace bitwhere::plan
