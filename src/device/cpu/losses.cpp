// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "losses.hpp"

#include <algorithm>

#include "../../../kernels/losses/loss_formula.hpp"
#include "../../../kernels/tuning.hpp"

namespace bitwhere::device {
namespace {

namespace tuning = kernels::tuning;

// Every worker adds to a partial of its own; the order in which they are merged does not matter.
template <class Sum>
int binary_loss_with(const reduction_means& with, const plan::binary_loss_plan& plan) {
  using partial = kernels::loss_partial<Sum>;
  const kernels::binary_loss_args& args = plan.args;
  const int64_t parts = kernels::quotient_up(args.s.elements, tuning::cpu_block_elements);
  const int workers = std::max(with.team.workers_for(plan.bytes, parts), 1);
  auto* const partials =
      static_cast<partial*>(with.workspace(static_cast<size_t>(workers) * sizeof(partial)));
  for (int worker = 0; worker < workers; ++worker) kernels::clear(partials[worker], 0);
  if (parts != 0) {
    with.team.run(workers, parts, [&](int worker, int64_t k) {
      const int64_t begin = k * tuning::cpu_block_elements;
      const int64_t end = std::min(begin + tuning::cpu_block_elements, args.s.elements);
      with.kernels.binary_loss(args, begin, end, reinterpret_cast<int64_t*>(partials + worker));
    });
  }
  partial& all = partials[0];
  for (int worker = 1; worker < workers; ++worker) kernels::merge(all, partials[worker]);
  if (args.finish.by != kernels::loss_reduction::none) kernels::store_loss(args.finish, all);
  if (plan.report != nullptr) *plan.report = {all.head.bad, all.head.first_bad};
  return workers;
}

}  // namespace

int binary_loss(const reduction_means& with, const plan::binary_loss_plan& plan) {
  return plan.args.finish.f64 ? binary_loss_with<kernels::f64_sum>(with, plan)
                              : binary_loss_with<kernels::f32_sum>(with, plan);
}

}  // namespace bitwhere::device
