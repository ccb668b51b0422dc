// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../plan/binary_loss_plan.hpp"
#include "../plan/class_loss_plan.hpp"

#include "call.hpp"
#include "packed_output.hpp"

using namespace bitwhere;

namespace {

// Runs the loss into its output, or where that is strided, into a room that is copied to it.
template <class Plan, class Run>
void into_output(device::device& on, Plan& plan, Run run) {
  if (plan.args.finish.out != nullptr || plan.out.elements == 0) {
    run();
    return;
  }
  api::through_packed(on, plan.out, plan.operation(), [&](unsigned char* room) {
    plan.args.finish.out = room;
    run();
  });
}

}  // namespace

bw_status bw_binary_loss(bw_context* context, int32_t kind, const bw_tensor* x,
                         const bw_tensor* target, const bw_binary_loss_options* options,
                         const bw_loss_options* loss, const bw_tensor* out, bw_report* report) {
  return api::call_with(context, [&](device::device& on) {
    plan::binary_loss_plan plan =
        plan::plan_binary_loss(on.placement(), kind, x, target, options, loss, out, report);
    into_output(on, plan, [&] { on.binary_loss(plan); });
  });
}

bw_status bw_class_loss(bw_context* context, int32_t kind, const bw_tensor* x,
                        const bw_tensor* target, const bw_class_loss_options* options,
                        const bw_loss_options* loss, const bw_tensor* out,
                        const bw_tensor* confusion, const bw_tensor* agreement, bw_report* report) {
  return api::call_with(context, [&](device::device& on) {
    plan::class_loss_plan plan = plan::plan_class_loss(on.placement(), kind, x, target, options,
                                                       loss, out, confusion, agreement, report);
    into_output(on, plan, [&] { on.class_loss(plan); });
  });
}
