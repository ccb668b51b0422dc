// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

// cub::DeviceSelect behind an interface that host code can include. All pointers are to device
// memory; `count` gets the number of what was stored, which `out` must have room for.
namespace bitwhere::peer {

// As in CUB: a call with data == nullptr does nothing but ask for the bytes.
struct workspace {
  void* data = nullptr;
  std::size_t bytes = 0;
};

// DeviceSelect::Flagged of 0, 1, 2, ...: the indices of the flags that are not 0.
cudaError_t cub_flagged_indices(workspace& room, const std::uint8_t* flags, std::int64_t n,
                                std::int64_t* out, std::int64_t* count, cudaStream_t stream);

// DeviceSelect::FlaggedIf of 0, 1, 2, ...: the indices of the values above 0. DeviceSelect::If with
// a predicate that looks a value up would read by item and not by vector.
cudaError_t cub_positive_indices(workspace& room, const float* x, std::int64_t n, std::int64_t* out,
                                 std::int64_t* count, cudaStream_t stream);

// DeviceSelect::Flagged of values.
cudaError_t cub_flagged_values(workspace& room, const float* x, const std::uint8_t* flags,
                               std::int64_t n, float* out, std::int64_t* count,
                               cudaStream_t stream);

}  // namespace bitwhere::peer
