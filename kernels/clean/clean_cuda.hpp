// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "clean_args.hpp"

namespace bitwhere::kernels {

// The path that launch_clean takes for these arguments: what the trace names.
const char* clean_cuda_kernel(const clean_args& args);

// Enqueues the cleaning on `stream`; args.s.elements > 0. `found`, where it is not NULL, is added
// to. Returns the CUDA code of the launch.
int launch_clean(const clean_args& args, replaced* found, void* stream);

}  // namespace bitwhere::kernels
