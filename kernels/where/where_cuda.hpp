// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "where_args.hpp"

namespace bitwhere::kernels {

// The path that launch_where takes for these arguments: what the trace names.
const char* where_cuda_kernel(const where_args& args);

// Enqueues the choice on `stream`; args.s.elements > 0. Returns the CUDA code of the launch.
int launch_where(const where_args& args, void* stream);

}  // namespace bitwhere::kernels
