// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/tensor.hpp>

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
      : c_{BW_SCALAR_FLOAT, 0, {.real = {static_cast<double>(value), 0.0}}} {}

  template <class T>
  scalar(const std::complex<T>& value)
      : c_{BW_SCALAR_COMPLEX,
           0,
           {.real = {static_cast<double>(value.real()), static_cast<double>(value.imag())}}} {}

  [[nodiscard]] const bw_scalar& c() const { return c_; }

 private:
  bw_scalar c_;
};

/// What `where` selects by: a bool tensor, or a comparison of a tensor with a scalar. It borrows
/// the tensor's data and is evaluated where it is used; no mask is made.
class condition {
 public:
  condition(const tensor_view& mask) : condition(BW_TRUTH, mask, false) {}
  condition(const tensor& mask) : condition(static_cast<const tensor_view&>(mask)) {}
  condition(bw_comparison comparison, const tensor_view& values, const scalar& right)
      : comparison_(comparison), values_(values), right_(right) {}

  [[nodiscard]] const tensor_view& values() const { return values_; }

  /// The C struct over `values`, which must be values().c() and outlive it.
  [[nodiscard]] bw_condition c(const bw_tensor& values) const {
    return {sizeof(bw_condition), comparison_, 0, &values, right_.c()};
  }

 private:
  bw_comparison comparison_;
  tensor_view values_;
  scalar right_;
};

inline condition operator<(const tensor_view& x, const scalar& s) { return {BW_LT, x, s}; }
inline condition operator<=(const tensor_view& x, const scalar& s) { return {BW_LE, x, s}; }
inline condition operator>(const tensor_view& x, const scalar& s) { return {BW_GT, x, s}; }
inline condition operator>=(const tensor_view& x, const scalar& s) { return {BW_GE, x, s}; }
inline condition operator==(const tensor_view& x, const scalar& s) { return {BW_EQ, x, s}; }
inline condition operator!=(const tensor_view& x, const scalar& s) { return {BW_NE, x, s}; }

inline condition operator<(const scalar& s, const tensor_view& x) { return x > s; }
inline condition operator<=(const scalar& s, const tensor_view& x) { return x >= s; }
inline condition operator>(const scalar& s, const tensor_view& x) { return x < s; }
inline condition operator>=(const scalar& s, const tensor_view& x) { return x <= s; }
inline condition operator==(const scalar& s, const tensor_view& x) { return x == s; }
inline condition operator!=(const scalar& s, const tensor_view& x) { return x != s; }

}  // namespace bitwhere
