// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "baseline.hpp"

// Included by one unit an instruction set: internal linkage, no std functions.
namespace bitwhere::bench {

// Groups [first, last) of 64 elements.
using plain_loop = void (*)(const traffic& over, std::int64_t first, std::int64_t last);

// Groups of 64 elements take as many cache lines of a stream as an element takes bytes.
inline constexpr std::int64_t group_elements = 64;

// The loop for the widths of `over`; nullptr where this unit's instructions are not here or nobody
// asked for such widths yet.
plain_loop plain_loop_sse2(const traffic& over, bool streaming);
plain_loop plain_loop_avx2(const traffic& over, bool streaming);
plain_loop plain_loop_avx512(const traffic& over, bool streaming);
plain_loop plain_loop_portable(const traffic& over, bool streaming);

namespace {

// Keeps what was read from being optimised away.
template <class V>
inline void keep(V value) {
  asm volatile("" : : "m"(value));
}

// `Lines` cache lines of a stream from `p`, or-ed into `seen`.
template <class L, int Lines>
inline typename L::vector read_lines(const char* p, typename L::vector seen) {
#pragma GCC unroll 64
  for (int i = 0; i < Lines * 64; i += L::bytes) seen = L::either(seen, L::load(p + i));
  return seen;
}

template <class L, int A, int B, int C, int Out, bool Streaming>
void loop(const traffic& over, std::int64_t first, std::int64_t last) {
  const auto* a = static_cast<const char*>(over.read[0]);
  const auto* b = static_cast<const char*>(over.read[1]);
  const auto* c = static_cast<const char*>(over.read[2]);
  auto* out = static_cast<char*>(over.write);
  auto seen = L::zero();
  for (std::int64_t g = first; g < last; ++g) {
    seen = read_lines<L, A>(a + g * A * 64, seen);
    seen = read_lines<L, B>(b + g * B * 64, seen);
    seen = read_lines<L, C>(c + g * C * 64, seen);
#pragma GCC unroll 64
    for (int i = 0; i < Out * 64; i += L::bytes) {
      if constexpr (Streaming) {
        L::stream(out + g * Out * 64 + i, seen);
      } else {
        L::store(out + g * Out * 64 + i, seen);
      }
    }
  }
  keep(seen);
  if constexpr (Streaming) L::fence();
}

template <class L, bool Streaming>
struct row {
  int a, b, c, out;
  plain_loop code;
};

template <class L, bool S, int A, int B, int C, int Out>
constexpr row<L, S> row_of() {
  return {A, B, C, Out, loop<L, A, B, C, Out, S>};
}

// Every combination of widths that a case has: a mask and two operands, a predicate over one, two
// operands under a broadcast mask, operands of two widths, two label maps, one that is counted, two
// under a condition, scores of 21 or 1000 classes with their target or label, labels with an image
// of their colours and what lies under them, so many elements of a condition, perhaps with values,
// as hold a whole number of hits, one operand that is reduced, perhaps under a mask, and masks with
// values, targets and weights.
template <class L, bool S>
plain_loop find_loop(const traffic& over) {
  static constexpr row<L, S> rows[] = {
      row_of<L, S, 1, 1, 1, 1>(),    row_of<L, S, 1, 2, 2, 2>(),    row_of<L, S, 1, 4, 4, 4>(),
      row_of<L, S, 1, 8, 8, 8>(),    row_of<L, S, 1, 16, 16, 16>(), row_of<L, S, 1, 0, 0, 1>(),
      row_of<L, S, 2, 0, 0, 2>(),    row_of<L, S, 4, 0, 0, 4>(),    row_of<L, S, 8, 0, 0, 8>(),
      row_of<L, S, 4, 4, 0, 4>(),    row_of<L, S, 8, 8, 0, 0>(),    row_of<L, S, 1, 1, 0, 0>(),
      row_of<L, S, 1, 4, 2, 4>(),    row_of<L, S, 1, 4, 8, 4>(),    row_of<L, S, 1, 0, 0, 0>(),
      row_of<L, S, 4, 0, 0, 0>(),    row_of<L, S, 2, 2, 0, 0>(),    row_of<L, S, 1, 1, 1, 0>(),
      row_of<L, S, 1, 1, 4, 0>(),    row_of<L, S, 84, 8, 0, 0>(),   row_of<L, S, 42, 8, 0, 0>(),
      row_of<L, S, 4000, 8, 0, 0>(), row_of<L, S, 84, 0, 0, 8>(),   row_of<L, S, 42, 0, 0, 8>(),
      row_of<L, S, 4000, 0, 0, 8>(), row_of<L, S, 1, 0, 0, 3>(),    row_of<L, S, 1, 3, 0, 3>(),
      row_of<L, S, 3, 0, 0, 1>(),    row_of<L, S, 1000, 0, 0, 8>(), row_of<L, S, 100, 0, 0, 8>(),
      row_of<L, S, 100, 0, 0, 16>(), row_of<L, S, 100, 0, 0, 24>(), row_of<L, S, 100, 0, 0, 792>(),
      row_of<L, S, 10, 0, 0, 8>(),   row_of<L, S, 2, 0, 0, 4>(),    row_of<L, S, 2, 0, 0, 8>(),
      row_of<L, S, 2, 0, 0, 16>(),   row_of<L, S, 2, 0, 0, 24>(),   row_of<L, S, 2, 0, 0, 32>(),
      row_of<L, S, 1, 0, 0, 8>(),    row_of<L, S, 400, 0, 0, 8>(),  row_of<L, S, 2, 8, 0, 4>(),
      row_of<L, S, 2, 4, 0, 4>(),    row_of<L, S, 100, 60, 0, 4>(), row_of<L, S, 2, 0, 0, 0>(),
      row_of<L, S, 8, 0, 0, 0>(),    row_of<L, S, 1, 4, 0, 0>(),    row_of<L, S, 4, 8, 0, 0>(),
      row_of<L, S, 600, 8, 0, 0>(),  row_of<L, S, 300, 8, 0, 0>(),  row_of<L, S, 2000, 8, 0, 0>(),
      row_of<L, S, 1, 4, 8, 0>(),
  };
  for (const auto& r : rows) {
    if (r.a == over.read_bytes[0] && r.b == over.read_bytes[1] && r.c == over.read_bytes[2] &&
        r.out == over.write_bytes) {
      return r.code;
    }
  }
  return nullptr;
}

template <class L>
plain_loop find_loop(const traffic& over, bool streaming) {
  return streaming ? find_loop<L, true>(over) : find_loop<L, false>(over);
}

}  // namespace
}  // namespace bitwhere::bench
