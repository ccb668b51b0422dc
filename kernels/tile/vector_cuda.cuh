// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/element.hpp"
#include "../launch.cuh"
#include "operand.hpp"

// Loads and stores of several neighbouring elements as one memory transaction.
namespace bitwhere::kernels {

// The widest access of an architecture in bytes, and the widest of any.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
inline constexpr int widest_access = 32;
#else
inline constexpr int widest_access = 16;
#endif
inline constexpr int any_widest_access = 32;

template <class T, int V>
struct alignas(sizeof(T) * V <= widest_access ? sizeof(T) * V : widest_access) pack {
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
  if (data == nullptr) return true;  // a value, which lies where it suits every size
  if (reinterpret_cast<uintptr_t>(data) % static_cast<uintptr_t>(bytes) != 0) return false;
  for (int d = 0; d < s.rank; ++d) {
    if (stride_bytes[d] % bytes != 0) return false;
  }
  return true;
}

// Bytes that packs of V elements must be aligned to.
inline int64_t pack_alignment(int64_t bytes, int v) {
  return bytes * v <= any_widest_access ? bytes * v : any_widest_access;
}

// Whether packs of V elements of `bytes` may be read from `p` on.
inline bool aligned_for_packs(const unsigned char* p, int64_t bytes, int v) {
  return reinterpret_cast<uintptr_t>(p) % static_cast<uintptr_t>(pack_alignment(bytes, v)) == 0;
}

}  // namespace bitwhere::kernels
