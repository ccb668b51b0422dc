// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "call.hpp"
#include "packed_output.hpp"

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
    api::run_count(on, plan, "count_nonzero");
  });
}
