// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../launch.cuh"
#include "../tuning.hpp"

namespace bitwhere::kernels {

// Sums of partials by a block of tuning::cuda_block threads: each thread adds up one word of every
// so many of them.
template <class Partial>
struct sum_of_partials {
  static constexpr int words = static_cast<int>(sizeof(Partial) / 8);
  static constexpr int groups = tuning::cuda_block / words;
  int64_t of[groups][words];
  Partial all;

  // The whole block calls it, and its thread 0 finds the sums in `all`.
  __device__ __forceinline__ void add_up(const int64_t* partials, int64_t count) {
    const int word = static_cast<int>(threadIdx.x) % words;
    const int group = static_cast<int>(threadIdx.x) / words;
    if (group < groups) {
      int64_t sum = 0;
#pragma unroll 4
      for (int64_t p = group; p < count; p += groups) sum += partials[p * words + word];
      of[group][word] = sum;
    }
    __syncthreads();
    if (group == 0) {
      int64_t sum = 0;
      for (int g = 0; g < groups; ++g) sum += of[g][word];
      reinterpret_cast<int64_t*>(&all)[word] = sum;
    }
    __syncthreads();
  }
};

}  // namespace bitwhere::kernels
