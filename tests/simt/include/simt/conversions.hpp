// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <limits>

#include "simt/qualifiers.hpp"

namespace simt::detail {

/// A rounded value as an integer, by PTX's rule: saturated; a NaN is 0, but the top bit alone where
/// a 64-bit type takes part. A plain C++ cast is undefined in these cases.
template <std::integral To, std::floating_point From>
To saturate(From value) {
  using limits = std::numeric_limits<To>;
  constexpr bool is_wide = sizeof(To) == 8 || sizeof(From) == 8;
  if (std::isnan(value)) return is_wide ? static_cast<To>(To{1} << (sizeof(To) * 8 - 1)) : To{0};
  // 2^digits is exact in every floating type here, unlike the largest integer below it.
  const From bound = std::ldexp(From{1}, limits::digits);
  if (value >= bound) return limits::max();
  if (value < static_cast<From>(limits::min())) return limits::min();
  return static_cast<To>(value);
}

}  // namespace simt::detail

constexpr unsigned __float_as_uint(float value) { return std::bit_cast<unsigned>(value); }
constexpr int __float_as_int(float value) { return std::bit_cast<int>(value); }
constexpr float __uint_as_float(unsigned bits) { return std::bit_cast<float>(bits); }
constexpr float __int_as_float(int bits) { return std::bit_cast<float>(bits); }
constexpr long long __double_as_longlong(double value) { return std::bit_cast<long long>(value); }
constexpr double __longlong_as_double(long long bits) { return std::bit_cast<double>(bits); }
constexpr int __double2hiint(double value) {
  return static_cast<int>(std::bit_cast<unsigned long long>(value) >> 32);
}
constexpr int __double2loint(double value) {
  return static_cast<int>(std::bit_cast<unsigned long long>(value) & 0xffffffffu);
}
constexpr double __hiloint2double(int high, int low) {
  const auto top = static_cast<unsigned long long>(static_cast<unsigned>(high)) << 32;
  return std::bit_cast<double>(top | static_cast<unsigned>(low));
}

// Suffixes: rn rounds to nearest even (the host's rounding mode while kernels run), rz to zero,
// rd down, ru up.
inline int __float2int_rn(float v) { return simt::detail::saturate<int>(std::nearbyint(v)); }
inline int __float2int_rz(float v) { return simt::detail::saturate<int>(std::trunc(v)); }
inline int __float2int_rd(float v) { return simt::detail::saturate<int>(std::floor(v)); }
inline int __float2int_ru(float v) { return simt::detail::saturate<int>(std::ceil(v)); }
inline unsigned __float2uint_rn(float v) {
  return simt::detail::saturate<unsigned>(std::nearbyint(v));
}
inline unsigned __float2uint_rz(float v) { return simt::detail::saturate<unsigned>(std::trunc(v)); }
inline long long __float2ll_rn(float v) {
  return simt::detail::saturate<long long>(std::nearbyint(v));
}
inline long long __float2ll_rz(float v) { return simt::detail::saturate<long long>(std::trunc(v)); }
inline unsigned long long __float2ull_rn(float v) {
  return simt::detail::saturate<unsigned long long>(std::nearbyint(v));
}
inline unsigned long long __float2ull_rz(float v) {
  return simt::detail::saturate<unsigned long long>(std::trunc(v));
}

inline int __double2int_rn(double v) { return simt::detail::saturate<int>(std::nearbyint(v)); }
inline int __double2int_rz(double v) { return simt::detail::saturate<int>(std::trunc(v)); }
inline unsigned __double2uint_rn(double v) {
  return simt::detail::saturate<unsigned>(std::nearbyint(v));
}
inline unsigned __double2uint_rz(double v) {
  return simt::detail::saturate<unsigned>(std::trunc(v));
}
inline long long __double2ll_rn(double v) {
  return simt::detail::saturate<long long>(std::nearbyint(v));
}
inline long long __double2ll_rz(double v) {
  return simt::detail::saturate<long long>(std::trunc(v));
}
inline unsigned long long __double2ull_rn(double v) {
  return simt::detail::saturate<unsigned long long>(std::nearbyint(v));
}
inline unsigned long long __double2ull_rz(double v) {
  return simt::detail::saturate<unsigned long long>(std::trunc(v));
}

constexpr float __int2float_rn(int v) { return static_cast<float>(v); }
constexpr float __uint2float_rn(unsigned v) { return static_cast<float>(v); }
constexpr float __ll2float_rn(long long v) { return static_cast<float>(v); }
constexpr float __ull2float_rn(unsigned long long v) { return static_cast<float>(v); }
constexpr double __int2double_rn(int v) { return v; }
constexpr double __uint2double_rn(unsigned v) { return v; }
constexpr double __ll2double_rn(long long v) { return static_cast<double>(v); }
constexpr double __ull2double_rn(unsigned long long v) { return static_cast<double>(v); }
constexpr float __double2float_rn(double v) { return static_cast<float>(v); }
