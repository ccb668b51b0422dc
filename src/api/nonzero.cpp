// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../plan/nonzero_plan.hpp"

#include "call.hpp"

using namespace bitwhere;

namespace {

// Counts, allocates and stores.
void select(device::device& on, plan::nonzero_plan& plan, bool columns, bw_selection* selection) {
  const int64_t count = on.find(plan);
  const size_t bytes = plan::bytes_of_records(plan, count);
  void* const data = on.allocate(bytes);
  plan::give_output(plan, data, count, columns);
  try {
    on.store_found(plan);
  } catch (...) {
    on.deallocate(data, bytes);
    throw;
  }
  *selection = {data, bytes, count};
}

void require_selection(const bw_selection* selection) {
  if (selection == nullptr) throw failure(BW_INVALID_ARGUMENT, "selection: is NULL");
}

}  // namespace

bw_status bw_nonzero_into(bw_context* context, const bw_condition* condition,
                          const bw_nonzero_options* options, const bw_tensor* out,
                          bw_found* found) {
  return api::call_with(context, [&](device::device& on) {
    on.select(plan::plan_nonzero_into(on.placement(), condition, options, out, found));
  });
}

bw_status bw_nonzero(bw_context* context, const bw_condition* condition,
                     const bw_nonzero_options* options, bw_selection* selection) {
  return api::call_with(context, [&](device::device& on) {
    require_selection(selection);
    bool columns = false;
    plan::nonzero_plan plan = plan::plan_nonzero(on.placement(), condition, options, columns);
    select(on, plan, columns, selection);
  });
}

bw_status bw_masked_select_into(bw_context* context, const bw_tensor* x,
                                const bw_condition* condition, const bw_select_options* options,
                                const bw_tensor* out, bw_found* found) {
  return api::call_with(context, [&](device::device& on) {
    on.select(plan::plan_select_into(on.placement(), x, condition, options, out, found));
  });
}

bw_status bw_masked_select(bw_context* context, const bw_tensor* x, const bw_condition* condition,
                           bw_selection* selection) {
  return api::call_with(context, [&](device::device& on) {
    require_selection(selection);
    plan::nonzero_plan plan = plan::plan_select(on.placement(), x, condition);
    select(on, plan, false, selection);
  });
}
