// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.h>

#include "dtype.hpp"

namespace bitwhere::plan {

// Throws BW_INVALID_ARGUMENT where the kind is unknown.
void check_scalar(const bw_scalar& s, const char* name);
std::string describe(const bw_scalar& s);

// The dtype that a scalar has among scalars: bool, i64, f32, c64.
dtype default_dtype(const bw_scalar& s);

// Writes the scalar as an element of `type` to `bytes` (16 of them).
//   Throws BW_INVALID_DTYPE where the scalar's kind would widen the dtype (1.5 into i32), and
//   BW_OUT_OF_RANGE where the value does not fit (300 into u8, 1e6 into f16).
void store_scalar(const bw_scalar& s, dtype type, const char* name, unsigned char* bytes);

// What an integer dtype (or bool) holds.
struct limits {
  int64_t low;
  int64_t high;
};
limits integer_limits(dtype type);

// The value of a real scalar as f64; an integer beyond 2^53 is rounded.
double as_double(const bw_scalar& s);

// The value that a real scalar has on its way into a float dtype: f16, bf16 and f32 are reached
// through f32, in one rounding from the scalar, as in torch.
double value_for(const bw_scalar& s, dtype type);

}  // namespace bitwhere::plan
