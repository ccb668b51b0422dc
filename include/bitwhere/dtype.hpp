// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.h>

#include <complex>
#include <cstdint>
#include <type_traits>

namespace bitwhere {

/// An element type; converts to and from the C struct.
struct dtype {
  std::uint8_t code = BW_FLOAT;
  std::uint8_t bits = 32;
  std::uint16_t lanes = 1;

  constexpr dtype() = default;
  constexpr dtype(bw_dtype_code code_, std::uint8_t bits_)
      : code(static_cast<std::uint8_t>(code_)), bits(bits_) {}
  constexpr dtype(bw_dtype d) : code(d.code), bits(d.bits), lanes(d.lanes) {}
  constexpr operator bw_dtype() const { return {code, bits, lanes}; }

  [[nodiscard]] constexpr std::int64_t bytes() const { return bits * lanes / 8; }
  friend constexpr bool operator==(const dtype&, const dtype&) = default;
};

inline constexpr dtype boolean{BW_BOOL, 8};
inline constexpr dtype u8{BW_UINT, 8};
inline constexpr dtype i8{BW_INT, 8};
inline constexpr dtype i16{BW_INT, 16};
inline constexpr dtype i32{BW_INT, 32};
inline constexpr dtype i64{BW_INT, 64};
inline constexpr dtype f16{BW_FLOAT, 16};
inline constexpr dtype bf16{BW_BFLOAT, 16};
inline constexpr dtype f32{BW_FLOAT, 32};
inline constexpr dtype f64{BW_FLOAT, 64};
inline constexpr dtype c64{BW_COMPLEX, 64};
inline constexpr dtype c128{BW_COMPLEX, 128};

namespace detail {

template <class T>
inline constexpr bool no_dtype = false;

}  // namespace detail

/// The dtype of a C++ type: bool, the integers that have one, float, double, std::complex.
/// f16 and bf16 have no C++20 type: view them as uint16_t storage with `view(pointer, dtype, ...)`.
template <class T>
constexpr dtype dtype_of() {
  using U = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<U, bool>) {
    return boolean;
  } else if constexpr (std::is_same_v<U, std::complex<float>>) {
    return c64;
  } else if constexpr (std::is_same_v<U, std::complex<double>>) {
    return c128;
  } else if constexpr (std::is_same_v<U, float>) {
    return f32;
  } else if constexpr (std::is_same_v<U, double>) {
    return f64;
  } else if constexpr (std::is_integral_v<U> && (std::is_signed_v<U> || sizeof(U) == 1)) {
    return {std::is_signed_v<U> ? BW_INT : BW_UINT, static_cast<std::uint8_t>(8 * sizeof(U))};
  } else {
    static_assert(detail::no_dtype<T>, "this C++ type is no dtype of bitwhere");
  }
}

}  // namespace bitwhere
