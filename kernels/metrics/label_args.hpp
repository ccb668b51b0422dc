// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

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

struct confusion_args {
  space s;
  labels prediction;
  labels target;
  ignore_list ignore;
  int32_t classes;
  int64_t first_element;
};

struct accuracy_args {
  space s;
  labels prediction;
  labels target;
  ignore_list ignore;
};

// counts[0]: target and prediction agree; counts[1]: pixels that are not ignored.
struct accuracy_counts {
  int64_t correct;
  int64_t valid;
};

}  // namespace bitwhere::kernels
