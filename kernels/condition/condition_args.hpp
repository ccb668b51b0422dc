// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

#include "../tile/operand.hpp"

// A condition as kernels see it: one leaf over one operand, turned into bits.
namespace bitwhere::kernels {

// What a leaf reads. Integer comparisons with numbers outside the dtype and every comparison of
// bools are resolved while planning, to `constant` or `truth`.
enum class leaf_kind : int32_t { constant, truth, u8, i8, i16, i32, i64, f16, bf16, f32, f64 };

// `not equal` and, for integers, `at most` and `at least` are the negation of one of these; NaN
// keeps floats from doing the same.
enum class comparison : int32_t { less, less_equal, greater, greater_equal, equal };

struct leaf {
  leaf_kind kind;
  comparison order;
  bool negate;  // constant: the value of the leaf is `negate`
  operand values;
  // The right side, in the dtype that the comparison computes in (f32 for f16 and bf16).
  union {
    int64_t integer;
    double f64;
    float f32;
  } threshold;
};

}  // namespace bitwhere::kernels
