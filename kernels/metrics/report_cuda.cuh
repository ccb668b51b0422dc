// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../tile/sum_cuda.cuh"
#include "label_args.hpp"

namespace bitwhere::kernels {

// Rare, so straight to memory.
__device__ __forceinline__ void note_bad(report* found, int64_t index) {
  if (found == nullptr) return;
  add_atomically(&found->count, 1);
  atomicMin(reinterpret_cast<count_t*>(&found->first_index), static_cast<count_t>(index));
}

}  // namespace bitwhere::kernels
