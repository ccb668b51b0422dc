// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
//
// The device-wide scan of CUB, served by the standard library: one thread of the emulated device
// does it, so that it takes its turn in the stream and meets guarded memory as every kernel does.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <iterator>
#include <numeric>

namespace simt::detail {

/// CUB's scans keep what their blocks tell each other in the temporary storage.
constexpr std::size_t scan_storage(long long items) {
  return 512 + static_cast<std::size_t>(items / 1024) * 16;
}

template <class In, class Out>
void exclusive_sum(unsigned char* storage, In in, Out out, long long items) {
  for (std::size_t b = 0; b < scan_storage(items); ++b) storage[b] = 0xcb;
  std::exclusive_scan(in, in + items, out, typename std::iterator_traits<In>::value_type{});
}

}  // namespace simt::detail

namespace cub {

struct DeviceScan {
  /// Without storage: tells how much it takes.
  template <class In, class Out, class Items>
  static cudaError_t ExclusiveSum(void* storage, std::size_t& bytes, In in, Out out, Items items,
                                  cudaStream_t stream = nullptr) {
    const auto count = static_cast<long long>(items);
    const std::size_t needed = simt::detail::scan_storage(count);
    if (storage == nullptr) {
      bytes = needed;
      return cudaSuccess;
    }
    if (bytes < needed || count < 0) return cudaErrorInvalidValue;
    cudaLaunchConfig_t config = {};
    config.gridDim = dim3(1);
    config.blockDim = dim3(1);
    config.stream = stream;
    return cudaLaunchKernelEx(&config, &simt::detail::exclusive_sum<In, Out>,
                              static_cast<unsigned char*>(storage), in, out, count);
  }
};

}  // namespace cub
