// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../tile/operand.hpp"

namespace bitwhere::kernels {

// Mirrors bw_replaced.
struct replaced {
  int64_t nan;
  int64_t posinf;
  int64_t neginf;
};

// What takes the place of NaN and infinities, as bits of the real dtype.
struct replacements {
  uint64_t nan;
  uint64_t posinf;
  uint64_t neginf;
};

// out[i] = x[i], NaN and infinities replaced; complex numbers part by part.
struct clean_args {
  space s;
  dtype type;  // a float or complex
  replacements with;
  operand x;
  output out;
};

}  // namespace bitwhere::kernels
