// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/element.hpp"
#include "../launch.cuh"

// Loads and stores of several neighbouring elements as one memory transaction.
namespace bitwhere::kernels {

template <class T, int V>
struct alignas(sizeof(T) * V <= 16 ? sizeof(T) * V : 16) pack {
  T value[V];
};

template <class T, int V>
__device__ __forceinline__ pack<T, V> load_pack(const unsigned char* p) {
  return *reinterpret_cast<const pack<T, V>*>(p);
}

template <class T, int V>
__device__ __forceinline__ void store_pack(unsigned char* p, const pack<T, V>& values) {
  *reinterpret_cast<pack<T, V>*>(p) = values;
}

// Whether packs of V elements of `bytes` may be read from `p` on.
inline bool aligned_for_packs(const unsigned char* p, int64_t bytes, int v) {
  const int64_t wanted = bytes * v <= 16 ? bytes * v : 16;
  return reinterpret_cast<uintptr_t>(p) % static_cast<uintptr_t>(wanted) == 0;
}

}  // namespace bitwhere::kernels
