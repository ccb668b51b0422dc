// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "elementwise_plan.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "../../kernels/clean/clean_formula.hpp"
#include "../../kernels/elementwise/elementwise_formula.hpp"
#include "broadcast.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "place.hpp"
#include "promotion.hpp"
#include "scalar.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

// A tensor, or a scalar in the result's dtype.
struct side {
  bool is_scalar = false;
  tensor t;
  unsigned char value[16] = {};
};

struct inputs {
  bool everywhere = false;
  struct condition condition;
  side x;
  side y;         // of the division
  side upstream;  // of a slope
  elementwise_result result;
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

// The guard that was given, checked; without one, that of no condition and 0.
bw_guard checked_guard(const bw_guard* guard) {
  if (guard == nullptr) return {sizeof(bw_guard), nullptr, nullptr};
  check_struct(guard, "guard");
  if (guard->otherwise != nullptr) check_scalar(*guard->otherwise, "otherwise");
  return *guard;
}

void store_otherwise(const bw_guard& guard, dtype type, unsigned char* bytes) {
  std::memset(bytes, 0, 16);
  if (guard.otherwise != nullptr) store_scalar(*guard.otherwise, type, "otherwise", bytes);
}

// Reads what the guard says, or `default_value` for every element.
void read_condition(const bw_condition* where, bool default_value,
                    kernels::condition_program& program, inputs& in) {
  if (where != nullptr) {
    in.condition = plan_condition(where, program);
  } else {
    plan_constant(default_value, program);
    in.everywhere = default_value;
  }
  in.result.shape = in.condition.shape;
}

inputs read_function(const bw_tensor* x, const bw_guard& guard, kernels::elementwise_args& args) {
  inputs in;
  in.x.t = checked(x, "x");
  in.result.type = in.x.t.type;
  if (!is_floating(in.result.type)) {
    throw failure(BW_INVALID_DTYPE,
                  std::string("x: must be f16, bf16, f32 or f64, is ") + name_of(in.result.type));
  }
  read_condition(guard.where, true, args.condition, in);
  broadcast_into(in.result.shape, in.x.t, "condition");
  store_otherwise(guard, in.result.type, args.otherwise);
  return in;
}

dtype quotient_type(const side& x, const bw_operand& c_x, const side& y, const bw_operand& c_y) {
  const typed both[] = {typed_of(x, c_x), typed_of(y, c_y)};
  const dtype type = result_type(both, 2);
  if (is_complex(type)) {
    throw failure(BW_INVALID_DTYPE, "x, y: complex numbers are not divided here");
  }
  return is_floating(type) ? type : dtype::f32;
}

// Whether an element of a float dtype is +-0.
bool is_zero(const unsigned char* value, dtype type) {
  unsigned char wide[16] = {};
  convert_element(type, value, dtype::f64, wide);
  double number = 0;
  std::memcpy(&number, wide, sizeof number);
  return number == 0;
}

// The largest magnitude of float dtype `from`, as its bits, that converts to 0 in `to`: the divisor
// is compared as it is stored, and counts as it is divided by.
uint64_t largest_vanishing(dtype from, dtype to) {
  const auto vanishes = [&](uint64_t magnitude) {
    unsigned char stored[16] = {};
    unsigned char converted[16] = {};
    std::memcpy(stored, &magnitude, sizeof magnitude);  // little-endian
    convert_element(from, stored, to, converted);
    return is_zero(converted, to);
  };
  if (!vanishes(1)) return 0;
  uint64_t low = 1;
  auto high = static_cast<uint64_t>(kernels::infinity_bits(from));
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    (vanishes(middle) ? low : high) = middle;
  }
  return low;
}

// The default of the division: where the divisor, converted, is not 0.
void read_nonzero(const bw_tensor* y, dtype type, kernels::condition_program& program, inputs& in) {
  const bw_condition nonzero = {sizeof(bw_condition), BW_NONZERO, 0,      y,
                                {nullptr, {}},        nullptr,    nullptr};
  read_condition(&nonzero, true, program, in);
  const dtype stored = in.y.t.type;
  if (!is_floating(stored) || stored == type) return;
  const uint64_t zeros = largest_vanishing(stored, type);
  unsigned char limit[16] = {};
  std::memcpy(limit, &zeros, sizeof zeros);
  place_value(limit, stored, program.leaves[0].right);
}

