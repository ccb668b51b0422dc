// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_args.hpp"
#include "../tile/operand.hpp"

namespace bitwhere::kernels {

// out[i] = condition[i] ? x[i] : y[i] over `s`. Values are moved by element size.
struct where_args {
  space s;
  tiling cut;
  int32_t element_bytes;  // 1, 2, 4, 8 or 16
  bool normalise_bool;    // bytes leave as 0 or 1
  bool stream_stores;     // out is written around the cache
  leaf condition;
  operand x;
  operand y;
  output out;
};

}  // namespace bitwhere::kernels
