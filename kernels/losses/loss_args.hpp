// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../tile/operand.hpp"

namespace bitwhere::kernels {

// Mirrors bw_loss_reduction.
enum class loss_reduction : int32_t { mean = 0, sum = 1, none = 2, partial = 3, weights = 4 };

// Whether the result is the words of a partial.
BITWHERE_FN constexpr bool keeps_words(loss_reduction by) {
  return by == loss_reduction::partial || by == loss_reduction::weights;
}

// Mirrors bw_normaliser; the usual one is the partial's.
enum class normaliser : int32_t {
  usual = 0,
  weights = 1,
  valid = 2,
  all = 3,
  given = 4,
  tensor = 5
};

// How sums become a result.
struct loss_finish_args {
  loss_reduction by;
  normaliser over;
  dtype out_type;
  bool f64;          // of the terms: f32 or f64
  bool weighted;     // elements have weights whose sum is asked for
  bool by_weights;   // the usual denominator of a mean is that sum
  bool dice;         // 1 - (2 sum + eps) / (sum of weights + eps) instead of a mean
  bool empty_zero;   // a mean whose denominator is 0 is 0, else NaN
  int64_t elements;  // all there are
  double denominator;
  double denominator_eps;
  const unsigned char* divisor;  // of normaliser::tensor
  dtype divisor_type;            // f32 or f64
  unsigned char* out;            // elements at multiples of their size
};

// Whether the scale of a gradient takes sums over all elements, which have to be known before the
// first slope.
BITWHERE_FN constexpr bool takes_sums(const loss_finish_args& args) {
  const bool known = args.over == normaliser::all || args.over == normaliser::given ||
                     args.over == normaliser::tensor;
  return args.dice || (args.by == loss_reduction::mean && !known);
}

// What the slopes of losses are multiplied by, and what the slope of Dice takes from the sums over
// all elements: of_common times that of x t, and of_size times that of the size.
struct loss_scale {
  double scale;
  double of_common;
  double of_size;
  double class_weights;  // the sum of the classes' weights, where smoothing takes it
};

// The gradient of a result by x, an element or class each.
struct loss_gradient_args {
  bool wanted;
  bool each;                   // every loss has an upstream of its own
  output to;                   // of x's dtype
  int64_t class_stride_bytes;  // of class losses
  operand upstream;            // what the result's own gradient is
  const loss_scale* scale;     // NULL: it takes no sums over elements
};

}  // namespace bitwhere::kernels
