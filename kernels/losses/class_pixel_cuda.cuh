// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_cuda.cuh"
#include "../metrics/label_cuda.cuh"
#include "../metrics/report_cuda.cuh"
#include "class_loss_cuda.hpp"
#include "class_thread_cuda.cuh"
#include "class_warp_cuda.cuh"

// A pixel, by a thread or by a warp: its loss, its gradient, and what it counts.
namespace bitwhere::kernels {

// What a pixel's gradient is made of.
template <class C>
struct pixel_gradient {
  bool steep;  // else it is +0
  int64_t target;
  C scale;
  pixel_slope<C> slope;
};

// The classes of a pixel: all of them by a thread, or every 32nd by a lane. What is read again was
// read a moment ago.
template <class C, bool Warps>
__device__ __forceinline__ void store_gradient(const class_loss_args& args,
                                               const class_reading& with, const thread_position& at,
                                               const pixel_gradient<C>& of) {
  const loss_gradient_args& wanted = args.gradient;
  const class_scores& x = args.x;
  const unsigned char* const p = x.values.data + offset_at(with.by, at, x.values.stride_bytes);
  const unsigned char* const q =
      args.by_labels ? nullptr
                     : args.probabilities.values.data +
                           offset_at(with.by, at, args.probabilities.values.stride_bytes);
  unsigned char* const to = wanted.to.data + offset_at(with.by, at, wanted.to.stride_bytes);
  const class_loss_numbers<C> numbers = numbers_of<C>(args);
  const bool logits = args.of == class_loss::cross_entropy;
  // In place, no lane may store before all have read the label's logit.
  if constexpr (Warps) __syncwarp();
#pragma unroll 1
  for (int64_t c = Warps ? lane_index() : 0; c < x.classes; c += Warps ? 32 : 1) {
    C g = C{0};
    if (of.steep) {
      C taken = C{0};
      if (args.by_labels) {
        if (c == of.target) taken = of.slope.taken;
        if (numbers.smooth) {
          const C spread =
              scalar_lane::multiply(numbers.spread, weight_of_class<C>(args, c, with.aligned));
          taken = scalar_lane::add(spread, taken);
        }
      } else {
        taken = share_of_class(args, q, c, numbers, with.aligned);
      }
      if (logits) {
        const C term =
            class_term<scalar_lane>(logit_at<C>(x, p, c, with.aligned), of.slope.reference);
        const C slope = slope_of_class<scalar_lane>(term, of.slope, taken);
        g = canonical<scalar_lane>(scalar_lane::multiply(of.scale, slope));
      } else {
        g = log_probability_gradient<scalar_lane>(of.scale, taken);
      }
    }
    store_number(to + c * wanted.class_stride_bytes, x.values.type, g, with.aligned);
  }
}

// Counts predictions in the block's cells, or in the result itself.
struct cell_counter {
  class_counts to;
  uint32_t* bins;  // nullptr: not in shared memory
  int64_t classes;
  int64_t correct;

  __device__ __forceinline__ void add(int64_t target, int64_t predicted) {
    correct += target == predicted ? 1 : 0;
    if (to.confusion == nullptr) return;
    const int64_t cell = target * classes + predicted;
    if (bins != nullptr) {
      atomicAdd(bins + cell, 1u);
    } else {
      add_atomically(to.confusion + cell, 1);
    }
  }
};

// What a pixel weighs, read when it is asked for: the classes take the registers before that.
template <class C>
struct pixel_weight {
  const class_loss_args& args;
  const class_reading& with;
  const row_run& run;
  int64_t target;

