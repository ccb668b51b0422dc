// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/scalar.hpp"
#include "../tile/index_cuda.cuh"
#include "../tile/vector_cuda.cuh"
#include "../tuning.hpp"
#include "label_formula.hpp"

// Label maps as a thread reads them: 64-bit values, several neighbours at a time.
namespace bitwhere::kernels {

// The one switch over the dtypes of label maps.
template <class Read>
__device__ __forceinline__ void with_label_type(label_kind kind, Read read) {
  switch (kind) {
    case label_kind::u8:
      return read.template operator()<uint8_t>();
    case label_kind::i8:
      return read.template operator()<int8_t>();
    case label_kind::i16:
      return read.template operator()<int16_t>();
    case label_kind::i32:
      return read.template operator()<int32_t>();
    default:
      return read.template operator()<int64_t>();
  }
}

__device__ __forceinline__ int64_t label_at(const labels& from, int64_t offset, bool aligned) {
  int64_t label = 0;
  with_label_type(from.kind,
                  [&]<class T>() { label = load_element<T>(from.values.data + offset, aligned); });
  return label;
}

// Signed and unsigned labels of a size have the same bytes.
__device__ __forceinline__ void store_label(label_kind kind, unsigned char* p, int64_t label,
                                            bool aligned) {
  switch (label_bytes(kind)) {
    case 1:
      return store_element(p, static_cast<uint8_t>(label), aligned);
    case 2:
      return store_element(p, static_cast<int16_t>(label), aligned);
    case 4:
      return store_element(p, static_cast<int32_t>(label), aligned);
    default:
      return store_element(p, label, aligned);
  }
}

template <int V>
__device__ __forceinline__ void labels_at(const labels& from, int64_t element, int64_t (&to)[V]) {
  with_label_type(from.kind, [&]<class T>() {
    constexpr int per_load = sizeof(T) * V <= 16 ? V : static_cast<int>(16 / sizeof(T));
#pragma unroll
    for (int k = 0; k < V; k += per_load) {
      const int64_t at = (element + k) * static_cast<int64_t>(sizeof(T));
      const auto run = load_pack<T, per_load>(from.values.data + at);
#pragma unroll
      for (int j = 0; j < per_load; ++j) to[k + j] = run.value[j];
    }
  });
}

// A pair of label maps that threads walk in grid strides.
struct label_pair {
  labels prediction;
  labels target;
  int64_t elements;
  indexer by;    // of strided maps
  bool aligned;  // every label of both lies at a multiple of its size
};

// Calls pixel(index, target, prediction) for every pixel of this thread; runs of V neighbours where
// `Dense` says that both maps are direct and aligned.
template <bool Dense, bool Wide, class Pixel>
__device__ __forceinline__ void for_each_pixel(const label_pair& maps, Pixel pixel) {
  const int64_t threads = int64_t{gridDim.x} * blockDim.x;
  const int64_t thread = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if constexpr (Dense) {
    constexpr int v = tuning::cuda_labels;
    const int64_t whole = maps.elements / v;
    for (int64_t run = thread; run < whole; run += threads) {
      int64_t t[v];
      int64_t p[v];
      labels_at<v>(maps.target, run * v, t);
      labels_at<v>(maps.prediction, run * v, p);
#pragma unroll
      for (int k = 0; k < v; ++k) pixel(run * v + k, t[k], p[k]);
    }
    const int64_t rest = whole * v + thread;
    if (rest < maps.elements) {
      int64_t t[1];
      int64_t p[1];
      labels_at<1>(maps.target, rest, t);
      labels_at<1>(maps.prediction, rest, p);
      pixel(rest, t[0], p[0]);
    }
  } else {
    const int64_t* const stride[] = {maps.target.values.stride_bytes,
                                     maps.prediction.values.stride_bytes};
    for (int64_t i = thread; i < maps.elements; i += threads) {
      int64_t offset[2];
      offsets_at<Wide>(maps.by, stride, i, offset);
      pixel(i, label_at(maps.target, offset[0], maps.aligned),
            label_at(maps.prediction, offset[1], maps.aligned));
    }
  }
}

inline label_pair label_pair_of(const pixel_args& args) {
  bool aligned = true;
  for (const labels* map : {&args.prediction, &args.target}) {
    aligned = aligned && aligned_elements(map->values.data, map->values.stride_bytes, args.s,
                                          label_bytes(map->kind));
  }
  return {args.prediction, args.target, args.s.elements, indexer_of(args.s), aligned};
}

// Whether both maps can be read in packs: no scores, no condition.
inline bool dense_labels(const pixel_args& args) {
  if (args.s.cut != tiling::dense) return false;
  for (const labels* map : {&args.prediction, &args.target}) {
    if (map->values.reach != access::direct ||
        !aligned_for_packs(map->values.data, label_bytes(map->kind), tuning::cuda_labels)) {
      return false;
    }
  }
  return true;
}

}  // namespace bitwhere::kernels
