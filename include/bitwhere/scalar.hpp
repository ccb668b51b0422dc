// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/error.hpp>

#include <bit>
#include <complex>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace bitwhere {

/// A number without a dtype: it takes the dtype of the tensors it meets.
class scalar {
 public:
  // Exactly bool: a pointer must not become `true`.
  template <class T>
  requires std::is_same_v<T, bool> scalar(T value) : c_{BW_SCALAR_BOOL, 0, {.integer = value}} {}

  // One constructor for every width, so that no integer type is ambiguous.
  template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) scalar(T value)
      : c_{BW_SCALAR_INT, 0, {.integer = static_cast<std::int64_t>(value)}} {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) {
      if (value > static_cast<T>(std::numeric_limits<std::int64_t>::max())) {
        throw error(errc::out_of_range, "a scalar above 2^63-1 fits no dtype");
      }
    }
  }

  template <class T>
  requires std::is_floating_point_v<T> scalar(T value)
      : c_{BW_SCALAR_FLOAT, 0, {.real = {widened(value), 0.0}}} {}

  template <class T>
  scalar(const std::complex<T>& value)
      : c_{BW_SCALAR_COMPLEX, 0, {.real = {widened(value.real()), widened(value.imag())}}} {}

  [[nodiscard]] const bw_scalar& c() const { return c_; }

 private:
  // A denormal float is widened by its bits: the cast would lose it where the caller has told the
  // CPU to take denormals for zero.
  template <class T>
  static double widened(T value) {
    if constexpr (std::is_same_v<T, float>) {
      const auto bits = std::bit_cast<std::uint32_t>(value);
      if ((bits & 0x7f800000u) == 0) {
        const double size = static_cast<double>(bits & 0x007fffffu) * 0x1p-149;
        return bits >> 31 != 0 ? -size : size;
      }
    }
    return static_cast<double>(value);
  }

  bw_scalar c_;
};

}  // namespace bitwhere
