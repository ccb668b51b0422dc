// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_args.hpp"
#include "../tile/operand.hpp"

namespace bitwhere::kernels {

// Mirrors bw_reducer.
enum class reducer : int32_t {
  sum = 0,
  mean = 1,
  count = 2,
  min = 3,
  max = 4,
  arg_min = 5,
  arg_max = 6,
  divisor = 7
};

// What partials hold. Sums and means share one.
enum class partial_kind : int32_t {
  none = 0,       // of nothing: merges with every other
  f32_terms = 1,  // sums and means of f16, bf16 and f32
  f64_terms = 2,
  integers = 3,
  extreme = 4,
  broken = 5,      // partials of different kinds merge to this
  f32_losses = 6,  // a sum of losses and one of weights
  f64_losses = 7
};

// The words that every partial begins with.
struct partial_header {
  int64_t tag;       // tag_of
  int64_t selected;  // elements
  int64_t excluded;  // by the condition
  int64_t bad;       // a report
  int64_t first_bad;
};

inline constexpr int64_t partial_version = 1;

BITWHERE_FN constexpr bool is_extreme(reducer by) {
  return by >= reducer::min && by <= reducer::arg_max;
}
BITWHERE_FN constexpr bool gives_index(reducer by) {
  return by == reducer::arg_min || by == reducer::arg_max;
}
// Whether the number of elements decides the result.
BITWHERE_FN constexpr bool counts_only(reducer by) {
  return by == reducer::count || by == reducer::divisor;
}
BITWHERE_FN constexpr bool looks_for_largest(reducer by) {
  return by == reducer::max || by == reducer::arg_max;
}

BITWHERE_FN constexpr bool is_float(dtype type) { return type >= dtype::f16 && type <= dtype::f64; }

BITWHERE_FN constexpr partial_kind kind_of(reducer by, dtype type) {
  if (is_extreme(by)) return partial_kind::extreme;
  if (!is_float(type)) return partial_kind::integers;
  return type == dtype::f64 ? partial_kind::f64_terms : partial_kind::f32_terms;
}

// Word 0 of a partial: what has to agree for two to merge. Extremes are keys of one dtype.
BITWHERE_FN constexpr int64_t tag_of(reducer by, dtype type) {
  const partial_kind kind = kind_of(by, type);
  int64_t tag = partial_version | static_cast<int64_t>(kind) << 8;
  if (kind == partial_kind::extreme) {
    tag |= static_cast<int64_t>(by) << 16 | static_cast<int64_t>(type) << 24;
  }
  return tag;
}

BITWHERE_FN constexpr partial_kind kind_of_tag(int64_t tag) {
  if (tag == 0) return partial_kind::none;
  const int64_t kind = tag >> 8 & 0xff;
  if ((tag & 0xff) != partial_version || kind < 1 || kind > 7) return partial_kind::broken;
  return static_cast<partial_kind>(kind);
}

BITWHERE_FN constexpr int64_t words_of_partial(partial_kind kind) {
  switch (kind) {
    case partial_kind::f32_terms:
      return 19;
    case partial_kind::f64_terms:
      return 76;
    case partial_kind::integers:
      return 12;
    case partial_kind::f32_losses:
      return 33;
    case partial_kind::f64_losses:
      return 147;
    default:
      return 7;
  }
}

// How partials become results.
struct finish_args {
  reducer by;
  dtype type;  // of what is reduced
  dtype out_type;
  bool empty_zero;         // the mean of nothing is 0, else NaN
  double denominator_eps;  // added to the number of elements of a mean or divisor
  unsigned char* out;      // contiguous, elements at multiples of their size
};

// One output for each `reduced` elements of `s`, whose dimensions are ordered so that the elements
// of an output follow each other: first those that outputs are counted by, then the reduced ones.
struct reduce_args {
  space s;
  condition_program condition;
  bool conditional;  // false: all elements
  operand x;         // read as it is stored
  int64_t outputs;
  int64_t reduced;
  int32_t output_rank;  // leading dimensions of s that outputs are counted by
  int64_t first_index;  // of a gives_index reducer: added to every index
  finish_args finish;
};

}  // namespace bitwhere::kernels
