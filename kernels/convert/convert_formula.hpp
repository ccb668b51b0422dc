// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <type_traits>

#include "../lane/dtype.hpp"
#include "../lane/scalar.hpp"

// Conversion between dtypes, over a middle type that depends on the target alone, so that the
// number of conversions is a sum and not a product. A NaN that is converted is computed: it becomes
// the canonical one, for hardware disagrees on sign and payload.
namespace bitwhere::kernels {

// The middle type on the way into To. Integers wrap modulo 2^32 or 2^64; f16 and bf16 are reached
// through f32, as torch does.
template <class To>
struct middle_of {
  using type = int32_t;
};
template <>
struct middle_of<int64_t> {
  using type = int64_t;
};
template <>
struct middle_of<half_bits> {
  using type = float;
};
template <>
struct middle_of<bfloat_bits> {
  using type = float;
};
template <>
struct middle_of<float> {
  using type = float;
};
template <>
struct middle_of<complex64> {
  using type = float;
};
template <>
struct middle_of<double> {
  using type = double;
};
template <>
struct middle_of<complex128> {
  using type = double;
};

template <class T>
BITWHERE_FN T canonical(T value) {
  return scalar_lane::equal(value, value) ? value : quiet_nan(value);
}

// A real element in the middle type. Casts round to nearest even under the library's
// floating-point state.
template <class Middle, class From>
BITWHERE_FN Middle to_middle(From value) {
  if constexpr (std::is_same_v<From, bool_byte>) {
    return static_cast<Middle>(value.bits != 0 ? 1 : 0);
  } else if constexpr (std::is_same_v<From, half_bits> || std::is_same_v<From, bfloat_bits>) {
    return canonical(static_cast<Middle>(widen(value)));
  } else if constexpr (std::is_floating_point_v<From>) {
    return canonical(static_cast<Middle>(value));
  } else {
    return static_cast<Middle>(value);
  }
}

// Rounds to nearest even in integers, so that no rounding instruction needs to be trusted.
BITWHERE_FN half_bits narrow_half(float value) {
  const uint32_t bits = bits_of_float(value);
  const uint32_t sign = bits >> 16 & 0x8000u;
  const uint32_t size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) return {0x7e00};
  if (size >= 0x47800000u) return {static_cast<uint16_t>(sign | 0x7c00u)};  // 65536 and more
  if (size >= 0x38800000u) {
    // A carry moves the exponent up by itself, at last to infinity.
    const uint32_t rounded = size + 0xfffu + (size >> 13 & 1u) - (112u << 23);
    return {static_cast<uint16_t>(sign | rounded >> 13)};
  }
  // Below 2^-14 the last place stays at 2^-24.
  const uint32_t drop = 126u - (size >> 23) < 31u ? 126u - (size >> 23) : 31u;
  const uint32_t significand = (size & 0x7fffffu) | 0x800000u;
  const uint32_t kept = significand >> drop;
  const uint32_t rest = significand & ((1u << drop) - 1u);
  const uint32_t half = 1u << (drop - 1u);
  const uint32_t up = rest > half || (rest == half && (kept & 1u) != 0) ? 1u : 0u;
  return {static_cast<uint16_t>(sign | (kept + up))};
}

BITWHERE_FN bfloat_bits narrow_bfloat(float value) {
  const uint32_t bits = bits_of_float(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {0x7fc0};
  return {static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16)};
}

// A real element from the middle type.
template <class To, class Middle>
BITWHERE_FN To from_middle(Middle value) {
  if constexpr (std::is_same_v<To, half_bits>) {
    return narrow_half(value);
  } else if constexpr (std::is_same_v<To, bfloat_bits>) {
    return narrow_bfloat(value);
  } else {
    return static_cast<To>(value);
  }
}

template <class T>
inline constexpr bool is_complex_v = std::is_same_v<T, complex64> || std::is_same_v<T, complex128>;

template <class T>
inline constexpr bool is_real_float_v =
    std::is_floating_point_v<T> || std::is_same_v<T, half_bits> || std::is_same_v<T, bfloat_bits>;

template <class A, class B>
inline constexpr bool same_v = std::is_same_v<A, B>;

// What SIMD widens straight to 32 bits.
template <class T>
concept small_integer = same_v<T, uint8_t> || same_v<T, int8_t> || same_v<T, int16_t>;

// Whether promotion leads from one to the other: it never narrows a kind.
template <class To, class From>
inline constexpr bool converts_v = std::is_same_v<To, From> || is_complex_v<To> ||
                                   (!is_complex_v<From> &&
                                    (is_real_float_v<To> ||
                                     (!is_real_float_v<From> && !std::is_same_v<To, bool_byte>)));

template <class To, class From>
BITWHERE_FN To convert(From value) {
  using middle = typename middle_of<To>::type;
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (!converts_v<To, From>) {
    return {};
  } else if constexpr (is_complex_v<To> && is_complex_v<From>) {
    return {to_middle<middle>(value.real), to_middle<middle>(value.imaginary)};
  } else if constexpr (is_complex_v<To>) {
    return {to_middle<middle>(value), 0};
  } else {
    return from_middle<To>(to_middle<middle>(value));
  }
}

// The one switch over stored dtypes: calls use.template operator()<T>().
BITWHERE_VISITOR
template <class Use>
BITWHERE_FN auto with_stored_type(dtype type, Use use) {
  switch (type) {
    case dtype::boolean:
      return use.template operator()<bool_byte>();
    case dtype::u8:
      return use.template operator()<uint8_t>();
    case dtype::i8:
      return use.template operator()<int8_t>();
    case dtype::i16:
      return use.template operator()<int16_t>();
    case dtype::i32:
      return use.template operator()<int32_t>();
    case dtype::i64:
      return use.template operator()<int64_t>();
    case dtype::f16:
      return use.template operator()<half_bits>();
    case dtype::bf16:
      return use.template operator()<bfloat_bits>();
    case dtype::f32:
      return use.template operator()<float>();
    case dtype::f64:
      return use.template operator()<double>();
    case dtype::c64:
      return use.template operator()<complex64>();
    default:
      return use.template operator()<complex128>();
  }
}

}  // namespace bitwhere::kernels
