// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../metrics/argmax_cuda.cuh"
#include "class_numbers_cuda.cuh"

// A warp a pixel: lane t has the running sums 4 t .. 4 t + 3.
namespace bitwhere::kernels {

template <class C>
__device__ __forceinline__ C largest_of_warp(C mine) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) {
    mine = larger_number<scalar_lane>(mine, static_cast<C>(shuffled(mine, d)));
  }
  return mine;
}

template <class C>
__device__ __forceinline__ C tree_of_warp(const C (&running)[4]) {
  C sum = scalar_lane::add(scalar_lane::add(running[0], running[1]),
                           scalar_lane::add(running[2], running[3]));
#pragma unroll
  for (int d = 1; d < 32; d *= 2) sum = scalar_lane::add(sum, static_cast<C>(shuffled(sum, d)));
  return sum;
}

// Numbers of tiles, up to 128: number k is lane k / 4's.
template <class C>
struct tile_numbers {
  C value[4];

  __device__ __forceinline__ void open(C empty) {
#pragma unroll
    for (int j = 0; j < 4; ++j) value[j] = empty;
  }
  __device__ __forceinline__ void put(int64_t k, C number) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      if (k == lane_index() * 4 + j) value[j] = number;
    }
  }
};

// A lane's 32 classes of a tile, in rows of 128; absent ones are -Inf. Those of f64 are loaded each
// time, for they are more than a lane's registers.
template <class C>
struct lane_classes {
  static constexpr int rows = static_cast<int>(class_tile / class_lanes);
  static constexpr bool kept = sizeof(C) == 4;
  const class_scores& from;
  const unsigned char* p;
  int64_t first;
  const class_reading& with;
  C x[kept ? rows : 1][4];

  template <class T>
  __device__ __forceinline__ void load_row(int r, C (&to)[4]) const {
    const int64_t c = first + lane_index() * 4 + r * class_lanes;
    if (with.packed && c + 4 <= from.classes) {
      const auto four = load_pack<T, 4>(p + c * static_cast<int64_t>(sizeof(T)));
#pragma unroll
      for (int j = 0; j < 4; ++j) to[j] = static_cast<C>(widen(four.value[j]));
      return;
    }
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      to[j] = minus_infinity<scalar_lane>(C{0});
      if (c + j < from.classes) {
        to[j] = static_cast<C>(
            widen(load_element<T>(p + (c + j) * from.class_stride_bytes, with.aligned)));
      }
    }
  }
  __device__ __forceinline__ void load() {
    if constexpr (kept) {
      with_computed_type<C>(from.values.type, [&]<class T>() {
#pragma unroll
        for (int r = 0; r < rows; ++r) load_row<T>(r, x[r]);
      });
    }
  }
  // Calls row(four classes) for each row, in order.
  template <class Row>
  __device__ __forceinline__ void each_row(Row row) {
    if constexpr (kept) {
#pragma unroll
      for (int r = 0; r < rows; ++r) row(x[r]);
    } else {
#pragma unroll 1
      for (int r = 0; r < rows; ++r) {
        load_row<double>(r, x[0]);
        row(x[0]);
      }
    }
  }
  __device__ __forceinline__ C largest() {
    C top[4];
    bool started = false;
    each_row([&](const C(&four)[4]) {
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        top[j] = started ? larger_number<scalar_lane>(top[j], four[j]) : four[j];
      }
      started = true;
    });
    return largest_of_warp(larger_number<scalar_lane>(larger_number<scalar_lane>(top[0], top[1]),
                                                      larger_number<scalar_lane>(top[2], top[3])));
  }
  // The best of what this lane has seen and of these.
  __device__ __forceinline__ void take_best(best_score<C>& best) {
    auto at = static_cast<int32_t>(first) + lane_index() * 4;
    each_row([&](const C(&four)[4]) {
#pragma unroll
      for (int j = 0; j < 4; ++j) best.take(four[j], at + j);
      at += static_cast<int32_t>(class_lanes);
    });
  }
  __device__ __forceinline__ C sum(C reference) {
    C running[4] = {C{0}, C{0}, C{0}, C{0}};
    each_row([&](const C(&four)[4]) {
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        running[j] = scalar_lane::add(running[j], class_term<scalar_lane>(four[j], reference));
      }
    });
    return tree_of_warp(running);
  }
};

template <class C>
__device__ __forceinline__ class_row<C> classes_of_warp(const class_loss_args& args,
                                                        const unsigned char* p,
                                                        const class_reading& with) {
  const int64_t tiles = quotient_up(args.x.classes, class_tile);
  // A lane without a class of its own has -Inf at an index behind all classes.
  best_score<C> best = {minus_infinity<scalar_lane>(C{0}), lane_index() * 4};
  tile_numbers<C> largest;
  tile_numbers<C> sums;
  largest.open(minus_infinity<scalar_lane>(C{0}));
  sums.open(C{0});
#pragma unroll 1
  for (int64_t k = 0; k < tiles; ++k) {
    lane_classes<C> tile = {args.x, p, k * class_tile, with, {}};
    tile.load();
    const C top = tile.largest();
    const C sum = tile.sum(reference_of<scalar_lane>(top));
    if (args.counts) tile.take_best(best);
    if (tiles == 1) return {top, sum, best_of_lanes(best).index};
    largest.put(k, top);
    sums.put(k, sum);
  }
  C top = largest.value[0];
#pragma unroll
  for (int j = 1; j < 4; ++j) top = larger_number<scalar_lane>(top, largest.value[j]);
  top = largest_of_warp(top);
  const C reference = reference_of<scalar_lane>(top);
  C term[4];
#pragma unroll
  for (int j = 0; j < 4; ++j) {
    term[j] = class_tile_term<scalar_lane>(largest.value[j], sums.value[j], reference);
  }
  return {top, tree_of_warp(term), best_of_lanes(best).index};
}

// term(c) of all classes.
template <class C, class Term>
__device__ __forceinline__ C sum_of_warp(int64_t classes, Term term) {
  const int64_t tiles = quotient_up(classes, class_tile);
  tile_numbers<C> sums;
  sums.open(C{0});
#pragma unroll 1
  for (int64_t k = 0; k < tiles; ++k) {
    const int64_t end = (k + 1) * class_tile < classes ? (k + 1) * class_tile : classes;
    C running[4] = {C{0}, C{0}, C{0}, C{0}};
#pragma unroll 1
    for (int64_t c = k * class_tile + lane_index() * 4; c < end; c += class_lanes) {
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        if (c + j < end) running[j] = scalar_lane::add(running[j], term(c + j));
      }
    }
    const C sum = tree_of_warp(running);
    if (tiles == 1) return sum;
    sums.put(k, sum);
  }
  return tree_of_warp(sums.value);
}

template <class C, bool Warps, class Term>
__device__ __forceinline__ C sum_of_classes(int64_t classes, Term term) {
  if constexpr (Warps) {
    return sum_of_warp<C>(classes, term);
  } else {
    return sum_of_tile<scalar_lane>(classes, C{0}, term);
  }
}

}  // namespace bitwhere::kernels
