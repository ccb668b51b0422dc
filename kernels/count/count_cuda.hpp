// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../grid_limits.hpp"
#include "count_args.hpp"

namespace bitwhere::kernels {

// The path that launch_count takes for these arguments: what the trace names.
const char* count_cuda_kernel(const count_args& args);

// Enqueues the count, which adds to args.counts, on `stream`; args.s.elements > 0. Returns the CUDA
// code of the launch.
int launch_count(const count_args& args, grid_limits grid, void* stream);

}  // namespace bitwhere::kernels
