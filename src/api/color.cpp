// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "call.hpp"

using namespace bitwhere;

bw_status bw_colorize(bw_context* context, const bw_tensor* labels, const bw_tensor* palette,
                      const bw_tensor* image, const bw_color_options* options, const bw_tensor* out,
                      bw_report* report) {
  return api::call_with(context, [&](device::device& on) {
    on.colorize(plan::plan_colorize(on.placement(), labels, palette, image, options, out, report));
  });
}

bw_status bw_decolorize(bw_context* context, const bw_tensor* image, const bw_tensor* palette,
                        const bw_decolorize_options* options, const bw_tensor* out,
                        bw_report* report) {
  return api::call_with(context, [&](device::device& on) {
    on.decolorize(plan::plan_decolorize(on.placement(), image, palette, options, out, report));
  });
}
