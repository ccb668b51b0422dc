// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>
#include <vector>

#include "array.hpp"

// The naive oracle: one element after another, by the definition, sharing no code with the library.
namespace bitwhere::test {

struct compared {
  bw_predicate comparison;
  bool is_float;  // the scalar
  double real;
  std::int64_t integer;
};

// The truth of one element: a bool's, or of the comparison.
bool holds(dtype type, const std::uint8_t* element);
bool holds(dtype type, const std::uint8_t* element, const compared& with);

// The f16 or bf16 nearest to `value`, ties to even, found among all of them.
std::uint16_t nearest_half(double value, bool brain);
// What the bits of an f16 or bf16 mean.
double value_of_half(std::uint16_t bits, bool brain);

}  // namespace bitwhere::test
