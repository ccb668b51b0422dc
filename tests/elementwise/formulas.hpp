// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.hpp>
#include <cstdint>
#include <vector>

// The formulas of one element, as tests compute them: what the loops and kernels must give. How far
// the formulas are from the truth is another test.
namespace bitwhere::test {

inline constexpr bw_function all_functions[] = {BW_EXP,     BW_LOG,      BW_LOG1P,
                                                BW_SIGMOID, BW_SOFTPLUS, BW_LOG_SIGMOID};

const char* title_of(bw_function f);

float formula(bw_function f, float x);
double formula(bw_function f, double x);

// The e(x) of sums over classes, for x <= 0.
float exp_not_positive(float x);
double exp_not_positive(double x);

// f of an element, in its dtype: f16 and bf16 are computed in f32 and rounded once.
std::vector<std::uint8_t> function_of(bw_function f, dtype type, const std::uint8_t* element);

// x / y of elements of any real dtypes, in `type`.
std::vector<std::uint8_t> quotient_of(dtype x_type, const std::uint8_t* x, dtype y_type,
                                      const std::uint8_t* y, dtype type);

// The slope of f at an element of `x`, times one of `upstream`, as it is computed for x's dtype:
// f32, or f64 of f64.
std::vector<std::uint8_t> slope_of(bw_function f, dtype x_type, const std::uint8_t* x,
                                   dtype upstream_type, const std::uint8_t* upstream,
                                   dtype computed);

// The slopes of x / y by x and by y, in f32 or f64.
std::vector<std::uint8_t> quotient_slope_of(dtype x_type, const std::uint8_t* x, dtype y_type,
                                            const std::uint8_t* y, dtype upstream_type,
                                            const std::uint8_t* upstream, bool by_divisor,
                                            dtype computed);

}  // namespace bitwhere::test
