// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../plan/clean_plan.hpp"
#include "call.hpp"

using namespace bitwhere;

bw_status bw_nan_to_num(bw_context* context, const bw_tensor* x,
                        const bw_nan_to_num_options* options, const bw_tensor* out,
                        bw_replaced* replaced) {
  return api::call_with(context, [&](device::device& on) {
    on.clean(plan::plan_clean(on.placement(), x, options, out, replaced));
  });
}
