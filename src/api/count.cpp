// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../device/temporary.hpp"
#include "../plan/output.hpp"
#include "call.hpp"

using namespace bitwhere;

bw_status bw_count_nonzero_result(const bw_condition* condition, const bw_reduction* over,
                                  int32_t* ndim, int64_t* shape) {
  return api::call(nullptr, [&] {
    if (ndim == nullptr || shape == nullptr) {
      throw failure(BW_INVALID_ARGUMENT, "ndim, shape: must not be NULL");
    }
    api::give_shape(plan::plan_count_shape(condition, over), ndim, shape);
  });
}

bw_status bw_count_nonzero(bw_context* context, const bw_condition* condition,
                           const bw_reduction* over, const bw_tensor* out) {
  return api::call_with(context, [&](device::device& on) {
    plan::count_plan plan = plan::plan_count(on.placement(), condition, over, out);
    if (plan.outputs == 0) return;
    if (plan.args.counts != nullptr) {
      on.count(plan);
      return;
    }
    // A strided output cannot be added to atomically.
    const device::temporary room(on, static_cast<size_t>(plan.outputs) * sizeof(int64_t));
    plan.args.counts = reinterpret_cast<int64_t*>(room.bytes());
    on.count(plan);
    const plan::tensor counts = plan::packed_like(plan.out, room.bytes(), on.placement().memory);
    on.where(plan::plan_copy(counts, plan.out), "count_nonzero");
  });
}
