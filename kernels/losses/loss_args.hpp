// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../tile/operand.hpp"

namespace bitwhere::kernels {

// Mirrors bw_loss_reduction.
enum class loss_reduction : int32_t { mean = 0, sum = 1, none = 2, partial = 3 };

// Mirrors bw_normaliser; the usual one is the partial's.
enum class normaliser : int32_t { usual = 0, weights = 1, valid = 2, all = 3, given = 4 };

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
  unsigned char* out;  // elements at multiples of their size
};

}  // namespace bitwhere::kernels
