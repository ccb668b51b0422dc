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

// The number of bits set among bits [begin, end), begin < end.
BITWHERE_FN int64_t count_bits(const uint64_t* words, int64_t begin, int64_t end) {
  const int64_t first = begin / 64;
  const int64_t last = (end - 1) / 64;
  const uint64_t from_begin = ~uint64_t{0} << (begin % 64);
  const uint64_t to_end = ~uint64_t{0} >> (63 - (end - 1) % 64);
  if (first == last) return bits_in(words[first] & from_begin & to_end);
  int64_t count = bits_in(words[first] & from_begin) + bits_in(words[last] & to_end);
  for (int64_t w = first + 1; w < last; ++w) count += bits_in(words[w]);
  return count;
}

// Bits [begin, begin + n) of words as one word, n up to 64; bits beyond mean nothing.
BITWHERE_FN uint64_t bits_at(const uint64_t* words, int64_t begin, int64_t n) {
  const int64_t shift = begin % 64;
  uint64_t bits = words[begin / 64] >> shift;
  if (shift + n > 64) bits |= words[begin / 64 + 1] << (64 - shift);
  return bits;
}

}  // namespace
}  // namespace bitwhere::kernels
