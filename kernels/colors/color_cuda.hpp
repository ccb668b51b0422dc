// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "color_args.hpp"

namespace bitwhere::kernels {

// The paths that the launches take: what the trace names.
const char* colorize_cuda_kernel(const colorize_args& args);
const char* decolorize_cuda_kernel(const decolorize_args& args);

// Work on `stream`; there are elements, and `found` is nullptr or a report that has been begun.
// They return the CUDA code of the launch.
int launch_colorize(const colorize_args& args, report* found, void* stream);
int launch_decolorize(const decolorize_args& args, report* found, void* stream);

}  // namespace bitwhere::kernels