inputs read_division(const bw_operand& x, const bw_operand& y, const bw_guard& guard,
                     kernels::elementwise_args& args) {
  inputs in;
  in.x = read_side(x, "x");
  in.y = read_side(y, "y");
  in.result.type = quotient_type(in.x, x, in.y, y);
  if (in.x.is_scalar) store_scalar(x.scalar, in.result.type, "x", in.x.value);
  if (in.y.is_scalar) store_scalar(y.scalar, in.result.type, "y", in.y.value);
  if (guard.where == nullptr && !in.y.is_scalar) {
    read_nonzero(y.tensor, in.result.type, args.condition, in);
    in.result.shape = {};  // y says what is wrong with its shape
  } else {
    const bool divisible = !in.y.is_scalar || !is_zero(in.y.value, in.result.type);
    read_condition(guard.where, divisible, args.condition, in);
  }
  if (!in.x.is_scalar) broadcast_into(in.result.shape, in.x.t, "condition");
  if (!in.y.is_scalar) {
    broadcast_into(in.result.shape, in.y.t, in.x.is_scalar ? "condition" : "condition and x");
  }
  store_otherwise(guard, in.result.type, args.otherwise);
  return in;
}

// What a loop reads of its inputs, in its order.
struct inputs_of_loop {
  int count;
  struct {
    const side* from;
    kernels::operand* to;
  } at[kernels::most_inputs];
};

inputs_of_loop inputs_of(const inputs& in, kernels::elementwise_args& args) {
  const kernels::elementwise_form form = kernels::form_of(args);
  inputs_of_loop out = {kernels::input_count(form), {}};
  for (int k = 0; k < out.count; ++k) {
    kernels::operand* const to = &kernels::input_of(args, form, k);
    out.at[k] = {to == &args.x ? &in.x : to == &args.y ? &in.y : &in.upstream, to};
  }
  return out;
}

// A scalar is one of the result's dtype, from which a slope may be computed in a wider one.
void place_side(const placement& on, const side& from, const elementwise_result& result, dtype read,
                kernels::operand& to) {
  if (!from.is_scalar) {
    place(on, from.t, result.shape, read, to);
    return;
  }
  unsigned char value[16] = {};
  convert_element(result.type, from.value, read, value);
  place_value(value, read, to);
}

void lay_out(kernels::elementwise_args& args, const inputs_of_loop& read) {
  strided operands[1 + kernels::most_inputs + 2 * kernels::max_leaves];
  int count = 0;
  const int64_t size = bytes_of(args.type);
  operands[count++] = {args.out.stride_bytes, size, &args.out.reach};
  // Rows of f16 and bf16 are computed in f32.
  int64_t widest = std::max({size, widest_of(args.condition), int64_t{sizeof(float)}});
  for (int k = 0; k < read.count; ++k) {
    kernels::operand* const o = read.at[k].to;
    widest = std::max(widest, bytes_of(o->type));
    if (o->data != nullptr) operands[count++] = {o->stride_bytes, bytes_of(o->type), &o->reach};
  }
  count = gather_operands(args.condition, operands, count);
  collapse(args.s, operands, count, order::free);
  // An output that is not packed along rows must say so.
  if (args.out.reach == kernels::access::splat) args.out.reach = kernels::access::gather;
  allow_blocks(args.s, operands, count, widest);
}

int64_t bytes_of_plan(const inputs& in, const inputs_of_loop& read,
                      const kernels::elementwise_args& args) {
  reading all[kernels::most_inputs + 2 * kernels::max_leaves];
  size_t count = 0;
  for (int k = 0; k < read.count; ++k) {
    if (!read.at[k].from->is_scalar) all[count++] = {&read.at[k].from->t, read.at[k].to};
  }
  count = gather_readings(in.condition, args.condition, all, count);
  return args.s.elements * bytes_of(args.type) + bytes_read(all, count);
}

// Plans the loop of args.of, or of its slope, into a target of the result's shape.
void plan_loop(const placement& on, const inputs& in, const tensor& target,
               elementwise_plan& plan) {
  kernels::elementwise_args& args = plan.args;
  args.type = target.type;
  args.everywhere = in.everywhere;
  const inputs_of_loop read = inputs_of(in, args);
  place_condition(on, in.condition, in.result.shape, args.condition);
  for (int k = 0; k < read.count; ++k) {
    place_side(on, *read.at[k].from, in.result, kernels::read_dtype(args), *read.at[k].to);
  }
  if (target.elements == 0) return;

  for (const condition_tensor& t : in.condition.tensors) {
    require_aligned_or_apart(target, t.values, in.result.shape);
  }
  for (int k = 0; k < read.count; ++k) {
    const side& from = *read.at[k].from;
    if (!from.is_scalar) require_aligned_or_apart(target, from.t, in.result.shape);
  }
  args.out.data = target.data;
  broadcast_strides(target, in.result.shape, args.out.stride_bytes);
  fill_space(in.result.shape, target.elements, args.s);
  lay_out(args, read);
  plan.bytes = bytes_of_plan(in, read, args);
}

void plan_function(const placement& on, const inputs& in, kernels::function of,
                   const bw_tensor* out, elementwise_plan& plan) {
  plan.args.of = of;
  plan.args.slope = false;
  plan_loop(on, in, checked_output(on, out, "out", in.result.type, in.result.shape), plan);
}

