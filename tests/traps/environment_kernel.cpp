// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "environment_kernel.hpp"

#include <bit>

namespace bitwhere::traps {
namespace {

// Read when the kernel runs: a compiler would compute with constants as IEEE 754 says.
volatile float smallest_normal = 0x1p-126f;
volatile float smallest = 0x1p-149f;
volatile float half = 0.5f;
volatile float large = 0x1p126f;
volatile float one = 1.0f;
volatile float above_the_middle = 0x1.8p-24f;
volatile float below_the_middle = 0x1.8p-25f;

std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }

}  // namespace

answer environment_kernel() {
  return {bits(smallest_normal * half), bits(smallest * large), smallest > 0.0f ? 1u : 0u,
          bits(one + above_the_middle), bits(one + below_the_middle)};
}

}  // namespace bitwhere::traps
