// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>
#include <vector>

#include "array.hpp"

// Elements by what they mean: the oracle of conversions. It shares no code with the library.
namespace bitwhere::test {

// An element: an integer, or a number of one or two parts, each of which a double holds exactly.
struct number {
  bool whole = false;
  std::int64_t integer = 0;
  double real = 0;
  double imaginary = 0;
};

number number_of(dtype type, const std::uint8_t* element);

// The bytes of `value` as `type`: integers wrap, f16 and bf16 are reached through f32, every step
// rounds to nearest even, and NaN is canonical.
std::vector<std::uint8_t> element_of(dtype type, const number& value);

// An element as another dtype; of the same dtype its very bytes, but for bools.
std::vector<std::uint8_t> converted(dtype from, const std::uint8_t* element, dtype to);

// Whether left `comparison` right holds for real numbers of one dtype.
bool compares(const number& left, const number& right, bw_predicate comparison);

// isnan, isinf, isfinite or nonzero of an element, by its bits.
bool passes(dtype type, const std::uint8_t* element, bw_predicate test);

}  // namespace bitwhere::test
