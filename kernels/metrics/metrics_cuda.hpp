// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../grid_limits.hpp"
#include "label_args.hpp"

namespace bitwhere::kernels {

// The path that launch_confusion takes: what the trace names.
const char* confusion_cuda_kernel(const confusion_args& args);

// Both add to memory of the device that the caller has prepared, on `stream`; args.s.elements > 0.
// `found` may be nullptr. They return the CUDA code of the launch.
int launch_confusion(const confusion_args& args, int64_t* counts, report* found, grid_limits grid,
                     void* stream);
int launch_accuracy(const accuracy_args& args, accuracy_counts* counts, grid_limits grid,
                    void* stream);

}  // namespace bitwhere::kernels
