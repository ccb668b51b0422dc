// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../grid_limits.hpp"
#include "label_args.hpp"

namespace bitwhere::kernels {

// The paths that the launches take: what the trace names.
const char* confusion_cuda_kernel(const confusion_args& args);
const char* accuracy_cuda_kernel(const accuracy_args& args);
const char* argmax_cuda_kernel(const argmax_args& args);

// The first two add to memory of the device that the caller has prepared. There are elements;
// `found` may be nullptr. They return the CUDA code of the launch.
int launch_confusion(const confusion_args& args, int64_t* counts, report* found, grid_limits grid,
                     void* stream);
int launch_accuracy(const accuracy_args& args, accuracy_counts* counts, grid_limits grid,
                    void* stream);
int launch_argmax(const argmax_args& args, void* stream);

}  // namespace bitwhere::kernels
