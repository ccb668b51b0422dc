// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../metrics/argmax_cuda.cuh"
#include "class_numbers_cuda.cuh"

// A thread a pixel.
namespace bitwhere::kernels {

// Classes whose logits a thread keeps in registers; a gradient takes some of them.
template <class C, bool Gradient>
inline constexpr int kept_classes = sizeof(C) == 8 ? 8
                                    : Gradient     ? 21
                                                   : 22;

template <class C, int most>
__device__ __forceinline__ class_row<C> few_classes_of_thread(const class_loss_args& args,
                                                              const unsigned char* p,
                                                              bool aligned) {
  const int classes = static_cast<int>(args.x.classes);
  C x[most];
  with_computed_type<C>(args.x.values.type, [&]<class T>() {
#pragma unroll
    for (int c = 0; c < most; ++c) {
      x[c] = minus_infinity<scalar_lane>(C{0});
      if (c < classes) {
        x[c] = static_cast<C>(widen(load_element<T>(p + c * args.x.class_stride_bytes, aligned)));
      }
    }
  });
  class_row<C> row = {x[0], C{0}, 0};
  best_score<C> best = {x[0], 0};
#pragma unroll
  for (int c = 1; c < most; ++c) {
    row.largest = larger_number<scalar_lane>(row.largest, x[c]);
    if (c < classes) best.take(x[c], c);
  }
  row.predicted = best.index;
  // Absent classes are -Inf, which adds +0: the tree over all is that over those that are there.
  const C reference = reference_of<scalar_lane>(row.largest);
  C level[most];
#pragma unroll
  for (int c = 0; c < most; ++c) level[c] = class_term<scalar_lane>(x[c], reference);
#pragma unroll
  for (int d = 1; d < most; d *= 2) {
#pragma unroll
    for (int c = 0; c + d < most; c += 2 * d) {
      level[c] = scalar_lane::add(level[c], level[c + d]);
    }
  }
  row.sum = level[0];
  return row;
}

// Up to a tile.
template <class C>
__device__ __forceinline__ class_row<C> classes_of_thread(const class_loss_args& args,
                                                          const unsigned char* p, bool aligned) {
  best_score<C> best = {logit_at<C>(args.x, p, 0, aligned), 0};
  class_row<C> row = {best.value, C{0}, 0};
#pragma unroll 1
  for (int64_t c = 1; c < args.x.classes; ++c) {
    const C x = logit_at<C>(args.x, p, c, aligned);
    row.largest = larger_number<scalar_lane>(row.largest, x);
    best.take(x, static_cast<int32_t>(c));
  }
  row.predicted = best.index;
  const C reference = reference_of<scalar_lane>(row.largest);
  row.sum = sum_of_tile<scalar_lane>(args.x.classes, C{0}, [&](int64_t c) {
    return class_term<scalar_lane>(logit_at<C>(args.x, p, c, aligned), reference);
  });
  return row;
}

}  // namespace bitwhere::kernels
