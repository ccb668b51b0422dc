// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "polynomial.hpp"

// e^x, by x = k ln 2 + r with |r| <= ln 2 / 2: 2^k times 1 + r + r^2 q(r). The polynomial's last
// two coefficients are 1 outright, so that it ends in two fused operations and its rounding is that
// of the last alone.
//
//   exp               f32 0.909 ulp over all inputs, f64 0.921 over samples; 22 operations, 27 f64
//   exp_not_positive  x <= 0: f32 0.882 ulp; 14 operations, 19 f64; where the result would be
//                     subnormal it is +0
//   exp_with_tail     value + tail: the value as exp gives it, and most of what it lacks
//
// Results overflow to +Inf and underflow to subnormals and +0. NaN gives a NaN, canonical from exp
// alone.
namespace bitwhere::kernels {

template <class T>
struct exp_constants;

template <>
struct exp_constants<float> {
  static constexpr float per_octave = 0x1.715476p0f;  // 1 / ln 2
  // ln 2 in two parts.
  static constexpr float ln2 = 0x1.62e43p-1f;
  static constexpr float ln2_rest = -0x1.05c61p-29f;
  // Adding 1.5 * 2^23 rounds to an integer, which the low bits then hold.
  static constexpr float rounder = 12582912.0f;
  static constexpr float bias = 127.0f;
  static constexpr int fraction_bits = 23;
  // Beyond, results are 0 or infinite; within, two normal factors make up 2^k.
  static constexpr float limit = 104.0f;
  static constexpr float least_normal = -87.3365f;  // from here on results are normal
  static constexpr float least_with_tail = 0x1p-100f;

  template <class L, class V>
  static BITWHERE_FN V q(V r) {
    return polynomial<L>(r, 0x1.fffffcp-2f, 0x1.55549p-3f, 0x1.5558f4p-5f, 0x1.123a6cp-7f,
                         0x1.6a2352p-10f);
  }
};

template <>
struct exp_constants<double> {
  static constexpr double per_octave = 0x1.71547652b82fep0;
  static constexpr double ln2 = 0x1.62e42fefa39efp-1;
  static constexpr double ln2_rest = 0x1.abc9e3b39803fp-56;
  static constexpr double rounder = 6755399441055744.0;
  static constexpr double bias = 1023.0;
  static constexpr int fraction_bits = 52;
  static constexpr double limit = 746.0;
  static constexpr double least_normal = -0x1.6232bdd7abcd2p+9;
  static constexpr double least_with_tail = 0x1p-1000;

  template <class L, class V>
  static BITWHERE_FN V q(V r) {
    return polynomial<L>(r, 0x1.000000000000ap-1, 0x1.55555555554fap-3, 0x1.555555555087cp-5,
                         0x1.1111111127be4p-7, 0x1.6c16c1842a147p-10, 0x1.a01a012a57cd8p-13,
                         0x1.a0199a0c611a8p-16, 0x1.71df2552af8d3p-19, 0x1.28ad72d147d89p-22,
                         0x1.ad7f6d7911672p-26);
  }
};

// e^r, and the integer k that went into x = k ln 2 + r.
template <class V>
struct exp_reduced {
  V rounded;  // k + shift, in its low bits
  V r;
  V q;  // e^r = fused(q, r, 1)
};

// `shift` is added to k while it is rounded.
template <class L, class V>
BITWHERE_FN exp_reduced<V> reduce_exp(V x, typename L::template element<V> shift) {
  using c = exp_constants<typename L::template element<V>>;
  const V rounder = L::fill(x, c::rounder + shift);
  const V rounded = L::fused(x, L::fill(x, c::per_octave), rounder);
  const V k = L::subtract(rounded, rounder);
  V r = L::fused(k, L::fill(x, -c::ln2), x);
  r = L::fused(k, L::fill(x, -c::ln2_rest), r);
  const V q = L::fused(c::template q<L>(r), r, L::fill(x, 1));
  return {rounded, r, q};
}

// Multiplies by 2^k, in two steps so that either factor is normal. It is a product and never an
// addition to the exponent's bits, by which a NaN would become a number.
template <class L, class V>
struct scale_by_octaves {
  V first;
  V second;

  explicit BITWHERE_FN scale_by_octaves(V rounded) {
    constexpr int fraction = exp_constants<typename L::template element<V>>::fraction_bits;
    // k + 2 bias in the low bits, shared out among two exponents; the rest is shifted out.
    const auto both = L::bits_of(rounded);
    const auto half = L::template shifted_right<1>(both);
    first = L::number_of(L::template shifted_left<fraction>(half));
    second = L::number_of(L::template shifted_left<fraction>(L::subtract(both, half)));
  }

  BITWHERE_FN V operator()(V value) const { return L::multiply(L::multiply(value, first), second); }
};

template <class V>
struct with_tail {
  V value;
  V tail;
};

// Of |x| <= limit, or NaN. Where the tail would be subnormal, and say little, it is 0.
template <class L, class V>
BITWHERE_FN with_tail<V> exp_with_tail(V x) {
  using c = exp_constants<typename L::template element<V>>;
  const V one = L::fill(x, 1);
  const exp_reduced<V> e = reduce_exp<L>(x, 2 * c::bias);
  const scale_by_octaves<L, V> scale(e.rounded);
  const V y = L::fused(e.q, e.r, one);
  const V value = scale(y);
  const V tail = scale(L::fused(e.q, e.r, L::subtract(one, y)));
  const auto small = L::less(value, L::fill(x, c::least_with_tail));
  return {value, L::select(small, L::fill(x, 0), tail)};
}

template <class L, class V>
BITWHERE_FN V exp(V x) {
  using T = typename L::template element<V>;
  using c = exp_constants<T>;
  const V low = L::fill(x, -c::limit);
  const V high = L::fill(x, c::limit);
  V bounded = L::select(L::less(x, low), low, x);
  bounded = L::select(L::less(high, bounded), high, bounded);
  const exp_reduced<V> e = reduce_exp<L>(bounded, 2 * c::bias);
  const scale_by_octaves<L, V> scale(e.rounded);
  const V y = scale(L::fused(e.q, e.r, L::fill(x, 1)));
  return L::select(L::equal(x, x), y, L::fill(x, quiet_nan(T())));
}

template <class L, class V>
BITWHERE_FN V exp_not_positive(V x) {
  using c = exp_constants<typename L::template element<V>>;
  const exp_reduced<V> e = reduce_exp<L>(x, c::bias);
  const V scale = L::number_of(L::template shifted_left<c::fraction_bits>(L::bits_of(e.rounded)));
  const V y = L::multiply(L::fused(e.q, e.r, L::fill(x, 1)), scale);
  return L::select(L::less(x, L::fill(x, c::least_normal)), L::fill(x, 0), y);
}

}  // namespace bitwhere::kernels