  __device__ __forceinline__ C of_pixel() const {
    return args.weighted
               ? float_at<C>(args.weight.type, run.of(args.weight, 0).first(), with.aligned)
               : C{1};
  }
  __device__ __forceinline__ C of_class() const {
    return args.by_labels ? weight_of_class<C>(args, target, with.aligned) : C{1};
  }
  __device__ __forceinline__ C product() const {
    return scalar_lane::multiply(of_class(), of_pixel());
  }
  __device__ __forceinline__ C counted() const { return canonical<scalar_lane>(product()); }
};

template <class C, bool Warps, bool Gradient>
__device__ __forceinline__ element_loss<C> class_loss_at(
    const class_loss_args& args, const class_reading& with, const row_run& run, int64_t n,
    cell_counter& counter, report* bad, const loss_scale& scale, pixel_gradient<C>& gradient) {
  element_loss<C> out = {C{0}, C{0}, false};
  if (args.conditional && !condition_bit(args.condition, run, with.aligned)) return out;
  const bool first_lane = !Warps || lane_index() == 0;
  int64_t target = 0;
  if (args.by_labels) {
    const int64_t label = label_at(
        args.target, offset_at(with.by, run.at, args.target.values.stride_bytes), with.aligned);
    target = target_code<scalar_lane>(label, args.x.classes, args.ignore);
    if (target == code_bad && first_lane) note_bad(bad, args.first_element + n);
    if (target < 0) return out;
  }
  const int64_t offset = offset_at(with.by, run.at, args.x.values.stride_bytes);
  const unsigned char* const p = args.x.values.data + offset;
  const pixel_weight<C> weighs = {args, with, run, target};
  out.counts = true;
  if (args.finish.by == loss_reduction::weights) {
    out.weight = weighs.counted();
    return out;
  }
  const class_loss_numbers<C> numbers = numbers_of<C>(args);
  class_row<C> row = {C{0}, C{1}, 0};
  C share = C{1};
  C loss;
  if (args.of == class_loss::nll) {
    loss = loss_of_class<scalar_lane, class_loss::nll>(logit_at<C>(args.x, p, target, with.aligned),
                                                       C{0}, C{0});
    if (args.counts) {
      row.predicted = Warps ? argmax_of_warp(args.x, offset, with.aligned)
                            : argmax_of_thread(args.x, offset, with.aligned);
    }
  } else {
    if constexpr (Warps) {
      row = classes_of_warp<C>(args, p, with);
    } else {
      constexpr int most = kept_classes<C, Gradient>;
      row = args.x.classes <= most ? few_classes_of_thread<C, most>(args, p, with.aligned)
                                   : classes_of_thread<C>(args, p, with.aligned);
    }
    const C log_sum = log<scalar_lane>(row.sum);
    C products = C{0};
    if (sums_products(args)) {
      const unsigned char* const q =
          args.by_labels ? nullptr
                         : args.probabilities.values.data +
                               offset_at(with.by, run.at, args.probabilities.values.stride_bytes);
      const product_numbers<C> of = {numbers, log_sum, row.largest};
      products = sum_of_classes<C, Warps>(args.x.classes, [&](int64_t c) {
        return product_of_class(args, p, q, c, of, with.aligned);
      });
      if (Gradient && !args.by_labels) {
        share = sum_of_classes<C, Warps>(args.x.classes, [&](int64_t c) {
          return share_of_class(args, q, c, numbers, with.aligned);
        });
      }
    }
    loss = products;
    if (args.by_labels) {
      loss = loss_of_class<scalar_lane, class_loss::cross_entropy>(
          logit_at<C>(args.x, p, target, with.aligned), log_sum, row.largest);
      if (numbers.smooth) {
        if (args.class_weighted) loss = part_of_loss<scalar_lane>(weighs.of_class(), loss);
        loss = smoothed_loss<scalar_lane>(loss, products, numbers);
      }
    }
  }
  if (args.counts && first_lane) counter.add(target, row.predicted);
  const bool weighs_label = args.by_labels && args.class_weighted && !numbers.smooth;
  const C factor = weighs_label ? weighs.product() : weighs.of_pixel();
  out.weight = weighs.counted();
  out.term = canonical<scalar_lane>(loss);
  if (args.weighted || weighs_label) out.term = weighted_term<scalar_lane>(factor, out.term);
  if constexpr (Gradient) {
    const loss_gradient_args& wanted = args.gradient;
    const C up = wanted.each ? float_at<C>(wanted.upstream.type, run.of(wanted.upstream, 0).first(),
                                           with.aligned)
                             : static_cast<C>(scale.scale);
    C taken = C{1};
    if (numbers.smooth && args.by_labels) {
      taken = scalar_lane::multiply(numbers.keep, weighs.of_class());
      share = scalar_lane::add(
          taken, scalar_lane::multiply(numbers.spread, static_cast<C>(scale.class_weights)));
    }
    gradient = {
        factor != C{0},
        target,
        scalar_lane::multiply(up, factor),
        {reference_of<scalar_lane>(row.largest), scalar_lane::divide(C{1}, row.sum), share, taken}};
  }
  return out;
}

// Pixel n, and its gradient where it belongs.
template <class C, bool Warps, bool Gradient>
__device__ __forceinline__ element_loss<C> loss_of_pixel(const class_loss_args& args,
                                                         const class_reading& with, int64_t n,
                                                         cell_counter& counter, report* bad,
                                                         const loss_scale& scale) {
  const row_run run = {&with.by, position_at(with.by, n)};
  pixel_gradient<C> gradient = {};
  const element_loss<C> out =
      class_loss_at<C, Warps, Gradient>(args, with, run, n, counter, bad, scale, gradient);
  if constexpr (Gradient) store_gradient<C, Warps>(args, with, run.at, gradient);
  return out;
}

}  // namespace bitwhere::kernels
