// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../launch.cuh"
#include "../tuning.hpp"

// Adding up what the threads of a block have counted. Integers: any order gives one result.
namespace bitwhere::kernels {

using count_t = unsigned long long;  // the type that CUDA's 64-bit atomics take

__device__ __forceinline__ void add_atomically(int64_t* to, int64_t n) {
  atomicAdd(reinterpret_cast<count_t*>(to), static_cast<count_t>(n));
}

// The sum over a warp, in every lane.
__device__ __forceinline__ int64_t warp_sum(int64_t mine) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) {
    mine += static_cast<int64_t>(__shfl_xor_sync(~0u, static_cast<count_t>(mine), d));
  }
  return mine;
}

// The block's sum of counter c of `Count`, in thread c. All threads of the block call it, once a
// kernel.
template <int Count>
__device__ __forceinline__ int64_t block_sum(const int64_t (&mine)[Count]) {
  struct partial_sums {
    int64_t warp[tuning::cuda_block / 32][Count];
  };
  BITWHERE_SHARED(partial_sums, partial);
#pragma unroll
  for (int c = 0; c < Count; ++c) {
    const int64_t sum = warp_sum(mine[c]);
    if (threadIdx.x % 32 == 0) partial.warp[threadIdx.x / 32][c] = sum;
  }
  __syncthreads();
  int64_t sum = 0;
  if (threadIdx.x >= Count) return sum;
  for (int w = 0; w < tuning::cuda_block / 32; ++w) sum += partial.warp[w][threadIdx.x];
  return sum;
}

// Adds the block's sums to to[0 .. Count-1]; as block_sum.
template <int Count>
__device__ __forceinline__ void add_block_sums(const int64_t (&mine)[Count], int64_t* to) {
  const int64_t sum = block_sum(mine);
  if (threadIdx.x < Count && sum != 0) add_atomically(to + threadIdx.x, sum);
}

}  // namespace bitwhere::kernels
