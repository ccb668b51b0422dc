// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../device/temporary.hpp"
#include "../plan/output.hpp"

namespace bitwhere::api {

// For operations that write their output side by side: runs them with memory for that, and copies
// to where `out` lies.
template <class Operation>
void through_packed(device::device& on, const plan::tensor& out, const char* name,
                    Operation operation) {
  const device::temporary room(
      on, static_cast<size_t>(out.elements) * static_cast<size_t>(plan::bytes_of(out.type)));
  operation(room.bytes());
  const plan::tensor packed = plan::packed_like(out, room.bytes(), on.placement().memory);
  on.where(plan::plan_copy(packed, out), name);
}

// Runs a plan of reductions that writes results to `to`, or, where that is NULL, through memory of
// its own. No outputs still leave a report to be written.
template <class Plan, class Run>
void run_reduction(device::device& on, const Plan& plan, unsigned char*& to, const char* name,
                   Run run) {
  if (plan.outputs == 0 && plan.report == nullptr) return;
  if (plan.outputs == 0 || to != nullptr) {
    run();
    return;
  }
  through_packed(on, plan.out, name, [&](unsigned char* room) {
    to = room;
    run();
  });
}

// A count into an output of any strides: others than packed ones cannot be added to atomically.
inline void run_count(device::device& on, plan::count_plan& plan, const char* name) {
  if (plan.outputs == 0) return;
  if (plan.args.counts != nullptr) {
    on.count(plan);
    return;
  }
  through_packed(on, plan.out, name, [&](unsigned char* room) {
    plan.args.counts = reinterpret_cast<int64_t*>(room);
    on.count(plan);
  });
}

}  // namespace bitwhere::api
