// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../metrics/label_args.hpp"
#include "class_gradient_formula.hpp"
#include "class_loss_args.hpp"
#include "loss_cuda.cuh"

// What threads and warps read of a pixel, class by class.
namespace bitwhere::kernels {

struct class_reading {
  indexer by;
  bool aligned;
  bool packed;         // four classes of x at a time
  bool counts_shared;  // cells of the block in shared memory
};

// m and S of a pixel, and its prediction where it is asked for.
template <class C>
struct class_row {
  C largest;
  C sum;
  int64_t predicted;
};

template <class C>
__device__ __forceinline__ C logit_at(const class_scores& x, const unsigned char* p, int64_t c,
                                      bool aligned) {
  return with_computed_type<C>(x.values.type, [&]<class T>() {
    return static_cast<C>(widen(load_element<T>(p + c * x.class_stride_bytes, aligned)));
  });
}

template <class C>
struct product_numbers {
  class_loss_numbers<C> with;
  C log_sum;
  C largest;
};

template <class C>
__device__ __forceinline__ C weight_of_class(const class_loss_args& args, int64_t c, bool aligned) {
  if (!args.class_weighted) return C{1};
  const class_numbers& w = args.class_weight;
  return float_at<C>(w.type, w.data + c * w.stride_bytes, aligned);
}

// What class c of probabilities counts.
template <class C>
__device__ __forceinline__ C share_of_class(const class_loss_args& args, const unsigned char* q,
                                            int64_t c, const class_loss_numbers<C>& numbers,
                                            bool aligned) {
  const C p = smoothed_probability<scalar_lane>(
      float_at<C>(args.probabilities.values.type, q + c * args.probabilities.class_stride_bytes,
                  aligned),
      numbers);
  if (!args.class_weighted) return p;
  return part_of_loss<scalar_lane>(weight_of_class<C>(args, c, aligned), p);
}

// The product of class c: `q` is where the pixel's probabilities begin.
template <class C>
__device__ __forceinline__ C product_of_class(const class_loss_args& args, const unsigned char* p,
                                              const unsigned char* q, int64_t c,
                                              const product_numbers<C>& of, bool aligned) {
  const C loss = loss_of_class<scalar_lane, class_loss::cross_entropy>(
      logit_at<C>(args.x, p, c, aligned), of.log_sum, of.largest);
  if (args.by_labels) {
    if (!args.class_weighted) return loss;
    return part_of_loss<scalar_lane>(weight_of_class<C>(args, c, aligned), loss);
  }
  return part_of_loss<scalar_lane>(share_of_class(args, q, c, of.with, aligned), loss);
}

}  // namespace bitwhere::kernels
