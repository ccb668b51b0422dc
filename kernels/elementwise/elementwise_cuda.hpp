// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "elementwise_args.hpp"

namespace bitwhere::kernels {

// The path that launch_elementwise takes for these arguments: what the trace names.
const char* elementwise_cuda_kernel(const elementwise_args& args);

// Enqueues the operation on `stream`; args.s.elements > 0. Returns the CUDA code of the launch.
int launch_elementwise(const elementwise_args& args, void* stream);

}  // namespace bitwhere::kernels