void plan_slope(const placement& on, inputs& in, kernels::function of, const tensor& upstream,
                const tensor& out, elementwise_plan& plan) {
  plan.args.of = of;
  plan.args.slope = true;
  std::memset(plan.args.otherwise, 0, sizeof plan.args.otherwise);
  in.upstream.t = upstream;
  plan_loop(on, in, out, plan);
}

kernels::function checked_function(int32_t function) {
  if (function >= BW_EXP && function <= BW_LOG_SIGMOID) {
    return static_cast<kernels::function>(function);
  }
  throw failure(BW_INVALID_ARGUMENT,
                "function: " + std::to_string(function) + " is no bw_function");
}

struct operation_names {
  const char* value;
  const char* slope;
};

// By kernels::function.
constexpr operation_names names[] = {{"exp", "exp_gradient"},
                                     {"log", "log_gradient"},
                                     {"log1p", "log1p_gradient"},
                                     {"sigmoid", "sigmoid_gradient"},
                                     {"softplus", "softplus_gradient"},
                                     {"log_sigmoid", "log_sigmoid_gradient"},
                                     {"safe_divide", "safe_divide_gradient"}};

const operation_names& names_of(kernels::function of) { return names[static_cast<int>(of)]; }

}  // namespace

elementwise_result plan_elementwise_result(const bw_operand& x, const bw_operand* y,
                                           const bw_guard* guard) {
  kernels::elementwise_args args;
  const bw_guard chosen = checked_guard(guard);
  if (y != nullptr) return read_division(x, *y, chosen, args).result;
  return read_function(x.tensor, chosen, args).result;
}

elementwise_plan plan_elementwise(const placement& on, int32_t function, const bw_tensor* x,
                                  const bw_guard* guard, const bw_tensor* out) {
  elementwise_plan plan;
  const kernels::function of = checked_function(function);
  plan.operation = names_of(of).value;
  plan_function(on, read_function(x, checked_guard(guard), plan.args), of, out, plan);
  return plan;
}

elementwise_plan plan_divide(const placement& on, const bw_operand& x, const bw_operand& y,
                             const bw_guard* guard, const bw_tensor* out) {
  elementwise_plan plan;
  plan.operation = names_of(kernels::function::divide).value;
  plan_function(on, read_division(x, y, checked_guard(guard), plan.args), kernels::function::divide,
                out, plan);
  return plan;
}

elementwise_plan plan_function_slope(const placement& on, int32_t function, const bw_tensor* x,
                                     const bw_guard* guard, const tensor& upstream,
                                     const tensor& out) {
  elementwise_plan plan;
  inputs in = read_function(x, checked_guard(guard), plan.args);
  const kernels::function of = checked_function(function);
  plan.operation = names_of(of).slope;
  plan_slope(on, in, of, upstream, out, plan);
  return plan;
}

elementwise_plan plan_quotient_slope(const placement& on, const bw_operand& x, const bw_operand& y,
                                     const bw_guard* guard, quotient_side by,
                                     const tensor& upstream, const tensor& out) {
  elementwise_plan plan;
  inputs in = read_division(x, y, checked_guard(guard), plan.args);
  plan.operation = names_of(kernels::function::divide).slope;
  // 1 / y is the slope of the logarithm at y, too.
  const bool divisor = by == quotient_side::divisor;
  if (!divisor) in.x = in.y;
  plan_slope(on, in, divisor ? kernels::function::divide : kernels::function::log, upstream, out,
             plan);
  return plan;
}

namespace {

// Into `out`, whose dtype and shape are the result's; plan.args.condition is there.
void plan_quotient_of(const placement& on, inputs& in, const tensor& out, elementwise_plan& plan) {
  plan.operation = "quotient";
  in.result = {out.type, out.shape};
  std::memset(plan.args.otherwise, 0, sizeof plan.args.otherwise);
  plan.args.of = kernels::function::divide;
  plan.args.slope = false;
  plan_loop(on, in, out, plan);
}

}  // namespace

elementwise_plan plan_quotient(const placement& on, const tensor& x, const tensor& y,
                               const tensor& out) {
  elementwise_plan plan;
  inputs in;
  in.x.t = x;
  in.y.t = y;
  const c_view divisor(y);
  read_nonzero(divisor.get(), out.type, plan.args.condition, in);
  plan_quotient_of(on, in, out, plan);
  return plan;
}

elementwise_plan plan_quotient(const placement& on, const tensor& x, double y, const tensor& out) {
  elementwise_plan plan;
  inputs in;
  in.x.t = x;
  in.y.is_scalar = true;
  convert_element(dtype::f64, reinterpret_cast<const unsigned char*>(&y), out.type, in.y.value);
  read_condition(nullptr, y != 0, plan.args.condition, in);
  plan_quotient_of(on, in, out, plan);
  return plan;
}

}  // namespace bitwhere::plan
