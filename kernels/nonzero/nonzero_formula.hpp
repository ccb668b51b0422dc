// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "nonzero_args.hpp"

namespace bitwhere::kernels {

BITWHERE_FN constexpr int64_t stored_records(const record_output& out, int64_t count) {
  return count < out.capacity ? count : out.capacity;
}

BITWHERE_FN constexpr found found_of(const record_output& out, int64_t count) {
  return {count, count > out.capacity ? 1 : 0};
}

// The coordinate along a dimension that lies `ahead` elements after `at`. How often that ran over
// the dimension's end is left in `ahead`, for the dimension outside. Mostly it did not, or once:
// only beyond does it take divide(n), which is n / extent.
template <class Divide>
BITWHERE_FN int64_t carried(int64_t at, int64_t extent, int64_t& ahead, Divide divide) {
  const int64_t reached = at + ahead;
  if (reached < extent) {
    ahead = 0;
    return reached;
  }
  ahead = reached - extent < extent ? 1 : divide(reached);
  return reached - ahead * extent;
}

}  // namespace bitwhere::kernels
