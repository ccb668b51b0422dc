// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../grid_limits.hpp"
#include "binary_loss_args.hpp"

namespace bitwhere::kernels {

// Bytes of the partials that a sum or mean is made of; 0 without one.
int64_t binary_loss_workspace(const binary_loss_args& args, grid_limits grid);

// The path that launch_binary_loss takes: what the trace names.
const char* binary_loss_cuda_kernel(const binary_loss_args& args, grid_limits grid);

// Enqueues on `stream`; bad elements are added to the report. Returns the CUDA code of the launch.
int launch_binary_loss(const binary_loss_args& args, void* workspace, report* bad, grid_limits grid,
                       void* stream);

}  // namespace bitwhere::kernels
