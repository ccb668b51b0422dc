// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "place.hpp"

#include <cstring>

#include "../../kernels/convert/convert_formula.hpp"
#include "broadcast.hpp"

namespace bitwhere::plan {
namespace {

bool in_host_memory(bw_device device) {
  return device.type == BW_CPU || device.type == BW_CUDA_HOST;
}

bool same_elements(const tensor& a, const tensor& b) {
  if (a.data != b.data || bytes_of(a.type) != bytes_of(b.type) || !(a.shape == b.shape)) {
    return false;
  }
  for (int d = 0; d < a.shape.rank; ++d) {
    if (a.shape.extent[d] > 1 && a.stride_bytes[d] != b.stride_bytes[d]) return false;
  }
  return true;
}

// Elements in memory: a dimension that is broadcast by stride 0 holds them once.
int64_t distinct_elements(const tensor& t) {
  int64_t n = t.elements == 0 ? 0 : 1;
  for (int d = 0; d < t.shape.rank; ++d) {
    if (t.stride_bytes[d] != 0) n *= t.shape.extent[d];
  }
  return n;
}

}  // namespace

void convert_element(dtype from, const unsigned char* element, dtype to, unsigned char* out) {
  kernels::with_stored_type(from, [&]<class From>() {
    kernels::with_stored_type(to, [&]<class To>() {
      kernels::store(out, kernels::convert<To>(kernels::load<From>(element)));
    });
  });
}

void place_value(const unsigned char* value, dtype type, kernels::operand& to) {
  to.data = nullptr;
  to.type = type;
  to.reach = kernels::access::splat;
  std::memcpy(to.value, value, static_cast<size_t>(bytes_of(type)));
}

void place(const placement& on, const tensor& t, const shape& common, dtype type,
           kernels::operand& to) {
  if (t.shape.rank == 0 && in_host_memory(t.device)) {
    unsigned char value[16];
    convert_element(t.type, t.data, type, value);
    place_value(value, type, to);
    return;
  }
  require_reachable(on, t);
  to.type = t.type;
  to.data = t.data;
  broadcast_strides(t, common, to.stride_bytes);
}

int64_t bytes_read(const reading* all, size_t count) {
  int64_t bytes = 0;
  for (size_t k = 0; k < count; ++k) {
    if (all[k].to->data == nullptr) continue;
    bool again = false;
    for (size_t j = 0; j < k; ++j) {
      again = again || (all[j].to->data != nullptr && same_elements(*all[j].from, *all[k].from));
    }
    if (!again) bytes += distinct_elements(*all[k].from) * bytes_of(all[k].from->type);
  }
  return bytes;
}

}  // namespace bitwhere::plan
