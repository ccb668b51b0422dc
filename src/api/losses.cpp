// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../plan/loss_plan.hpp"

#include "call.hpp"
#include "packed_output.hpp"

using namespace bitwhere;

bw_status bw_binary_loss(bw_context* context, int32_t kind, const bw_tensor* x,
                         const bw_tensor* target, const bw_binary_loss_options* options,
                         const bw_loss_options* loss, const bw_tensor* out, bw_report* report) {
  return api::call_with(context, [&](device::device& on) {
    plan::binary_loss_plan plan =
        plan::plan_binary_loss(on.placement(), kind, x, target, options, loss, out, report);
    if (plan.args.finish.out != nullptr || plan.out.elements == 0) {
      on.binary_loss(plan);
      return;
    }
    api::through_packed(on, plan.out, plan.operation(), [&](unsigned char* room) {
      plan.args.finish.out = room;
      on.binary_loss(plan);
    });
  });
}
