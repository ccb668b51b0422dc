// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_args.hpp"
#include "../tile/operand.hpp"

namespace bitwhere::kernels {

// counts[i / reduced] += condition[i] over `s`, whose dimensions are ordered so that the elements
// of a count follow each other.
struct count_args {
  space s;
  condition_program condition;
  int64_t reduced;  // elements a count
  int64_t* counts;  // contiguous, aligned, zero or to be added to
};

}  // namespace bitwhere::kernels
