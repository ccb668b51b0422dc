// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/dtype.hpp"
#include "sum_state.hpp"

// From a wide integer to the nearest float, ties to even, in one rounding.
namespace bitwhere::kernels {

// A binary format of IEEE 754 or alike, by what rounding has to know.
struct float_format {
  int precision;  // bits of a significand
  int unit;       // exponent of the smallest subnormal
  int bits;
};

BITWHERE_FN constexpr float_format format_of(dtype type) {
  switch (type) {
    case dtype::f16:
      return {11, -24, 16};
    case dtype::bf16:
      return {8, -133, 16};
    case dtype::f32:
      return {24, -149, 32};
    default:
      return {53, -1074, 64};
  }
}

BITWHERE_FN uint64_t infinity_of(float_format f) {
  const int exponent_bits = f.bits - f.precision;
  return ((uint64_t{1} << exponent_bits) - 1) << (f.precision - 1);
}

BITWHERE_FN uint64_t nan_of(float_format f) {
  return infinity_of(f) | uint64_t{1} << (f.precision - 2);
}

BITWHERE_FN uint64_t sign_of(float_format f) { return uint64_t{1} << (f.bits - 1); }

// The index of the highest bit that is set.
BITWHERE_FN int top_bit(uint128 of) {
  int top = 0;
  for (int step = 64; step > 0; step /= 2) {
    if (of >> step != 0) {
      of >>= step;
      top += step;
    }
  }
  return top;
}

// The bits of the float nearest to (integer + a fraction in (0, 1) where `rest`) * 2^exponent.
// Where there is a rest the integer has more bits than the format by two at least.
BITWHERE_FN uint64_t round_magnitude(uint128 integer, int exponent, bool rest, float_format to) {
  if (integer == 0) return 0;
  const int top = exponent + top_bit(integer);
  const int normal = top - to.precision + 1;
  const int last = normal > to.unit ? normal : to.unit;  // exponent of the result's last bit
  const int cut = last - exponent;
  uint64_t significand = 0;
  if (cut <= 0) {
    significand = static_cast<uint64_t>(integer << -cut);
  } else if (cut < 128) {
    significand = static_cast<uint64_t>(integer >> cut);
    const uint128 half = static_cast<uint128>(1) << (cut - 1);
    const uint128 below = integer & (half + (half - 1));
    const bool up = below > half || (below == half && (rest || (significand & 1) != 0));
    significand += up ? 1 : 0;
  }
  // A carry out of the significand goes into the exponent, as it should.
  const uint64_t bits = significand + (static_cast<uint64_t>(last - to.unit) << (to.precision - 1));
  return last - to.unit > 0x7ff || bits > infinity_of(to) ? infinity_of(to) : bits;
}

// Digit k of the magnitude of a normal form; the top limb gives two. `lowest` is the lowest limb
// that is not 0.
template <class Sum>
BITWHERE_FN uint32_t magnitude_digit(const Sum& of, int k, int lowest, bool negative) {
  if (k < 0) return 0;
  const int limb = k < Sum::limbs ? k : Sum::limbs - 1;
  uint64_t digits = static_cast<uint64_t>(of.limb[limb]);
  if (negative) digits = limb < lowest ? 0 : limb == lowest ? 0 - digits : ~digits;
  return static_cast<uint32_t>(k < Sum::limbs ? digits : digits >> 32);
}

// The exact sum rounded once, as bits of `type`. The state is in normal form.
template <class Sum>
BITWHERE_FN uint64_t rounded(const Sum& of, dtype type) {
  const float_format to = format_of(type);
  if (of.nan != 0 || (of.posinf != 0 && of.neginf != 0)) return nan_of(to);
  if (of.posinf != 0) return infinity_of(to);
  if (of.neginf != 0) return infinity_of(to) | sign_of(to);
  int lowest = 0;
  while (lowest < Sum::limbs && of.limb[lowest] == 0) ++lowest;
  if (lowest == Sum::limbs) return 0;
  const bool negative = of.limb[Sum::limbs - 1] < 0;
  int top = Sum::limbs;
  while (top > 0 && magnitude_digit(of, top, lowest, negative) == 0) --top;
  uint128 window = 0;
  for (int k = 0; k < 3; ++k) {
    window = window << 32 | magnitude_digit(of, top - k, lowest, negative);
  }
  const uint64_t bits = round_magnitude(window, Sum::unit + 32 * (top - 2), lowest < top - 2, to);
  return negative ? bits | sign_of(to) : bits;
}

// An f64 rounded once, as bits of `type`; a NaN becomes the canonical one.
BITWHERE_FN uint64_t rounded(double value, dtype type) {
  const float_format to = format_of(type);
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (value != value) return nan_of(to);
  if (type == dtype::f64) return bits;
  if (type == dtype::f32) {
    const float nearest = static_cast<float>(value);
    uint32_t narrow;
    memcpy(&narrow, &nearest, sizeof narrow);
    return narrow;
  }
  const uint64_t sign = bits >> 63 != 0 ? sign_of(to) : 0;
  const auto field = static_cast<int>(bits >> 52 & 0x7ff);
  const uint64_t fraction = bits & 0xfffffffffffff;
  if (field == 0x7ff) return infinity_of(to) | sign;
  if (field == 0) return sign | round_magnitude(fraction, -1074, false, to);
  return sign | round_magnitude(fraction | uint64_t{1} << 52, field - 1075, false, to);
}

template <class Sum>
BITWHERE_FN double rounded_to_f64(const Sum& of) {
  const uint64_t bits = rounded(of, dtype::f64);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace bitwhere::kernels
