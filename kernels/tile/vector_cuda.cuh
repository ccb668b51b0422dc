// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/element.hpp"
#include "../launch.cuh"
#include "operand.hpp"

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

// One element. Where elements may lie at any address a byte is loaded at a time, which is what a
// GPU can do there; `aligned` is uniform over the grid.
template <class T>
__device__ __forceinline__ T load_element(const unsigned char* p, bool aligned) {
  return aligned ? load_pack<T, 1>(p).value[0] : load<T>(p);
}

template <class T>
__device__ __forceinline__ void store_element(unsigned char* p, T value, bool aligned) {
  if (aligned) {
    *reinterpret_cast<pack<T, 1>*>(p) = {{value}};
  } else {
    store(p, value);
  }
}

// Whether every element of an operand lies at a multiple of its size.
inline bool aligned_elements(const unsigned char* data, const int64_t* stride_bytes, const space& s,
                             int64_t bytes) {
  if (reinterpret_cast<uintptr_t>(data) % static_cast<uintptr_t>(bytes) != 0) return false;
  for (int d = 0; d < s.rank; ++d) {
    if (stride_bytes[d] % bytes != 0) return false;
  }
  return true;
}

// Whether packs of V elements of `bytes` may be read from `p` on.
inline bool aligned_for_packs(const unsigned char* p, int64_t bytes, int v) {
  const int64_t wanted = bytes * v <= 16 ? bytes * v : 16;
  return reinterpret_cast<uintptr_t>(p) % static_cast<uintptr_t>(wanted) == 0;
}

}  // namespace bitwhere::kernels
