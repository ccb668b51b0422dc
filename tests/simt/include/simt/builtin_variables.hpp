// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "simt/vector_types.hpp"

namespace simt::detail {

/// The coordinates of the running CUDA thread. One object for the process: kernels run one at a
/// time, on the host thread that drains their stream, and the scheduler updates it on each switch.
struct coordinates {
  uint3 thread{};
  uint3 block{};
  dim3 block_size;
  dim3 grid_size;
};
extern coordinates current;

}  // namespace simt::detail

// References, so that a kernel can read but not write them and no macro takes their names.
inline constexpr const uint3& threadIdx = simt::detail::current.thread;
inline constexpr const uint3& blockIdx = simt::detail::current.block;
inline constexpr const dim3& blockDim = simt::detail::current.block_size;
inline constexpr const dim3& gridDim = simt::detail::current.grid_size;
inline constexpr int warpSize = 32;
