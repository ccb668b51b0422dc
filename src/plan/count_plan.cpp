// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "count_plan.hpp"

#include "arrangement.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "place.hpp"

namespace bitwhere::plan {
namespace {

void lay_out(kernels::count_args& args, const arrangement& by) {
  strided operands[1 + 2 * kernels::max_leaves];
  const int count = gather_operands(args.condition, operands, 1);
  collapse_reduction(args.s, by, operands, count);
  allow_blocks(args.s, operands + 1, count - 1, widest_of(args.condition));
}

}  // namespace

shape plan_count_shape(const bw_condition* condition, const bw_reduction* over) {
  kernels::condition_program program;
  const struct condition in = plan_condition(condition, program);
  return reduced_shape(checked_reduction(over, in.shape), in.shape);
}

count_plan plan_count(const placement& on, const bw_condition* condition, const bw_reduction* over,
                      const bw_tensor* out) {
  count_plan plan;
  const struct condition in = plan_condition(condition, plan.args.condition);
  const reduction parted = checked_reduction(over, in.shape);
  plan.out = checked_output(on, out, "out", dtype::i64, reduced_shape(parted, in.shape));
  plan_counts(on, in, in.shape, parted, plan);
  return plan;
}

void plan_counts(const placement& on, const condition& in, const shape& over,
                 const reduction& parted, count_plan& plan) {
  kernels::count_args& args = plan.args;
  place_condition(on, in, over, args.condition);
  for (const condition_tensor& t : in.tensors) require_apart(plan.out, t.values);
  plan.outputs = plan.out.elements;
  if (plan.outputs == 0) return;
  if (contiguous(plan.out) && aligned(plan.out)) {
    args.counts = reinterpret_cast<int64_t*>(plan.out.data);
  }
  plan.bytes = plan.outputs * 8;
  const int64_t elements = elements_of(over, "condition");
  if (elements == 0) return;

  args.reduced = elements / plan.outputs;
  reading read[2 * kernels::max_leaves];
  const size_t count = gather_readings(in, args.condition, read, 0);
  plan.bytes += bytes_read(read, count);
  fill_space(over, elements, args.s);
  arrangement by = arrange(over, parted);
  sort_by_strides(by, over, read, count);
  lay_out(args, by);
}

}  // namespace bitwhere::plan
