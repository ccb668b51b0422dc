// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../plan/reduce_plan.hpp"

#include "call.hpp"
#include "packed_output.hpp"

using namespace bitwhere;

bw_status bw_reduce(bw_context* context, int32_t reducer, const bw_tensor* x,
                    const bw_reduce_options* options, const bw_tensor* out, bw_report* report) {
  return api::call_with(context, [&](device::device& on) {
    if (reducer == BW_COUNT && report == nullptr) {
      plan::count_plan count = plan::plan_reduce_count(on.placement(), x, options, out);
      api::run_count(on, count, "reduce");
      return;
    }
    plan::reduce_plan plan = plan::plan_reduce(on.placement(), reducer, x, options, out, report);
    api::run_reduction(on, plan, plan.args.finish.out, "reduce", [&] { on.reduce(plan); });
  });
}

bw_status bw_reduce_result(int32_t reducer, const bw_tensor* x, const bw_reduce_options* options,
                           bw_dtype* dtype, int32_t* ndim, int64_t* shape) {
  return api::call(nullptr, [&] {
    if (dtype == nullptr || ndim == nullptr || shape == nullptr) {
      throw failure(BW_INVALID_ARGUMENT, "dtype, ndim, shape: must not be NULL");
    }
    const plan::reduce_result result = plan::plan_reduce_result(reducer, x, options);
    *dtype = plan::to_c(result.type);
    api::give_shape(result.shape, ndim, shape);
  });
}

bw_status bw_reduce_partial(bw_context* context, int32_t reducer, const bw_tensor* x,
                            const bw_reduce_options* options, const bw_tensor* partial) {
  return api::call_with(context, [&](device::device& on) {
    const plan::reduce_plan plan =
        plan::plan_reduce_partial(on.placement(), reducer, x, options, partial);
    if (plan.outputs != 0) on.reduce(plan);
  });
}

bw_status bw_partial_words(int32_t reducer, bw_dtype dtype, int64_t* words) {
  return api::call(nullptr, [&] {
    if (words == nullptr) throw failure(BW_INVALID_ARGUMENT, "words: must not be NULL");
    *words = plan::partial_words(reducer, dtype);
  });
}

bw_status bw_merge_partials(bw_context* context, const bw_tensor* from, const bw_tensor* into) {
  return api::call_with(context, [&](device::device& on) {
    const plan::merge_plan plan = plan::plan_merge_partials(on.placement(), from, into);
    if (plan.partials != 0) on.merge(plan);
  });
}

bw_status bw_finish_partials(bw_context* context, int32_t reducer, const bw_tensor* partial,
                             bw_dtype dtype, const bw_reduce_options* options, const bw_tensor* out,
                             bw_report* report) {
  return api::call_with(context, [&](device::device& on) {
    plan::finish_plan plan =
        plan::plan_finish_partials(on.placement(), reducer, partial, dtype, options, out, report);
    api::run_reduction(on, plan, plan.args.out, "reduce", [&] { on.finish(plan); });
  });
}
