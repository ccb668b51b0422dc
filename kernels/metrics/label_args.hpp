// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_args.hpp"
#include "../tile/operand.hpp"

namespace bitwhere::kernels {

enum class label_kind : int32_t { u8, i8, i16, i32, i64 };

struct labels {
  label_kind kind;
  operand values;
};

inline constexpr int max_ignore = 256;

// Target values that do not count: only those that the target's dtype can hold.
struct ignore_list {
  int32_t count;
  int64_t value[max_ignore];
};

// Mirrors bw_report. `first_index` merges as an unsigned minimum, so that -1 is "none".
struct report {
  int64_t count;
  int64_t first_index;
};

// Scores of every class at a pixel, of which the largest is its prediction.
struct class_scores {
  operand values;  // of class 0
  int64_t classes;
  int64_t class_stride_bytes;
};

// Which pixels count, and what is predicted and true there.
struct pixel_args {
  space s;
  labels target;
  bool from_scores;
  labels prediction;    // unless from_scores
  class_scores scores;  // where from_scores
  bool conditional;
  condition_program where;  // where conditional
  ignore_list ignore;
  int64_t pixel_weight;  // what a pixel adds to its count
};

struct confusion_args {
  pixel_args pixels;
  int32_t classes;
  int64_t first_element;
};

struct accuracy_args {
  pixel_args pixels;
};

// out[pixel] = the class of the largest score.
struct argmax_args {
  space s;
  class_scores scores;
  label_kind kind;  // of out
  output out;
};

// counts[0]: target and prediction agree; counts[1]: pixels that are not ignored.
struct accuracy_counts {
  int64_t correct;
  int64_t valid;
};

}  // namespace bitwhere::kernels
