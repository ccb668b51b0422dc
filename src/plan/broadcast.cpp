// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "broadcast.hpp"

#include "failure.hpp"

namespace bitwhere::plan {

void broadcast_into(shape& common, const tensor& t, const char* so_far) {
  shape result;
  result.rank = common.rank > t.shape.rank ? common.rank : t.shape.rank;
  for (int i = 1; i <= result.rank; ++i) {
    const int64_t a = i <= common.rank ? common.extent[common.rank - i] : 1;
    const int64_t b = i <= t.shape.rank ? t.shape.extent[t.shape.rank - i] : 1;
    if (a != b && a != 1 && b != 1) {
      throw failure(BW_INVALID_SHAPE, std::string(t.name) + ": shape " + describe(t.shape) +
                                          " does not broadcast with " + describe(common) + " of " +
                                          so_far + " (sizes " + std::to_string(b) + " and " +
                                          std::to_string(a) + ")");
    }
    result.extent[result.rank - i] = a == 1 ? b : a;
  }
  common = result;
}

void require_broadcast_to(const tensor& t, const shape& to, const char* of) {
  shape common = to;
  broadcast_into(common, t, of);
  if (common == to) return;
  throw failure(BW_INVALID_SHAPE, std::string(t.name) + ": has shape " + describe(t.shape) +
                                      ", which does not broadcast to that of " + of + ", " +
                                      describe(to));
}

void broadcast_strides(const tensor& t, const shape& common, int64_t* stride_bytes) {
  const int missing = common.rank - t.shape.rank;
  for (int d = 0; d < common.rank; ++d) {
    const bool repeated = d < missing || t.shape.extent[d - missing] == 1;
    stride_bytes[d] = repeated ? 0 : t.stride_bytes[d - missing];
  }
}

}  // namespace bitwhere::plan
