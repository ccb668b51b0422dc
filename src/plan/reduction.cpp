// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "reduction.hpp"

#include "failure.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

[[noreturn]] void refuse(const std::string& text) {
  throw failure(BW_INVALID_ARGUMENT, "over: " + text);
}

}  // namespace

reduction checked_reduction(const bw_reduction* from, const shape& of) {
  reduction out;
  if (from != nullptr) {
    check_struct(from, "over");
    check_reserved(from->reserved, "over");
    out.keepdim = from->keepdim != 0;
  }
  if (from == nullptr || from->dim_count == 0) {
    for (int d = 0; d < of.rank; ++d) out.reduced[d] = true;
    return out;
  }
  if (from->dims == nullptr) refuse("dims is NULL though dim_count is not 0");
  for (size_t k = 0; k < from->dim_count; ++k) {
    const int32_t named = from->dims[k];
    const int32_t d = named < 0 ? named + of.rank : named;
    if (d < 0 || d >= of.rank) {
      refuse("dimension " + std::to_string(named) + " is not in " + std::to_string(-of.rank) +
             ".." + std::to_string(of.rank - 1) + " of shape " + describe(of));
    }
    if (out.reduced[d]) refuse("dimension " + std::to_string(named) + " is named twice");
    out.reduced[d] = true;
  }
  return out;
}

shape reduced_shape(const reduction& over, const shape& of) {
  shape out;
  for (int d = 0; d < of.rank; ++d) {
    if (!over.reduced[d]) {
      out.extent[out.rank++] = of.extent[d];
    } else if (over.keepdim) {
      out.extent[out.rank++] = 1;
    }
  }
  return out;
}

}  // namespace bitwhere::plan
