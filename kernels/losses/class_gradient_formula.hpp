// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "class_loss_formula.hpp"
#include "loss_gradient_formula.hpp"

// The slopes of the losses of class_loss_formula.hpp by x_c, p_c being e^(x_c - m) times 1 / S, and
// d_c 1 of the label's class, else 0:
//
//   a label         p_c - d_c, the pixel's weight holding w_t
//   with smoothing  A p_c - ((e / C) w_c + d_c (1 - e) w_t), A = (1 - e) w_t + (e / C) sum of w_k
//   probabilities   A p_c - w_c p'_c, A = sum of w_k p'_k
//   of nll          -d_c
namespace bitwhere::kernels {

// What the slopes of a pixel have in common.
template <class V>
struct pixel_slope {
  V reference;  // of the exponents
  V inverse;    // 1 / S
  V share;      // A
  V taken;      // at the label: 1, or (1 - e) w_t
};

template <class L, class V>
BITWHERE_FN V slope_of_class(V term, const pixel_slope<V>& of, V taken) {
  return L::subtract(L::multiply(of.share, L::multiply(term, of.inverse)), taken);
}

// Of nll: +0 but at the label, whatever the scale is.
template <class L, class V>
BITWHERE_FN V log_probability_gradient(V scale, V taken) {
  const V zero = L::fill(taken, 0);
  return L::select(L::equal(taken, zero), zero, canonical<L>(L::multiply(scale, L::minus(taken))));
}

// The sum of the classes' weights, in the order of sums over classes.
template <class T, class Weight>
BITWHERE_FN T sum_of_class_weights(int64_t classes, Weight weight) {
  T sums[class_lanes];
  const int64_t tiles = quotient_up(classes, class_tile);
  for (int64_t k = 0; k < tiles; ++k) {
    const int64_t left = classes - k * class_tile;
    sums[k] = sum_of_tile<scalar_lane>(left < class_tile ? left : class_tile, T{0},
                                       [&](int64_t c) { return weight(k * class_tile + c); });
  }
  if (tiles == 1) return sums[0];
  return sum_of_tile<scalar_lane>(tiles, T{0}, [&](int64_t k) { return sums[k]; });
}

}  // namespace bitwhere::kernels
