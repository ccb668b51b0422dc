// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "tensor.hpp"

namespace bitwhere::plan {

// An output of exactly this dtype and shape, whose elements are distinct.
//   Throws BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_OVERLAP
tensor checked_output(const placement& on, const bw_tensor* out, const char* name, dtype type,
                      const shape& expected);

// A struct of int64 counters in memory of the context, as a tensor, for the rules that outputs
// keep; of no elements where `data` is NULL.
//   Throws BW_INVALID_ARGUMENT where it is not aligned to 8 bytes
tensor checked_counters(const placement& on, void* data, int64_t counters, const char* name);

bool contiguous(const tensor& t);

// Whether every element lies at a multiple of its size, if the first does so.
bool aligned(const tensor& t);

// The elements of a tensor of this shape and dtype, side by side at `data`.
tensor packed_like(const tensor& like, unsigned char* data, bw_device memory);

}  // namespace bitwhere::plan
