// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "exp.hpp"

// ln x and ln(1 + x), by x = 2^k (1 + f) with 1 + f between the roots of 1/2 and of 2, so that
// f = x 2^-k - 1 is exact: k ln 2 + f + f^2 q(f).
//
//   log    f32 0.921 ulp over all inputs, f64 0.881 over samples; 29 operations, 46 f64
//   log1p  f32 0.891 ulp over all inputs, f64 0.875 over samples; 47 operations, 64 f64
//
// log: -Inf of +-0, NaN below; log1p: -Inf of -1, NaN below, +-0 as it is. +Inf of +Inf, subnormals
// in and out, NaN canonical.
namespace bitwhere::kernels {

template <class T>
struct log_constants;

template <>
struct log_constants<float> {
  using bits = uint32_t;
  static constexpr int fraction_bits = 23;
  static constexpr bits one = 0x3f800000u;
  static constexpr bits root_of_half = 0x3f3504f3u;
  static constexpr float integers = 0x1p23f;  // as of which floats are integers
  static constexpr float bias = 127.0f;
  static constexpr float least_normal = 0x1p-126f;
  static constexpr float raise = 0x1p23f;  // by which subnormals become normal
  static constexpr float raised = 23.0f;
  static constexpr float infinity = __builtin_inff();
  static constexpr float swallows_one = 0x1p25f;  // from here on 1 + x is x
  static constexpr bool two_terms = false;  // whether the last sum of log takes one rounding more

  template <class L, class V>
  static BITWHERE_FN V q(V f) {
    return polynomial<L>(f, -0x1.fffff8p-2f, 0x1.55555p-2f, -0x1.000426p-2f, 0x1.99a3f2p-3f,
                         -0x1.54275cp-3f, 0x1.2271b8p-3f, -0x1.0f381ep-3f, 0x1.0847f2p-3f,
                         -0x1.382b34p-4f);
  }
};

template <>
struct log_constants<double> {
  using bits = uint64_t;
  static constexpr int fraction_bits = 52;
  static constexpr bits one = 0x3ff0000000000000u;
  static constexpr bits root_of_half = 0x3fe6a09e667f3bcdu;
  static constexpr double integers = 0x1p52;
  static constexpr double bias = 1023.0;
  static constexpr double least_normal = 0x1p-1022;
  static constexpr double raise = 0x1p54;
  static constexpr double raised = 54.0;
  static constexpr double infinity = __builtin_inf();
  static constexpr double swallows_one = 0x1p54;
  static constexpr bool two_terms = true;

