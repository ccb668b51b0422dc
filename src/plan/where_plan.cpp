// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "where_plan.hpp"

#include <algorithm>

#include "broadcast.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "place.hpp"
#include "promotion.hpp"
#include "scalar.hpp"

namespace bitwhere::plan {
namespace {

// A side of the choice: a tensor, or a scalar in the result's dtype.
struct side {
  bool is_scalar = false;
  tensor t;
  unsigned char value[16] = {};
};

struct inputs {
  struct condition condition;
  side x;
  side y;
  where_result result;
};

side read_side(const bw_operand& from, const char* name) {
  side out;
  out.is_scalar = from.tensor == nullptr;
  if (out.is_scalar) {
    check_scalar(from.scalar, name);
  } else {
    out.t = checked(from.tensor, name);
  }
  return out;
}

typed typed_of(const side& s, const bw_operand& from) {
  return s.is_scalar ? plan::typed_of(from.scalar) : plan::typed_of(s.t);
}

inputs read_inputs(const bw_condition* condition, const bw_operand& x, const bw_operand& y,
                   kernels::condition_program& program) {
  inputs in;
  in.condition = plan_condition(condition, program);
  in.x = read_side(x, "x");
  in.y = read_side(y, "y");
  in.result.shape = in.condition.shape;
  if (!in.x.is_scalar) broadcast_into(in.result.shape, in.x.t, "condition");
  if (!in.y.is_scalar) {
    broadcast_into(in.result.shape, in.y.t, in.x.is_scalar ? "condition" : "condition and x");
  }
  const typed both[] = {typed_of(in.x, x), typed_of(in.y, y)};
  in.result.type = result_type(both, 2);
  if (in.x.is_scalar) store_scalar(x.scalar, in.result.type, "x", in.x.value);
  if (in.y.is_scalar) store_scalar(y.scalar, in.result.type, "y", in.y.value);
  return in;
}

void place_side(const placement& on, const side& from, const where_result& result,
                kernels::operand& to) {
  if (from.is_scalar) {
    place_value(from.value, result.type, to);
  } else {
    place(on, from.t, result.shape, result.type, to);
  }
}

void lay_out(kernels::where_args& args) {
  strided operands[3 + 2 * kernels::max_leaves];
  int count = 0;
  const int64_t size = bytes_of(args.type);
  operands[count++] = {args.out.stride_bytes, size, &args.out.reach};
  int64_t widest = std::max(size, widest_of(args.condition));
  for (kernels::operand* o : {&args.x, &args.y}) {
    widest = std::max(widest, bytes_of(o->type));
    if (o->data != nullptr) {
      operands[count++] = {o->stride_bytes, bytes_of(o->type), &o->reach};
    }
  }
  count = gather_operands(args.condition, operands, count);
  collapse(args.s, operands, count, order::free);
  // An output that is not packed along rows must say so.
  if (args.out.reach == kernels::access::splat) args.out.reach = kernels::access::gather;
  allow_blocks(args.s, operands, count, widest);
}

int64_t bytes_of_plan(const inputs& in, const kernels::where_args& args) {
  reading all[2 + 2 * kernels::max_leaves];
  size_t count = 0;
  if (!in.x.is_scalar) all[count++] = {&in.x.t, &args.x};
  if (!in.y.is_scalar) all[count++] = {&in.y.t, &args.y};
  count = gather_readings(in.condition, args.condition, all, count);
  return args.s.elements * bytes_of(args.type) + bytes_read(all, count);
}

void plan_choice(const placement& on, const inputs& in, const tensor& target, where_plan& plan) {
  kernels::where_args& args = plan.args;
  args.type = in.result.type;
  place_condition(on, in.condition, in.result.shape, args.condition);
  place_side(on, in.x, in.result, args.x);
  place_side(on, in.y, in.result, args.y);
  if (target.elements == 0) return;

  for (const condition_tensor& t : in.condition.tensors) {
    require_aligned_or_apart(target, t.values, in.result.shape);
  }
  for (const side* s : {&in.x, &in.y}) {
    if (!s->is_scalar) require_aligned_or_apart(target, s->t, in.result.shape);
  }
  args.out.data = target.data;
  broadcast_strides(target, in.result.shape, args.out.stride_bytes);
  fill_space(in.result.shape, target.elements, args.s);
  lay_out(args);
  plan.bytes = bytes_of_plan(in, args);
}

}  // namespace

where_result plan_where_result(const bw_condition* condition, const bw_operand& x,
                               const bw_operand& y) {
  kernels::condition_program program;
  return read_inputs(condition, x, y, program).result;
}

where_plan plan_where(const placement& on, const bw_condition* condition, const bw_operand& x,
                      const bw_operand& y, const bw_tensor* out) {
  where_plan plan;
  const inputs in = read_inputs(condition, x, y, plan.args.condition);
  plan_choice(on, in, checked_output(on, out, "out", in.result.type, in.result.shape), plan);
  return plan;
}

where_plan plan_mask(const placement& on, const bw_condition* condition, const bw_tensor* out) {
  const bw_operand yes = {nullptr, {BW_SCALAR_BOOL, 0, {.integer = 1}}};
  const bw_operand no = {nullptr, {BW_SCALAR_BOOL, 0, {.integer = 0}}};
  return plan_where(on, condition, yes, no, out);
}

where_plan plan_selection(const placement& on, const bw_condition* condition, const tensor& from,
                          const tensor& out) {
  where_plan plan;
  inputs in;
  in.condition = plan_optional_condition(condition, plan.args.condition);
  in.x.t = from;
  in.y.is_scalar = true;  // of zeros
  in.result = {out.type, out.shape};
  plan_choice(on, in, out, plan);
  return plan;
}

where_plan plan_copy(const tensor& from, const tensor& out) {
  where_plan plan;
  if (out.elements == 0) return plan;
  kernels::where_args& args = plan.args;
  plan_constant(true, args.condition);
  // A copy moves the bytes of bools as they are.
  args.type = out.type == dtype::boolean ? dtype::u8 : out.type;
  args.x.type = args.type;
  args.x.data = from.data;
  const unsigned char never_chosen[16] = {};
  place_value(never_chosen, args.type, args.y);
  args.out.data = out.data;
  broadcast_strides(from, out.shape, args.x.stride_bytes);
  broadcast_strides(out, out.shape, args.out.stride_bytes);
  fill_space(out.shape, out.elements, args.s);
  lay_out(args);
  const reading read = {&from, &args.x};
  plan.bytes = out.elements * bytes_of(out.type) + bytes_read(&read, 1);
  return plan;
}

}  // namespace bitwhere::plan
