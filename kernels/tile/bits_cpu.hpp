// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <hwy/highway.h>

#include <cstdint>

#include "../lane/function.hpp"

// Words of bits.
namespace bitwhere::kernels {
namespace {

BITWHERE_FN int64_t words_of(int64_t elements) { return (elements + 63) / 64; }

// How many bits of a word are set.
BITWHERE_FN int64_t bits_in(uint64_t word) {
#if HWY_TARGET == HWY_SCALAR
  // Without an instruction for it the compiler would call a function of its own.
  word -= word >> 1 & 0x5555555555555555u;
  word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
  word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
  return static_cast<int64_t>(word * 0x0101010101010101u >> 56);
#else
  return __builtin_popcountll(word);
#endif
}

}  // namespace
}  // namespace bitwhere::kernels
