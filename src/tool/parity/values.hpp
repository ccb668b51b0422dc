// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../numbers.hpp"

#include <bitwhere/dtype.hpp>

#include <cstddef>
#include <cstdint>

namespace bitwhere::tool {

/// Writes one element of a dtype, drawn from `numbers`: values at which implementations differ.
///   Floats    draw = next(); draw % 12 chooses: 0 NaN of any payload; 1 infinity; 2 zero; 3 a
///             denormal; 4 the largest finite; 5 the smallest normal; 6 any exponent; 7 and 8 a
///             power of two from 1/4 to 4; else a number from 1/8 to 16. The sign is the lowest
///             bit of the next draw, the fraction the lowest bits of the one after, and a last
///             draw gives the exponent where there is a choice. Complex numbers are two floats.
///   Integers  draw % 8: 0 the lowest; 1 the highest; 2 any; 3 a sum of two powers of two, at
///             which rounding ties; else -3 to 3
///   bool      a byte of 0, 0, 0, 1, 1, 2, 0x80, 0xFF by draw % 8: every byte but 0 is true
void draw_element(number_source& numbers, dtype type, std::byte* to);

/// Writes a finite element: a float of any sign and fraction, whose exponent is one of `spread` + 1
/// around that of 1, as far as the dtype has them; 0 gives numbers from 1 to 2, 4096 all there are.
/// Bool and integers are what draw_element writes.
void draw_finite(number_source& numbers, dtype type, std::uint64_t spread, std::byte* to);

/// Writes a label: mostly one of the classes, often `ignored`, and with `bad` sometimes one of what
/// the dtype holds outside the classes.
struct label_mix {
  std::int64_t classes = 0;
  std::int64_t ignored = 0;
  bool bad = false;
};
void draw_label(number_source& numbers, dtype type, const label_mix& mix, std::byte* to);

}  // namespace bitwhere::tool