  template <class L, class V>
  static BITWHERE_FN V q(V f) {
    return polynomial<L>(f, -0x1p-1, 0x1.5555555555571p-2, -0x1.ffffffffffd49p-3,
                         0x1.9999999994047p-3, -0x1.5555555573554p-3, 0x1.24924927b2643p-3,
                         -0x1.fffffff05fbcep-4, 0x1.c71c700b8cfd4p-4, -0x1.99999af39efa4p-4,
                         0x1.745d5cde720dap-4, -0x1.555573640c23cp-4, 0x1.3b0d2ff0d6496p-4,
                         -0x1.248938feddbe9p-4, 0x1.116d031b9a824p-4, -0x1.00d2de1aceab6p-4,
                         0x1.dc7594aed11b4p-5, -0x1.b421ed0aa0ae9p-5, 0x1.bbf802fc2616ep-5,
                         -0x1.016f6894ad346p-4, 0x1.d2d87ea3351d8p-5, -0x1.8cf42884a3817p-6);
  }
};

// x = 2^k (1 + f) of a positive normal number.
template <class V, class I>
struct log_split {
  V k;
  V f;
  I shifted;  // x's bits, moved so that the exponent field is k + bias
};

template <class L, class V>
BITWHERE_FN auto split_log(V x) {
  using c = log_constants<typename L::template element<V>>;
  constexpr auto fraction_mask = (typename c::bits{1} << c::fraction_bits) - 1;
  const auto bits = L::bits_of(x);
  const auto shifted = L::add(bits, L::fill(bits, c::one - c::root_of_half));
  // The field as the low bits of a float that is an integer.
  const V integers = L::fill(x, c::integers);
  const auto field = L::template shifted_right<c::fraction_bits>(shifted);
  const V k = L::subtract(L::number_of(L::add(field, L::bits_of(integers))),
                          L::fill(x, c::integers + c::bias));
  const auto mantissa =
      L::add(L::masked(shifted, L::fill(bits, fraction_mask)), L::fill(bits, c::root_of_half));
  const V f = L::subtract(L::number_of(mantissa), L::fill(x, 1));
  return log_split<V, decltype(L::bits_of(x))>{k, f, shifted};
}

// k ln 2 + f + f^2 q, q being of f.
template <class L, class V>
BITWHERE_FN V log_sum(V k, V f, V q) {
  using T = typename L::template element<V>;
  using e = exp_constants<T>;
  const V square = L::multiply(f, f);
  const V ln2 = L::fill(f, e::ln2);
  if constexpr (log_constants<T>::two_terms) {
    const V low = L::fused(q, square, L::multiply(k, L::fill(f, e::ln2_rest)));
    const V high = L::fused(k, ln2, f);
    const V lost = L::add(L::fused(k, ln2, L::minus(high)), f);
    return L::add(high, L::add(low, lost));
  } else {
    return L::fused(k, ln2, L::fused(q, square, f));
  }
}

template <class L, class V>
BITWHERE_FN V log(V x) {
  using T = typename L::template element<V>;
  using c = log_constants<T>;
  const V zero = L::fill(x, 0);
  const V infinity = L::fill(x, c::infinity);
  const auto subnormal = L::less(x, L::fill(x, c::least_normal));
  const auto s = split_log<L>(L::select(subnormal, L::multiply(x, L::fill(x, c::raise)), x));
  const V k = L::subtract(s.k, L::select(subnormal, L::fill(x, c::raised), zero));
  const V y = log_sum<L>(k, s.f, c::template q<L>(s.f));
  const V of_positive = L::select(L::less(x, infinity), y, infinity);
  const V of_rest = L::select(L::equal(x, zero), L::minus(infinity), L::fill(x, quiet_nan(T())));
  return L::select(L::less(zero, x), of_positive, of_rest);
}

// What ln(1 + x + tail) needs of x, -1 < x.
template <class V, class M>
struct log1p_terms {
  V k;
  V f;
  V q;
  V high;  // high + low is the result
  V low;
  M swallows_one;
};

// `tail` is far below x. k comes from the rounded 1 + x; f does not, and its rest is taken along.
template <class L, class V>
BITWHERE_FN auto split_log1p(V x, V tail) {
  using T = typename L::template element<V>;
  using c = log_constants<T>;
  using e = exp_constants<T>;
  constexpr auto exponent_mask = static_cast<typename c::bits>(-1) << c::fraction_bits;
  const V one = L::fill(x, 1);
  const auto s = split_log<L>(L::add(one, x));
  const auto field = L::masked(s.shifted, L::fill(s.shifted, exponent_mask));
  const V scale = L::number_of(L::subtract(L::fill(field, 2 * c::one), field));  // 2^-k
  const V less_one = L::subtract(scale, one);
  const auto swallows_one = L::less_equal(L::fill(x, c::swallows_one), x);
  const V f = L::select(swallows_one, s.f, L::fused(x, scale, less_one));
  const V rest = L::add(L::fused(x, scale, L::subtract(less_one, f)), L::multiply(tail, scale));
  const V q = c::template q<L>(f);
  const V curve = L::fused(q, L::multiply(f, f), L::fused(L::minus(f), rest, rest));
  const V ln2 = L::fill(x, e::ln2);
  const V high = L::fused(s.k, ln2, f);
  V lost = L::add(L::fused(s.k, ln2, L::minus(high)), f);
  lost = L::fused(s.k, L::fill(x, e::ln2_rest), lost);
  return log1p_terms<V, decltype(L::less(x, x))>{s.k,         f, q, high, L::add(curve, lost),
                                                 swallows_one};
}

template <class L, class V>
BITWHERE_FN V log1p(V x) {
  using T = typename L::template element<V>;
  using c = log_constants<T>;
  const V zero = L::fill(x, 0);
  const V below = L::fill(x, -1);
  const V infinity = L::fill(x, c::infinity);
  const auto t = split_log1p<L>(x, zero);
  V y = L::add(t.high, t.low);
  y = L::select(t.swallows_one, log_sum<L>(t.k, t.f, t.q), y);
  y = L::select(L::either(L::equal(x, zero), L::equal(x, infinity)), x, y);
  const V of_rest = L::select(L::equal(x, below), L::minus(infinity), L::fill(x, quiet_nan(T())));
  return L::select(L::less(below, x), y, of_rest);
}

}  // namespace bitwhere::kernels
