// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../grid_limits.hpp"
#include "class_loss_args.hpp"

namespace bitwhere::kernels {

// Where predictions are counted; nullptr: they are not.
struct class_counts {
  int64_t* confusion;
  accuracy_counts* agreement;
};

// Bytes of the partials that a sum or mean is made of; 0 without one.
int64_t class_loss_workspace(const class_loss_args& args, grid_limits grid);

// The path that launch_class_loss takes: what the trace names.
const char* class_loss_cuda_kernel(const class_loss_args& args, grid_limits grid);

// Enqueues on `stream`; bad labels are added to the report and predictions to the counts. Returns
// the CUDA code of the launch.
int launch_class_loss(const class_loss_args& args, void* workspace, const class_counts& counts,
                      report* bad, grid_limits grid, void* stream);

}  // namespace bitwhere::kernels
