// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "where_plan.hpp"

#include <cstring>

#include "broadcast.hpp"
#include "collapse.hpp"
#include "failure.hpp"
#include "overlap.hpp"
#include "scalar.hpp"

namespace bitwhere::plan {
namespace {

// Two scalars: the wider of their kinds decides.
dtype dtype_of_scalars(const bw_scalar& x, const bw_scalar& y) {
  return default_dtype(x.kind > y.kind ? x : y);
}

dtype result_dtype(const where_inputs& in, const bw_operand& x, const bw_operand& y) {
  if (in.x_is_scalar && in.y_is_scalar) return dtype_of_scalars(x.scalar, y.scalar);
  if (in.x_is_scalar) return in.y.type;
  if (in.y_is_scalar) return in.x.type;
  if (in.x.type != in.y.type) {
    throw failure(BW_INVALID_DTYPE, std::string("x and y must have one dtype; x is ") +
                                        name_of(in.x.type) + ", y is " + name_of(in.y.type));
  }
  return in.x.type;
}

// Fills an operand from a tensor. A 0-d tensor of the host joins a cuda context by value.
void place(const placement& on, const tensor& t, const shape& common, kernels::operand& to) {
  if (t.shape.rank == 0 && on.memory.type == BW_CUDA && t.device.type == BW_CPU) {
    std::memcpy(to.value, t.data, static_cast<size_t>(bytes_of(t.type)));
    return;
  }
  require_reachable(on, t);
  to.data = t.data;
  broadcast_strides(t, common, to.stride_bytes);
}

int64_t bytes_read(const kernels::operand& from, const tensor& t) {
  return from.data == nullptr ? 0 : t.elements * bytes_of(t.type);
}

// The same elements of memory, as in where(x > 0, x, 0): they are read once for both.
bool same_elements(const kernels::operand& a, const tensor& of_a, const kernels::operand& b,
                   const tensor& of_b) {
  if (a.data != b.data || bytes_of(of_a.type) != bytes_of(of_b.type)) return false;
  if (!(of_a.shape == of_b.shape)) return false;
  for (int d = 0; d < of_a.shape.rank; ++d) {
    if (of_a.shape.extent[d] > 1 && of_a.stride_bytes[d] != of_b.stride_bytes[d]) return false;
  }
  return true;
}

void fill_space(const shape& s, int64_t elements, kernels::space& to) {
  to.elements = elements;
  to.rank = s.rank;
  for (int d = 0; d < s.rank; ++d) to.extent[d] = s.extent[d];
}

void lay_out(kernels::where_args& args, int64_t element_bytes, int64_t condition_bytes) {
  strided operands[] = {
      {args.out.stride_bytes, element_bytes, &args.out.reach},
      {args.condition.values.stride_bytes, condition_bytes, &args.condition.values.reach},
      {args.x.stride_bytes, element_bytes, &args.x.reach},
      {args.y.stride_bytes, element_bytes, &args.y.reach},
  };
  args.cut = collapse(args.s, operands, 4, order::free);
  args.element_bytes = static_cast<int32_t>(element_bytes);
  for (kernels::operand* o : {&args.condition.values, &args.x, &args.y}) {
    if (o->data == nullptr) o->reach = kernels::access::splat;
  }
  // A single element is direct for everyone, but an output that is not packed must say so.
  if (args.out.reach == kernels::access::splat) args.out.reach = kernels::access::gather;
}

tensor checked_output(const placement& on, const bw_tensor* out, const where_inputs& in) {
  tensor t = checked(out, "out");
  if (t.type != in.type) {
    throw failure(BW_INVALID_DTYPE,
                  std::string("out: must be ") + name_of(in.type) + ", is " + name_of(t.type));
  }
  if (!(t.shape == in.shape)) {
    throw failure(BW_INVALID_SHAPE,
                  "out: must have shape " + describe(in.shape) + ", has " + describe(t.shape));
  }
  require_reachable(on, t);
  require_distinct_elements(t);
  return t;
}

}  // namespace

where_inputs plan_where_inputs(const bw_condition* condition, const bw_operand& x,
                               const bw_operand& y) {
  where_inputs in;
  in.condition = plan_condition(condition);
  in.x_is_scalar = x.tensor == nullptr;
  in.y_is_scalar = y.tensor == nullptr;
  in.shape = in.condition.values.shape;
  const char* so_far = "condition";
  if (in.x_is_scalar) {
    check_scalar(x.scalar, "x");
  } else {
    in.x = checked(x.tensor, "x");
    broadcast_into(in.shape, in.x, so_far);
    so_far = "condition and x";
  }
  if (in.y_is_scalar) {
    check_scalar(y.scalar, "y");
  } else {
    in.y = checked(y.tensor, "y");
    broadcast_into(in.shape, in.y, so_far);
  }
  in.type = result_dtype(in, x, y);
  if (in.x_is_scalar) store_scalar(x.scalar, in.type, "x", in.x_value);
  if (in.y_is_scalar) store_scalar(y.scalar, in.type, "y", in.y_value);
  return in;
}

where_plan plan_where(const placement& on, const bw_condition* condition, const bw_operand& x,
                      const bw_operand& y, const bw_tensor* out) {
  const where_inputs in = plan_where_inputs(condition, x, y);
  where_plan plan;
  kernels::where_args& args = plan.args;
  std::memcpy(args.x.value, in.x_value, sizeof(in.x_value));
  std::memcpy(args.y.value, in.y_value, sizeof(in.y_value));
  const tensor target = checked_output(on, out, in);

  args.condition = in.condition.leaf;
  args.normalise_bool = in.type == dtype::boolean;
  place(on, in.condition.values, in.shape, args.condition.values);
  if (!in.x_is_scalar) place(on, in.x, in.shape, args.x);
  if (!in.y_is_scalar) place(on, in.y, in.shape, args.y);
  if (target.elements == 0) return plan;

  for (const tensor* t : {&in.condition.values, &in.x, &in.y}) {
    require_aligned_or_apart(target, *t, in.shape);
  }
  args.out.data = target.data;
  broadcast_strides(target, in.shape, args.out.stride_bytes);
  fill_space(in.shape, target.elements, args.s);
  lay_out(args, bytes_of(in.type), bytes_of(in.condition.values.type));
  plan.bytes =
      target.elements * bytes_of(in.type) + bytes_read(args.x, in.x) + bytes_read(args.y, in.y);
  const auto read_already = [&](const kernels::operand& x_or_y, const tensor& t) {
    return x_or_y.data != nullptr &&
           same_elements(args.condition.values, in.condition.values, x_or_y, t);
  };
  if (args.condition.kind != kernels::leaf_kind::constant && !read_already(args.x, in.x) &&
      !read_already(args.y, in.y)) {
    plan.bytes += bytes_read(args.condition.values, in.condition.values);
  }
  return plan;
}

where_plan plan_copy(const tensor& from, const tensor& out) {
  where_plan plan;
  if (out.elements == 0) return plan;
  kernels::where_args& args = plan.args;
  args.condition.kind = kernels::leaf_kind::constant;
  args.condition.negate = true;
  args.x.data = from.data;
  args.out.data = out.data;
  broadcast_strides(from, out.shape, args.x.stride_bytes);
  broadcast_strides(out, out.shape, args.out.stride_bytes);
  fill_space(out.shape, out.elements, args.s);
  lay_out(args, bytes_of(out.type), 1);
  plan.bytes = 2 * out.elements * bytes_of(out.type);
  return plan;
}

}  // namespace bitwhere::plan
