// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "cub_select.hpp"

#include <thrust/iterator/counting_iterator.h>

#include <cub/device/device_select.cuh>

namespace bitwhere::peer {
namespace {

struct above_0 {
  __host__ __device__ bool operator()(float x) const { return x > 0; }
};

const thrust::counting_iterator<std::int64_t> indices(0);

}  // namespace

cudaError_t cub_flagged_indices(workspace& room, const std::uint8_t* flags, std::int64_t n,
                                std::int64_t* out, std::int64_t* count, cudaStream_t stream) {
  return cub::DeviceSelect::Flagged(room.data, room.bytes, indices, flags, out, count, n, stream);
}

cudaError_t cub_positive_indices(workspace& room, const float* x, std::int64_t n, std::int64_t* out,
                                 std::int64_t* count, cudaStream_t stream) {
  return cub::DeviceSelect::FlaggedIf(room.data, room.bytes, indices, x, out, count, n, above_0{},
                                      stream);
}

cudaError_t cub_flagged_values(workspace& room, const float* x, const std::uint8_t* flags,
                               std::int64_t n, float* out, std::int64_t* count,
                               cudaStream_t stream) {
  return cub::DeviceSelect::Flagged(room.data, room.bytes, x, flags, out, count, n, stream);
}

}  // namespace bitwhere::peer
