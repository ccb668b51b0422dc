// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "element.hpp"

// The lane vocabulary over one value: the scalar instruction set, loop tails and CUDA threads.
// Formulas name only the members of a lane policy, so that each stands once.
namespace bitwhere::kernels {

struct scalar_lane {
  template <class T>
  static BITWHERE_FN T select(bool mask, T yes, T no) {
    return mask ? yes : no;
  }

  template <class T>
  static BITWHERE_FN bool less(T a, T b) {
    return a < b;
  }

  template <class T>
  static BITWHERE_FN bool less_equal(T a, T b) {
    return a <= b;
  }

  template <class T>
  static BITWHERE_FN bool equal(T a, T b) {
    return a == b;
  }

  static BITWHERE_FN bool both(bool a, bool b) { return a && b; }
  static BITWHERE_FN bool either(bool a, bool b) { return a || b; }
  static BITWHERE_FN bool negate(bool a) { return !a; }

  template <class T>
  static BITWHERE_FN T add(T a, T b) {
    return static_cast<T>(a + b);
  }

  template <class T>
  static BITWHERE_FN T multiply(T a, T b) {
    return static_cast<T>(a * b);
  }

  template <class T>
  static BITWHERE_FN T subtract(T a, T b) {
    return static_cast<T>(a - b);
  }

  template <class T>
  static BITWHERE_FN T divide(T a, T b) {
    return a / b;
  }

  template <class T>
  static BITWHERE_FN T minus(T a) {
    return -a;
  }

  // a * b + c, rounded once.
  static BITWHERE_FN float fused(float a, float b, float c) {
#if defined(__CUDA_ARCH__)
    return __fmaf_rn(a, b, c);
#else
    return __builtin_fmaf(a, b, c);
#endif
  }

  static BITWHERE_FN double fused(double a, double b, double c) {
#if defined(__CUDA_ARCH__)
    return __fma_rn(a, b, c);
#else
    return __builtin_fma(a, b, c);
#endif
  }

  // Of unsigned integers.
  template <int Bits, class T>
  static BITWHERE_FN T shifted_right(T a) {
    return static_cast<T>(a >> Bits);
  }

  template <int Bits, class T>
  static BITWHERE_FN T shifted_left(T a) {
    return static_cast<T>(a << Bits);
  }

  template <class T>
  static BITWHERE_FN T masked(T a, T mask) {
    return static_cast<T>(a & mask);
  }

  // A float as an unsigned integer of its size, and back.
  static BITWHERE_FN uint32_t bits_of(float a) {
    uint32_t bits;
    memcpy(&bits, &a, sizeof(bits));
    return bits;
  }

  static BITWHERE_FN uint64_t bits_of(double a) {
    uint64_t bits;
    memcpy(&bits, &a, sizeof(bits));
    return bits;
  }

  static BITWHERE_FN float number_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
  }

  static BITWHERE_FN double number_of(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
  }

  // What one lane of a T holds.
  template <class T>
  using element = T;

  // The constant `value` in the type of the first argument.
  template <class T, class U>
  static BITWHERE_FN T fill(T, U value) {
    return static_cast<T>(value);
  }
};

// Exact widening to what comparisons compute in; other types stay what they are.
template <class T>
BITWHERE_FN T widen(T value) {
  return value;
}

BITWHERE_FN float float_from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

BITWHERE_FN uint32_t bits_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

// The NaN that is stored wherever one has been computed.
BITWHERE_FN float quiet_nan(float) { return float_from_bits(0x7fc00000u); }
BITWHERE_FN double quiet_nan(double) { return scalar_lane::number_of(0x7ff8000000000000u); }

BITWHERE_FN float widen(bfloat_bits value) {
  return float_from_bits(static_cast<uint32_t>(value.bits) << 16);
}

BITWHERE_FN float widen(half_bits value) {
  const uint32_t sign = static_cast<uint32_t>(value.bits & 0x8000u) << 16;
  const uint32_t exponent = (value.bits >> 10) & 31u;
  const uint32_t fraction = value.bits & 0x3ffu;
  if (exponent == 31) return float_from_bits(sign | 0x7f800000u | (fraction << 13));
  if (exponent != 0) return float_from_bits(sign | ((exponent + 112) << 23) | (fraction << 13));
  // A subnormal half is a normal float, so the product is exact.
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
  return sign != 0 ? -magnitude : magnitude;
}

}  // namespace bitwhere::kernels
