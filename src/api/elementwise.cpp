// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../plan/elementwise_plan.hpp"
#include "call.hpp"

using namespace bitwhere;

bw_status bw_elementwise(bw_context* context, int32_t function, const bw_tensor* x,
                         const bw_guard* guard, const bw_tensor* out) {
  return api::call_with(context, [&](device::device& on) {
    on.elementwise(plan::plan_elementwise(on.placement(), function, x, guard, out));
  });
}

bw_status bw_safe_divide(bw_context* context, bw_operand x, bw_operand y, const bw_guard* guard,
                         const bw_tensor* out) {
  return api::call_with(context, [&](device::device& on) {
    on.elementwise(plan::plan_divide(on.placement(), x, y, guard, out));
  });
}

bw_status bw_elementwise_result(bw_operand x, const bw_operand* y, const bw_guard* guard,
                                bw_dtype* dtype, int32_t* ndim, int64_t* shape) {
  return api::call(nullptr, [&] {
    if (dtype == nullptr || ndim == nullptr || shape == nullptr) {
      throw failure(BW_INVALID_ARGUMENT, "dtype, ndim, shape: must not be NULL");
    }
    const plan::elementwise_result in = plan::plan_elementwise_result(x, y, guard);
    *dtype = plan::to_c(in.type);
    api::give_shape(in.shape, ndim, shape);
  });
}
