// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "count_plan.hpp"

#include <algorithm>
#include <cstdlib>

#include "output.hpp"
#include "overlap.hpp"
#include "place.hpp"
#include "reduction.hpp"

namespace bitwhere::plan {
namespace {

// The dimensions in the order in which a count is made: those that stay first, in their order, and
// those that are counted over after them, by the strides of the first tensor that is read.
struct arrangement {
  int order[max_rank];
  int kept = 0;
};

arrangement arrange(const shape& s, const reduction& over, const condition& of) {
  arrangement out;
  int count = 0;
  for (int d = 0; d < s.rank; ++d) {
    if (!over.reduced[d]) out.order[count++] = d;
  }
  out.kept = count;
  for (int d = 0; d < s.rank; ++d) {
    if (over.reduced[d]) out.order[count++] = d;
  }
  const auto first = std::find_if(of.tensors.begin(), of.tensors.end(),
                                  [](const condition_tensor& t) { return t.read; });
  if (first == of.tensors.end()) return out;
  const tensor& t = first->values;
  const auto stride = [&](int d) {
    const int own = d - (s.rank - t.shape.rank);
    return own < 0 || t.shape.extent[own] == 1 ? 0 : std::abs(t.stride_bytes[own]);
  };
  std::stable_sort(out.order + out.kept, out.order + count,
                   [&](int a, int b) { return stride(a) > stride(b); });
  return out;
}

void permute(const arrangement& by, int rank, int64_t* values) {
  int64_t from[max_rank];
  std::copy(values, values + rank, from);
  for (int d = 0; d < rank; ++d) values[d] = from[by.order[d]];
}

void lay_out(count_plan& plan, const shape& s, const arrangement& by) {
  kernels::count_args& args = plan.args;
  fill_space(s, elements_of(s, "condition"), args.s);
  permute(by, s.rank, args.s.extent);
  // Counts lie side by side and stand still while they are counted.
  int64_t counts[max_rank] = {};
  kernels::access reach;
  int64_t dense = 8;
  for (int d = by.kept - 1; d >= 0; --d) {
    counts[d] = dense;
    dense *= args.s.extent[d];
  }
  strided operands[1 + 2 * kernels::max_leaves];
  operands[0] = {counts, 8, &reach};
  const int count = gather_operands(args.condition, operands, 1);
  for (int k = 1; k < count; ++k) permute(by, s.rank, operands[k].stride_bytes);
  collapse(args.s, operands, count, order::logical);
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
  kernels::count_args& args = plan.args;
  const struct condition in = plan_condition(condition, args.condition);
  const reduction parted = checked_reduction(over, in.shape);
  plan.out = checked_output(on, out, "out", dtype::i64, reduced_shape(parted, in.shape));
  place_condition(on, in, in.shape, args.condition);
  for (const condition_tensor& t : in.tensors) require_apart(plan.out, t.values);
  plan.outputs = plan.out.elements;
  if (plan.outputs == 0) return plan;
  const bool in_place =
      contiguous(plan.out) && reinterpret_cast<uintptr_t>(plan.out.data) % alignof(int64_t) == 0;
  if (in_place) args.counts = reinterpret_cast<int64_t*>(plan.out.data);
  plan.bytes = plan.outputs * 8;
  const int64_t elements = elements_of(in.shape, "condition");
  if (elements == 0) return plan;

  args.reduced = elements / plan.outputs;
  reading all[2 * kernels::max_leaves];
  size_t count = 0;
  for (const condition_tensor& t : in.tensors) {
    const kernels::leaf& l = args.condition.leaves[t.leaf];
    if (t.read) all[count++] = {&t.values, t.right ? &l.right : &l.left};
  }
  plan.bytes += bytes_read(all, count);
  lay_out(plan, in.shape, arrange(in.shape, parted, in));
  return plan;
}

}  // namespace bitwhere::plan
