// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "output.hpp"

#include "failure.hpp"
#include "overlap.hpp"

namespace bitwhere::plan {

tensor checked_output(const placement& on, const bw_tensor* out, const char* name, dtype type,
                      const shape& expected) {
  tensor t = checked(out, name);
  if (t.type != type) {
    throw failure(BW_INVALID_DTYPE,
                  std::string(name) + ": must be " + name_of(type) + ", is " + name_of(t.type));
  }
  if (!(t.shape == expected)) {
    throw failure(BW_INVALID_SHAPE, std::string(name) + ": must have shape " + describe(expected) +
                                        ", has " + describe(t.shape));
  }
  require_reachable(on, t);
  require_distinct_elements(t);
  return t;
}

tensor checked_counters(const placement& on, void* data, int64_t counters, const char* name) {
  if (reinterpret_cast<uintptr_t>(data) % alignof(int64_t) != 0) {
    throw failure(BW_INVALID_ARGUMENT, std::string(name) + ": must be aligned to 8 bytes");
  }
  tensor t;
  t.name = name;
  t.data = static_cast<unsigned char*>(data);
  t.type = dtype::i64;
  t.device = on.memory;
  t.shape = {.rank = 1, .extent = {counters}};
  t.stride_bytes[0] = 8;
  t.elements = data == nullptr ? 0 : counters;
  return t;
}

bool contiguous(const tensor& t) {
  int64_t dense = bytes_of(t.type);
  for (int d = t.shape.rank - 1; d >= 0; --d) {
    if (t.shape.extent[d] > 1 && t.stride_bytes[d] != dense) return false;
    dense *= t.shape.extent[d];
  }
  return true;
}

bool aligned(const tensor& t) {
  return reinterpret_cast<uintptr_t>(t.data) % static_cast<uintptr_t>(bytes_of(t.type)) == 0;
}

tensor packed_like(const tensor& like, unsigned char* data, bw_device memory) {
  tensor t = like;
  t.data = data;
  t.device = memory;
  int64_t dense = bytes_of(t.type);
  for (int d = t.shape.rank - 1; d >= 0; --d) {
    t.stride_bytes[d] = dense;
    dense *= t.shape.extent[d];
  }
  return t;
}

}  // namespace bitwhere::plan
