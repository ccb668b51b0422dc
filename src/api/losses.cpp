// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../plan/binary_loss_plan.hpp"
#include "../plan/class_loss_plan.hpp"

#include <optional>

#include "../plan/dtype.hpp"
#include "../plan/loss_options.hpp"
#include "call.hpp"
#include "packed_output.hpp"

using namespace bitwhere;

namespace {

const char* operation_of(const plan::binary_loss_plan& plan) { return plan.operation(); }
const char* operation_of(const plan::class_loss_plan& plan) { return plan.operation(); }
const char* operation_of(const plan::finish_loss_plan&) { return "finish_loss"; }

unsigned char*& place_of(plan::binary_loss_plan& plan) { return plan.args.finish.out; }
unsigned char*& place_of(plan::class_loss_plan& plan) { return plan.args.finish.out; }
unsigned char*& place_of(plan::finish_loss_plan& plan) { return plan.args.out; }

// Runs the loss into its output, or where that is strided, into a room that is copied to it.
template <class Plan, class Run>
void into_output(device::device& on, Plan& plan, Run run) {
  if (place_of(plan) != nullptr || plan.out.elements == 0) {
    run();
    return;
  }
  api::through_packed(on, plan.out, operation_of(plan), [&](auto* room) {
    place_of(plan) = room;
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

bw_status bw_loss_partial_words(bw_dtype dtype, int64_t* words) {
  return api::call(nullptr, [&] {
    if (words == nullptr) throw failure(BW_INVALID_ARGUMENT, "words: must not be NULL");
    const std::optional<plan::dtype> type = plan::dtype_from(dtype);
    if (!type || !plan::is_floating(*type)) {
      throw failure(BW_INVALID_DTYPE, "dtype: losses are of f16, bf16, f32 or f64");
    }
    *words = plan::loss_partial_words(*type);
  });
}

bw_status bw_finish_loss(bw_context* context, const bw_tensor* partial, const bw_loss_options* loss,
                         const bw_tensor* out, bw_report* report) {
  return api::call_with(context, [&](device::device& on) {
    plan::finish_loss_plan plan =
        plan::plan_finish_loss(on.placement(), partial, loss, out, report);
    into_output(on, plan, [&] { on.finish_loss(plan); });
  });
}
