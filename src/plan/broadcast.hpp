// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "tensor.hpp"

namespace bitwhere::plan {

// Grows `common` by `t` by torch's rule: right-aligned, sizes equal or 1. `so_far` names what
// `common` was made of, for the message.
void broadcast_into(shape& common, const tensor& t, const char* so_far);

// Throws BW_INVALID_SHAPE where broadcasting `t` would not give exactly `to`, the shape of `of`.
void require_broadcast_to(const tensor& t, const shape& to, const char* of);

// The strides of `t` in the index space `common`, 0 where it is broadcast.
void broadcast_strides(const tensor& t, const shape& common, int64_t* stride_bytes);

}  // namespace bitwhere::plan
