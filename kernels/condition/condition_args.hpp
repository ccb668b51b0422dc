// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

#include "../tile/operand.hpp"

// A condition as kernels see it: a short program over leaves, each turned into bits.
namespace bitwhere::kernels {

// The numbers that a leaf compares. Comparisons that are decided by the dtype alone are resolved
// while planning, to `constant`. A magnitude is the bits of a float without its sign, which order
// as its absolute value does, infinity and NaN above: nonzero, isnan, isinf and isfinite compare
// it with a constant. Complex numbers are pairs of magnitudes; a bit is set where either's is.
enum class leaf_kind : int32_t {
  constant,
  u8,  // bool, too: its byte differs from 0
  i8,
  i16,
  i32,
  i64,
  f16,
  bf16,
  f32,
  f64,
  magnitude16,
  magnitude32,
  magnitude64
};

// `not equal` and, for integers, `at most` and `at least` are the negation of one of these; NaN
// keeps floats from doing the same.
enum class comparison : int32_t { less, less_equal, greater, greater_equal, equal };

// left `order` right. Each side is read as `type`, converted where it is stored as another.
struct leaf {
  leaf_kind kind;
  comparison order;
  bool negate;  // constant: the value of the leaf is `negate`
  bool pairs;   // of complex numbers
  dtype type;
  operand left;
  operand right;
};

inline constexpr int max_leaves = 8;

// Bits that are held at a time: the deeper side of every pair is evaluated first, so that 8 leaves
// need no more than log2(8) + 1.
inline constexpr int max_depth = 4;

// Steps of a program in postfix order: a leaf's number pushes its bits, the others combine the two
// on top. Negations have been moved into the leaves.
inline constexpr int8_t step_and = -1;
inline constexpr int8_t step_or = -2;

struct condition_program {
  int32_t leaf_count;
  int32_t step_count;
  int8_t steps[2 * max_leaves];
  leaf leaves[max_leaves];
};

}  // namespace bitwhere::kernels
