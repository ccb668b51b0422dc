// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cstring>

#include "../device/cpu/isa.hpp"
#include "../device/cuda/cuda_device.hpp"
#include "../device/registry.hpp"
#include "call.hpp"

namespace {

using namespace bitwhere;

template <size_t Size>
void copy_text(char (&to)[Size], const std::string& text) {
  const size_t n = text.size() < Size ? text.size() : Size - 1;
  std::memcpy(to, text.data(), n);
  to[n] = '\0';
}

template <class Info>
void check_info(const Info* info, int32_t index, int32_t count) {
  if (info == nullptr || info->struct_bytes < sizeof(Info)) {
    throw failure(BW_INVALID_ARGUMENT, "info: is NULL or struct_bytes is not set");
  }
  if (index < 0 || index >= count) {
    throw failure(BW_INVALID_ARGUMENT,
                  "index: " + std::to_string(index) + " is not in 0.." + std::to_string(count - 1));
  }
}

}  // namespace

bw_cuda_state bw_cuda(void) { return device::cuda_state(); }

int32_t bw_device_count(void) { return device::device_count(); }

bw_status bw_device_describe(int32_t index, bw_device_info* info) {
  return api::call(nullptr, [&] {
    check_info(info, index, bw_device_count());
    copy_text(info->name, device::device_name(index));
    copy_text(info->description, device::device_description(index));
  });
}

int32_t bw_isa_count(void) { return static_cast<int32_t>(device::isas().size()); }

bw_status bw_isa_describe(int32_t index, bw_isa_info* info) {
  return api::call(nullptr, [&] {
    check_info(info, index, bw_isa_count());
    const device::isa& found = device::isas()[static_cast<size_t>(index)];
    copy_text(info->name, found.kernels->isa);
    info->available = found.available ? 1 : 0;
  });
}
