// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

namespace bitwhere::traps {

// Bits that tell how this thread computes.
struct answer {
  std::uint32_t small_result;  // a product that is a denormal
  std::uint32_t small_input;   // a product of a denormal
  std::uint32_t positive;      // whether a denormal is above zero
  std::uint32_t rounded_up;    // just above the middle of two floats
  std::uint32_t rounded_down;  // just below
  bool operator==(const answer&) const = default;
};

// As IEEE 754 says with rounding to nearest.
inline constexpr answer ieee_answer{0x00400000, 0x34000000, 1, 0x3f800001, 0x3f800000};

answer environment_kernel();

}  // namespace bitwhere::traps
