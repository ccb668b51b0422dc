// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "exp.hpp"

// 1 / (1 + e^-x). With z = e^-|x| and its tail it is 1 / (1 + z), or z / (1 + z) below 0: one
// division, whose error and the tails then correct it.
//
//   sigmoid  f32 0.882 ulp over all inputs, f64 0.921 over samples; 41 operations, 46 f64
//
// 0 of -Inf, 1 of +Inf, subnormal results, NaN canonical.
namespace bitwhere::kernels {

// -|x|, as far as exp tells numbers apart.
template <class L, class V>
BITWHERE_FN V bounded_magnitude_below(V x) {
  const V low = L::fill(x, -exp_constants<typename L::template element<V>>::limit);
  const V below = L::select(L::less(x, L::fill(x, 0)), x, L::minus(x));
  return L::select(L::less(below, low), low, below);
}

template <class L, class V>
BITWHERE_FN V sigmoid(V x) {
  using T = typename L::template element<V>;
  const V zero = L::fill(x, 0);
  const V one = L::fill(x, 1);
  const with_tail<V> z = exp_with_tail<L>(bounded_magnitude_below<L>(x));
  const V sum = L::add(one, z.value);
  const V sum_tail = L::add(L::add(L::subtract(one, sum), z.value), z.tail);
  const auto negative = L::less(x, zero);
  const V dividend = L::select(negative, z.value, one);
  const V dividend_tail = L::select(negative, z.tail, zero);
  const V inverse = L::divide(one, sum);
  const V y = L::multiply(dividend, inverse);
  const V left =
      L::add(L::fused(L::minus(y), sum, dividend), L::fused(L::minus(y), sum_tail, dividend_tail));
  const V corrected = L::fused(left, inverse, y);
  return L::select(L::equal(x, x), corrected, L::fill(x, quiet_nan(T())));
}

}  // namespace bitwhere::kernels
