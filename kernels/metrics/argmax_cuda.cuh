// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/scalar.hpp"
#include "../tile/run_cuda.cuh"
#include "../tuning.hpp"
#include "label_formula.hpp"

// The largest of a pixel's scores: by a thread, which keeps it in registers, or by a warp where the
// scores of a pixel lie side by side and neighbouring threads would read far apart.
namespace bitwhere::kernels {

// The one switch over the dtypes of scores.
template <class Read>
__device__ __forceinline__ void with_score_type(dtype type, Read read) {
  switch (type) {
    case dtype::f16:
      return read.template operator()<half_bits>();
    case dtype::bf16:
      return read.template operator()<bfloat_bits>();
    case dtype::f32:
      return read.template operator()<float>();
    default:
      return read.template operator()<double>();
  }
}

template <class V>
struct best_score {
  V value;
  int32_t index;

  __device__ __forceinline__ void take(V later, int32_t at) {
    if (!better<scalar_lane>(later, value)) return;
    value = later;
    index = at;
  }
  // Of another part of the classes.
  __device__ __forceinline__ void merge(V other, int32_t at) {
    const bool equal = !better<scalar_lane>(value, other) && at < index;
    if (better<scalar_lane>(other, value) || equal) {
      value = other;
      index = at;
    }
  }
};

// Classes first, first + step, .. of the pixel whose scores begin at `p`.
template <class T>
__device__ __forceinline__ auto best_of(const class_scores& from, const unsigned char* p,
                                        int64_t first, int64_t step, bool aligned) {
  const int64_t stride = from.class_stride_bytes;
  using value = decltype(widen(T()));
  best_score<value> best = {widen(load_element<T>(p + first * stride, aligned)),
                            static_cast<int32_t>(first)};
#pragma unroll 4
  for (int64_t c = first + step; c < from.classes; c += step) {
    best.take(widen(load_element<T>(p + c * stride, aligned)), static_cast<int32_t>(c));
  }
  return best;
}

__device__ __forceinline__ float shuffled(float value, int distance) {
  return float_from_bits(__shfl_xor_sync(~0u, bits_of_float(value), distance));
}
__device__ __forceinline__ double shuffled(double value, int distance) {
  unsigned long long bits;
  memcpy(&bits, &value, sizeof(bits));
  bits = __shfl_xor_sync(~0u, bits, distance);
  memcpy(&value, &bits, sizeof(bits));
  return value;
}

__device__ __forceinline__ int64_t argmax_of_thread(const class_scores& from, int64_t offset,
                                                    bool aligned) {
  int64_t index = 0;
  with_score_type(from.values.type, [&]<class T>() {
    index = best_of<T>(from, from.values.data + offset, 0, 1, aligned).index;
  });
  return index;
}

// The best of all lanes, in every lane.
template <class V>
__device__ __forceinline__ best_score<V> best_of_lanes(best_score<V> best) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) {
    const V other = shuffled(best.value, d);
    best.merge(other, __shfl_xor_sync(~0u, best.index, d));
  }
  return best;
}

// The same in every lane. All lanes of the warp call it, for one pixel.
__device__ __forceinline__ int64_t argmax_of_warp(const class_scores& from, int64_t offset,
                                                  bool aligned) {
  // A lane without a class of its own looks at the last.
  const int64_t lane = threadIdx.x % 32;
  const int64_t first = lane < from.classes ? lane : from.classes - 1;
  int64_t index = 0;
  with_score_type(from.values.type, [&]<class T>() {
    index = best_of_lanes(best_of<T>(from, from.values.data + offset, first, 32, aligned)).index;
  });
  return index;
}

// Whether warps read scores better than threads do.
inline bool warps_read(const class_scores& from) {
  return from.class_stride_bytes == element_bytes(from.values.type) &&
         from.values.reach != access::direct && from.classes >= tuning::cuda_argmax_warp;
}

inline bool aligned_scores(const class_scores& from, const space& s) {
  return aligned_elements(from.values, s) &&
         from.class_stride_bytes % element_bytes(from.values.type) == 0;
}

}  // namespace bitwhere::kernels
