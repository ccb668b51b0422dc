// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../plan/gradient_plan.hpp"

#include <memory>
#include <vector>

#include "call.hpp"
#include "packed_output.hpp"

using namespace bitwhere;

namespace {

// Memory that the steps of a gradient leave their results in for the next ones.
class rooms {
 public:
  explicit rooms(device::device& on) : on_(on) {}
  unsigned char* operator()(int64_t bytes) {
    held_.push_back(std::make_unique<device::temporary>(on_, static_cast<size_t>(bytes)));
    return held_.back()->bytes();
  }

 private:
  device::device& on_;
  std::vector<std::unique_ptr<device::temporary>> held_;
};

class runner {
 public:
  runner(device::device& on, const char* operation) : on_(on), operation_(operation) {}

  void operator()(plan::where_plan& step) const { on_.where(step, operation_); }
  void operator()(plan::elementwise_plan& step) const { on_.elementwise(step); }
  void operator()(plan::reduce_plan& step) const {
    api::run_reduction(on_, step, step.args.finish.out, operation_, [&] { on_.reduce(step); });
  }

 private:
  device::device& on_;
  const char* operation_;
};

void run(device::device& on, plan::gradient_plan plan) {
  for (plan::gradient_step& step : plan.steps) std::visit(runner(on, plan.operation), step);
}

}  // namespace

bw_status bw_where_gradient(bw_context* context, const bw_condition* condition,
                            const bw_tensor* upstream, const bw_tensor* gradient_x,
                            const bw_tensor* gradient_y) {
  return api::call_with(context, [&](device::device& on) {
    run(on, plan::plan_where_gradient(on.placement(), condition, upstream, gradient_x, gradient_y));
  });
}

bw_status bw_reduce_gradient(bw_context* context, int32_t reducer, const bw_tensor* upstream,
                             const bw_reduce_options* options, const bw_tensor* divisor,
                             const bw_tensor* gradient) {
  return api::call_with(context, [&](device::device& on) {
    rooms room(on);
    run(on, plan::plan_reduce_gradient(on.placement(), reducer, upstream, options, divisor,
                                       gradient, std::ref(room)));
  });
}

bw_status bw_elementwise_gradient(bw_context* context, int32_t function, const bw_tensor* x,
                                  const bw_guard* guard, const bw_tensor* upstream,
                                  const bw_tensor* gradient) {
  return api::call_with(context, [&](device::device& on) {
    rooms room(on);
    run(on, plan::plan_elementwise_gradient(on.placement(), function, x, guard, upstream, gradient,
                                            std::ref(room)));
  });
}

bw_status bw_safe_divide_gradient(bw_context* context, bw_operand x, bw_operand y,
                                  const bw_guard* guard, const bw_tensor* upstream,
                                  const bw_tensor* gradient_x, const bw_tensor* gradient_y) {
  return api::call_with(context, [&](device::device& on) {
    rooms room(on);
    run(on, plan::plan_divide_gradient(on.placement(), x, y, guard, upstream, gradient_x,
                                       gradient_y, std::ref(room)));
  });
}
