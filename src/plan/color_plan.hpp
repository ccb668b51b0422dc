// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/colors/color_args.hpp"
#include "tensor.hpp"

namespace bitwhere::plan {

// Only what is used is set.
struct colorize_plan {
  colorize_plan() { args.s.elements = 0; }
  kernels::colorize_args args;
  kernels::report* report = nullptr;
  int64_t bytes = 0;  // read and written
};

struct decolorize_plan {
  decolorize_plan() { args.s.elements = 0; }
  kernels::decolorize_args args;
  kernels::report* report = nullptr;
  int64_t bytes = 0;
};

// They throw as the C functions of these names.
colorize_plan plan_colorize(const placement& on, const bw_tensor* labels, const bw_tensor* palette,
                            const bw_tensor* image, const bw_color_options* options,
                            const bw_tensor* out, bw_report* report);
decolorize_plan plan_decolorize(const placement& on, const bw_tensor* image,
                                const bw_tensor* palette, const bw_decolorize_options* options,
                                const bw_tensor* out, bw_report* report);

}  // namespace bitwhere::plan
