// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "formulas.hpp"

#include <cmath>
#include <cstring>

#include "../../kernels/elementwise/elementwise_formula.hpp"
#include "../support/conversion.hpp"

namespace bitwhere::test {
namespace {

template <class T>
T apply(bw_function f, T x) {
  return kernels::with_function(static_cast<kernels::function>(f), [&]<kernels::function F>() {
    return kernels::elementwise_formula<kernels::scalar_lane, F>(x);
  });
}

template <class T>
T apply_slope(bw_function f, T x, T upstream) {
  return kernels::with_function(static_cast<kernels::function>(f), [&]<kernels::function F>() {
    return kernels::slope_formula<kernels::scalar_lane, F>(x, upstream);
  });
}

template <class T>
T value(const std::uint8_t* element) {
  T out;
  std::memcpy(&out, element, sizeof out);
  return out;
}

template <class T>
std::vector<std::uint8_t> bytes_of(T value) {
  std::vector<std::uint8_t> bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

number real(double value) { return {.real = value}; }

}  // namespace

const char* title_of(bw_function f) {
  const char* const names[] = {"exp", "log", "log1p", "sigmoid", "softplus", "log_sigmoid"};
  return names[f];
}

float formula(bw_function f, float x) { return apply(f, x); }
double formula(bw_function f, double x) { return apply(f, x); }

float exp_not_positive(float x) { return kernels::exp_not_positive<kernels::scalar_lane>(x); }
double exp_not_positive(double x) { return kernels::exp_not_positive<kernels::scalar_lane>(x); }

std::vector<std::uint8_t> function_of(bw_function f, dtype type, const std::uint8_t* element) {
  if (type == f64) return bytes_of(formula(f, value<double>(element)));
  if (type == f32) return bytes_of(formula(f, value<float>(element)));
  const auto x = static_cast<float>(number_of(type, element).real);
  return element_of(type, real(formula(f, x)));
}

std::vector<std::uint8_t> quotient_of(dtype x_type, const std::uint8_t* x, dtype y_type,
                                      const std::uint8_t* y, dtype type) {
  const double dividend = number_of(type, converted(x_type, x, type).data()).real;
  const double divisor = number_of(type, converted(y_type, y, type).data()).real;
  if (type == f64) return element_of(f64, real(dividend / divisor));
  return element_of(type, real(static_cast<float>(dividend) / static_cast<float>(divisor)));
}

std::vector<std::uint8_t> slope_of(bw_function f, dtype x_type, const std::uint8_t* x,
                                   dtype upstream_type, const std::uint8_t* upstream,
                                   dtype computed) {
  const double at = number_of(computed, converted(x_type, x, computed).data()).real;
  const double by = number_of(computed, converted(upstream_type, upstream, computed).data()).real;
  if (computed == f64) return bytes_of(apply_slope(f, at, by));
  return bytes_of(apply_slope(f, static_cast<float>(at), static_cast<float>(by)));
}

std::vector<std::uint8_t> quotient_slope_of(dtype x_type, const std::uint8_t* x, dtype y_type,
                                            const std::uint8_t* y, dtype upstream_type,
                                            const std::uint8_t* upstream, bool by_divisor,
                                            dtype computed) {
  const double above = number_of(computed, converted(x_type, x, computed).data()).real;
  const double below = number_of(computed, converted(y_type, y, computed).data()).real;
  const double by = number_of(computed, converted(upstream_type, upstream, computed).data()).real;
  if (computed == f64) {
    return element_of(f64, real(by_divisor ? -by * (above / below / below) : by / below));
  }
  const auto a = static_cast<float>(above);
  const auto b = static_cast<float>(below);
  const auto u = static_cast<float>(by);
  return element_of(f32, real(by_divisor ? -u * (a / b / b) : u / b));
}

}  // namespace bitwhere::test
