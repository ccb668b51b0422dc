// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

#include "../lane/element.hpp"

// The exact sum: a wide integer of 32-bit digits in 64-bit limbs, so that carries can wait. Adding
// states is adding integers, which has no order. Sums of n-bit floats count in units of their
// smallest subnormal; sums of integers count in ones.
namespace bitwhere::kernels {

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

// value = sum of limb[k] * 2^(32 k + Unit). The top limb has room for 2^63 terms of the largest
// size. Normal form: all limbs but the top one in [0, 2^32). It is unique, so that equal sums have
// equal bytes.
template <int Limbs, int Unit>
struct sum_state {
  static constexpr int limbs = Limbs;
  static constexpr int unit = Unit;
  int64_t limb[Limbs];
  int64_t nan;
  int64_t posinf;
  int64_t neginf;
};

using f32_sum = sum_state<11, -149>;   // 2^63 terms below 2^128: 341 bits of 352
using f64_sum = sum_state<68, -1074>;  // 2^63 terms below 2^1024: 2162 bits of 2176
using integer_sum = sum_state<4, 0>;   // 2^63 terms up to 2^63: 127 bits of 128

// A deposit changes a limb by less than 2^32, a normal form has digits below that: after so many
// a state has to be normalised.
inline constexpr int64_t deposits_between = int64_t{1} << 26;

template <int Limbs, int Unit>
BITWHERE_FN void clear(sum_state<Limbs, Unit>& to) {
  BITWHERE_ROLLED
  for (int k = 0; k < Limbs; ++k) to.limb[k] = 0;
  to.nan = 0;
  to.posinf = 0;
  to.neginf = 0;
}

// States may come from outside: numbers that no sum has wrap.
BITWHERE_FN int64_t wrapping_sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

template <int Limbs, int Unit>
BITWHERE_FN bool is_normal(const sum_state<Limbs, Unit>& of) {
  uint64_t above = 0;
  BITWHERE_ROLLED
  for (int k = 0; k < Limbs - 1; ++k) above |= static_cast<uint64_t>(of.limb[k]) >> 32;
  return above == 0;
}

template <class Sum>
BITWHERE_FN void normalise(Sum& of) {
  BITWHERE_ROLLED
  for (int k = 0; k < Sum::limbs - 1; ++k) {
    const int64_t carry = of.limb[k] >> 32;  // the floor
    of.limb[k] &= 0xffffffff;
    of.limb[k + 1] = wrapping_sum(of.limb[k + 1], carry);
  }
}

// The digits of integer * 2^(shift % 32), which belong to limbs shift / 32 and up.
struct three_digits {
  int64_t digit[3];
};

BITWHERE_FN three_digits digits_of(int64_t integer, int shift) {
  const int128 wide =
      static_cast<int128>(integer) * static_cast<int128>(int64_t{1} << (shift % 32));
  return {{static_cast<int64_t>(static_cast<uint32_t>(wide)),
           static_cast<int64_t>(static_cast<uint32_t>(wide >> 32)),
           static_cast<int64_t>(wide >> 64)}};
}

// Adds integer * 2^(unit + shift). The caller keeps shift / 32 + 2 below the number of limbs.
template <class Sum>
BITWHERE_FN void deposit_integer(Sum& to, int64_t integer, int shift) {
  const three_digits digits = digits_of(integer, shift);
  int64_t* const limb = to.limb + shift / 32;
  limb[0] += digits.digit[0];
  limb[1] += digits.digit[1];
  limb[2] += digits.digit[2];
}

// Adds value * 2^up, a multiple of the unit: finite.
template <class Sum>
BITWHERE_FN void deposit_value(Sum& to, double value, int up) {
  int64_t bits;
  memcpy(&bits, &value, sizeof bits);
  const int field = static_cast<int>(bits >> 52 & 0x7ff);
  int64_t significand = bits & 0xfffffffffffff;
  if (field != 0) significand |= int64_t{1} << 52;
  int shift = (field != 0 ? field : 1) - 1075 + up - Sum::unit;
  if (shift < 0) {
    // Bits below the unit are zero; far below it there is nothing but a zero.
    significand = shift > -64 ? significand >> -shift : 0;
    shift = 0;
  }
  deposit_integer(to, bits < 0 ? -significand : significand, shift);
}

// Adds one float of any size, specials too.
BITWHERE_FN void deposit_term(f32_sum& to, uint32_t bits) {
  const uint32_t field = bits >> 23 & 0xff;
  const uint32_t fraction = bits & 0x7fffff;
  const bool negative = bits >> 31 != 0;
  if (field == 0xff) {
    ++(fraction != 0 ? to.nan : negative ? to.neginf : to.posinf);
    return;
  }
  const auto significand = static_cast<int64_t>(field != 0 ? fraction | 0x800000 : fraction);
  deposit_integer(to, negative ? -significand : significand,
                  static_cast<int>(field != 0 ? field : 1) - 1);
}

BITWHERE_FN void deposit_term(f64_sum& to, uint64_t bits) {
  const auto field = static_cast<int>(bits >> 52 & 0x7ff);
  const auto fraction = static_cast<int64_t>(bits & 0xfffffffffffff);
  const bool negative = bits >> 63 != 0;
  if (field == 0x7ff) {
    ++(fraction != 0 ? to.nan : negative ? to.neginf : to.posinf);
    return;
  }
  const int64_t significand = field != 0 ? fraction | int64_t{1} << 52 : fraction;
  deposit_integer(to, negative ? -significand : significand, (field != 0 ? field : 1) - 1);
}

// Both in normal form, and so is the sum.
template <int Limbs, int Unit>
BITWHERE_FN void merge(sum_state<Limbs, Unit>& into, const sum_state<Limbs, Unit>& from) {
  BITWHERE_ROLLED
  for (int k = 0; k < Limbs; ++k) into.limb[k] = wrapping_sum(into.limb[k], from.limb[k]);
  into.nan = wrapping_sum(into.nan, from.nan);
  into.posinf = wrapping_sum(into.posinf, from.posinf);
  into.neginf = wrapping_sum(into.neginf, from.neginf);
  normalise(into);
}

}  // namespace bitwhere::kernels
