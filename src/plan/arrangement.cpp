// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "arrangement.hpp"

#include <algorithm>
#include <cstdlib>

namespace bitwhere::plan {

arrangement arrange(const shape& s, const reduction& over) {
  arrangement out;
  out.rank = s.rank;
  for (int d = 0; d < s.rank; ++d) {
    if (!over.reduced[d]) out.order[out.kept++] = d;
  }
  int count = out.kept;
  for (int d = 0; d < s.rank; ++d) {
    if (over.reduced[d]) out.order[count++] = d;
  }
  return out;
}

void sort_by_strides(arrangement& by, const shape& s, const reading* read, size_t count) {
  // In elements, so that tensors of other dtypes compare.
  const auto stride = [&](int d) {
    for (size_t k = 0; k < count; ++k) {
      const tensor& t = *read[k].from;
      if (read[k].to->data == nullptr) continue;
      const int own = d - (s.rank - t.shape.rank);
      if (own < 0 || t.shape.extent[own] == 1 || t.stride_bytes[own] == 0) continue;
      return std::abs(t.stride_bytes[own]) / bytes_of(t.type);
    }
    return int64_t{0};
  };
  std::stable_sort(by.order + by.kept, by.order + by.rank,
                   [&](int a, int b) { return stride(a) > stride(b); });
}

void permute(const arrangement& by, int64_t* values) {
  int64_t from[max_rank];
  std::copy(values, values + by.rank, from);
  for (int d = 0; d < by.rank; ++d) values[d] = from[by.order[d]];
}

int32_t collapse_reduction(kernels::space& s, const arrangement& by, strided* operands, int count) {
  permute(by, s.extent);
  for (int k = 1; k < count; ++k) permute(by, operands[k].stride_bytes);
  // Outputs lie side by side and stand still while they are reduced to.
  int64_t outputs[max_rank] = {};
  kernels::access reach;
  int64_t dense = 1;
  for (int d = by.kept - 1; d >= 0; --d) {
    outputs[d] = dense;
    dense *= s.extent[d];
  }
  operands[0] = {outputs, 1, &reach};
  collapse(s, operands, count, order::logical);
  int32_t kept = 0;
  while (kept < s.rank && outputs[kept] != 0) ++kept;
  return kept;
}

}  // namespace bitwhere::plan
