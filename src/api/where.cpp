// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "call.hpp"

using namespace bitwhere;

bw_status bw_where_result(const bw_condition* condition, bw_operand x, bw_operand y,
                          bw_dtype* dtype, int32_t* ndim, int64_t* shape) {
  return api::call(nullptr, [&] {
    if (dtype == nullptr || ndim == nullptr || shape == nullptr) {
      throw failure(BW_INVALID_ARGUMENT, "dtype, ndim, shape: must not be NULL");
    }
    const plan::where_result in = plan::plan_where_result(condition, x, y);
    *dtype = plan::to_c(in.type);
    api::give_shape(in.shape, ndim, shape);
  });
}

bw_status bw_where(bw_context* context, const bw_condition* condition, bw_operand x, bw_operand y,
                   const bw_tensor* out) {
  return api::call_with(context, [&](device::device& on) {
    on.where(plan::plan_where(on.placement(), condition, x, y, out), "where");
  });
}

bw_status bw_mask(bw_context* context, const bw_condition* condition, const bw_tensor* out) {
  return api::call_with(context, [&](device::device& on) {
    on.where(plan::plan_mask(on.placement(), condition, out), "mask");
  });
}
