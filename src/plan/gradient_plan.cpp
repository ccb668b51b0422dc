// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "gradient_plan.hpp"

#include <optional>
#include <string>

#include "../../kernels/elementwise/elementwise_formula.hpp"
#include "../../kernels/reduce/reduce_formula.hpp"
#include "broadcast.hpp"
#include "failure.hpp"
#include "output.hpp"
#include "overlap.hpp"

namespace bitwhere::plan {
namespace {

[[noreturn]] void refuse(bw_status status, const std::string& text) { throw failure(status, text); }

// --- What is read and written. ---

tensor checked_upstream(const bw_tensor* from) {
  tensor t = checked(from, "upstream");
  require_floating(t);
  return t;
}

// Where a gradient goes: a float, of the shape of the operand that it is of.
tensor checked_gradient(const placement& on, const bw_tensor* to, const char* name) {
  const tensor t = checked(to, name);
  require_floating(t);
  return checked_output(on, to, name, t.type, t.shape);
}

// The tensors of a condition that may be left out, for the rules of overlap.
condition condition_of(const bw_condition* from) {
  kernels::condition_program unused;
  return plan_optional_condition(from, unused);
}

// Whether writing `out` changes `in`, element by element. Throws BW_OVERLAP where it would in part.
bool shares(const tensor& out, const tensor& in, const shape& common) {
  if (out.elements == 0 || in.elements == 0) return false;
  require_aligned_or_apart(out, in, common);
  return out.data == in.data;
}

// The gradients of two operands are found one after the other: one of them may take the place of
// something that is read, and then comes last.
struct pair_of_gradients {
  tensor x;
  tensor y;
  bool wants_x = false;
  bool wants_y = false;

  bool x_last(const std::vector<tensor>& read, const shape& common) const {
    bool x_shares = false;
    bool y_shares = false;
    for (const tensor& t : read) {
      x_shares = (wants_x && shares(x, t, common)) || x_shares;
      y_shares = (wants_y && shares(y, t, common)) || y_shares;
    }
    if (wants_x && wants_y) {
      require_apart(x, y);
      if (x_shares && y_shares) {
        refuse(BW_OVERLAP, "gradient_y: only one gradient may take the place of what is read");
      }
    }
    return x_shares;
  }
};

pair_of_gradients checked_pair(const placement& on, const bw_tensor* x, const bw_tensor* y) {
  if (x == nullptr && y == nullptr) {
    refuse(BW_INVALID_ARGUMENT, "gradient_x, gradient_y: both are NULL");
  }
  pair_of_gradients out;
  if (x != nullptr) out.x = checked_gradient(on, x, "gradient_x");
  if (y != nullptr) out.y = checked_gradient(on, y, "gradient_y");
  out.wants_x = x != nullptr;
  out.wants_y = y != nullptr;
  return out;
}

void add_tensors(const condition& from, std::vector<tensor>& to) {
  for (const condition_tensor& t : from.tensors) to.push_back(t.values);
}

// --- From the index space of an operation to an operand. ---

// `t` in an index space that its shape broadcasts to.
tensor viewed_in(const tensor& t, const shape& common) {
  tensor out = t;
  out.shape = common;
  out.elements = elements_of(common, t.name);
  broadcast_strides(t, common, out.stride_bytes);
  return out;
}

// Which dimensions an operand was broadcast along, and the operand without them.
struct narrowing {
  reduction along;
  tensor rest;  // of the operand
};

narrowing narrowed(const tensor& operand, const shape& from) {
  narrowing out;
  out.rest = operand;
  out.rest.shape = {};
  const int missing = from.rank - operand.shape.rank;
  for (int d = 0; d < from.rank; ++d) {
    const int64_t extent = d < missing ? 1 : operand.shape.extent[d - missing];
    out.along.reduced[d] = d < missing || extent != from.extent[d];
    if (out.along.reduced[d]) continue;
    out.rest.stride_bytes[out.rest.shape.rank] = operand.stride_bytes[d - missing];
    out.rest.shape.extent[out.rest.shape.rank++] = extent;
  }
  return out;
}

// What `terms`, broadcast to `common`, give an operand: each of them where the condition holds, or
// their exact sums where the operand was broadcast.
gradient_step gathered(const placement& on, const bw_condition* condition, const tensor& terms,
                       const shape& common, const tensor& to) {
  if (to.elements == elements_of(common, "the result")) {
    return plan_selection(on, condition, terms, viewed_in(to, common));
  }
  const narrowing by = narrowed(to, common);
  return plan_addition(on, condition, terms, common, by.along, by.rest);
}

dtype computed(dtype type) { return kernels::computed_dtype(type); }

// Terms of an operation that are added up, or converted, afterwards.
tensor packed_terms(const placement& on, const shape& of, dtype type, const room_source& room) {
  tensor t;
  t.name = "terms";
  t.type = type;
  t.shape = of;
  t.elements = elements_of(of, "the result");
  int64_t bytes = 0;
  if (__builtin_mul_overflow(t.elements, bytes_of(type), &bytes)) {
    refuse(BW_OUT_OF_MEMORY, "the terms of a gradient would take more than 2^63 bytes");
  }
  return packed_like(t, bytes == 0 ? nullptr : room(bytes), on.memory);
}

// What a step leaves behind, as the next one reads it. A tensor of rank 0 in host memory would be
// read now, before the step.
tensor left_behind(const tensor& t) {
  tensor out = t;
  if (t.shape.rank == 0) out.shape = {.rank = 1, .extent = {1}};
  return out;
}

// --- Means. ---

// What broadcasts to the results of a reduction, among the elements that were reduced: its
// dimensions in their places. One of rank 0, which may lie in host memory, stays as it is.
tensor spread(const tensor& t, const reduction& over, const shape& common) {
  if (t.shape.rank == 0) return t;
  const tensor kept = viewed_in(t, reduced_shape(over, common));
  tensor out = t;
  out.shape = common;
  int from = 0;
  for (int d = 0; d < common.rank; ++d) {
    const bool gone = over.reduced[d];
    if (gone) out.shape.extent[d] = 1;
    out.stride_bytes[d] = gone ? 0 : kept.stride_bytes[from];
    if (!gone || over.keepdim) ++from;
  }
  out.elements = elements_of(out.shape, t.name);
  return out;
}

// What each mean is divided by, counted on the device.
tensor counted(const placement& on, const bw_tensor* like, const bw_reduce_options* options,
               const shape& kept, const room_source& room, gradient_plan& plan) {
  const tensor divisors = packed_terms(on, kept, dtype::f64, room);
  const c_view out(divisors);
  plan.steps.emplace_back(plan_reduce(on, BW_DIVISOR, like, options, out.get(), nullptr));
  return left_behind(divisors);
}

}  // namespace

gradient_plan plan_where_gradient(const placement& on, const bw_condition* condition,
                                  const bw_tensor* upstream, const bw_tensor* gradient_x,
                                  const bw_tensor* gradient_y) {
  kernels::condition_program unused;
  const struct condition chosen_by = plan_condition(condition, unused);
  const tensor terms = checked_upstream(upstream);
  const pair_of_gradients to = checked_pair(on, gradient_x, gradient_y);
  shape common = chosen_by.shape;
  if (to.wants_x) broadcast_into(common, to.x, "condition");
  if (to.wants_y) broadcast_into(common, to.y, "condition and x");
  broadcast_into(common, terms, "condition and the gradients");
  // A side that is not asked for may have been larger than all that is known here.
  if (!(terms.shape == common)) {
    refuse(BW_INVALID_SHAPE, "upstream: has shape " + describe(terms.shape) +
                                 ", the result of where has at least " + describe(common));
  }

  const bw_condition otherwise = {sizeof(bw_condition), BW_NOT,    0,      nullptr,
                                  {nullptr, {}},        condition, nullptr};
  std::vector<tensor> read = {terms};
  add_tensors(chosen_by, read);
  const bool x_last = to.x_last(read, common);
  gradient_plan plan;
  plan.operation = "where_gradient";
  if (to.wants_x && !x_last) plan.steps.push_back(gathered(on, condition, terms, common, to.x));
  if (to.wants_y) plan.steps.push_back(gathered(on, &otherwise, terms, common, to.y));
  if (x_last) plan.steps.push_back(gathered(on, condition, terms, common, to.x));
  return plan;
}

gradient_plan plan_reduce_gradient(const placement& on, int32_t reducer, const bw_tensor* upstream,
                                   const bw_reduce_options* options, const bw_tensor* divisor,
                                   const bw_tensor* gradient, const room_source& room) {
  if (reducer != BW_SUM && reducer != BW_MEAN) {
    refuse(BW_INVALID_ARGUMENT, "reducer " + std::to_string(reducer) + " has no gradient here");
  }
  const bool mean = reducer == BW_MEAN;
  if (!mean && divisor != nullptr) refuse(BW_INVALID_ARGUMENT, "divisor: is for means");
  const tensor to = checked_gradient(on, gradient, "gradient");
  // The gradient has the shape of what was reduced.
  const shape kept = plan_reduce_result(reducer, gradient, options).shape;
  const bw_condition* const where = options == nullptr ? nullptr : options->where;
  const struct condition chosen_by = condition_of(where);
  shape common = chosen_by.shape;
  broadcast_into(common, to, "condition");
  const reduction over = checked_reduction(options == nullptr ? nullptr : options->over, common);

  tensor terms = checked_upstream(upstream);
  require_broadcast_to(terms, kept, "the result");
  shares(to, spread(terms, over, common), common);
  for (const condition_tensor& t : chosen_by.tensors) shares(to, t.values, common);
  std::optional<tensor> given;
  if (divisor != nullptr) {
    if (options != nullptr && options->denominator_eps != 0) {
      refuse(BW_INVALID_ARGUMENT, "options: denominator_eps is part of the divisor that is given");
    }
    given = checked(divisor, "divisor");
    require_floating(*given);
    require_broadcast_to(*given, kept, "the result");
    shares(to, spread(*given, over, common), common);
  }

  gradient_plan plan;
  plan.operation = mean ? "mean_gradient" : "sum_gradient";
  if (mean) {
    const int64_t outputs = elements_of(kept, "the result");
    const int64_t each = outputs == 0 ? 0 : elements_of(common, "x and condition") / outputs;
    const tensor quotients = packed_terms(on, kept, computed(to.type), room);
    if (given) {
      plan.steps.emplace_back(plan_quotient(on, terms, *given, quotients));
    } else if (where != nullptr) {
      const tensor divisors = counted(on, gradient, options, kept, room, plan);
      plan.steps.emplace_back(plan_quotient(on, terms, divisors, quotients));
    } else {
      const double eps = options == nullptr ? 0 : options->denominator_eps;
      plan.steps.emplace_back(plan_quotient(on, terms, kernels::divisor_of(eps, each), quotients));
    }
    terms = left_behind(spread(quotients, over, common));
  } else {
    terms = spread(terms, over, common);
  }
  plan.steps.push_back(gathered(on, where, terms, common, to));
  return plan;
}

gradient_plan plan_elementwise_gradient(const placement& on, int32_t function, const bw_tensor* x,
                                        const bw_guard* guard, const bw_tensor* upstream,
                                        const bw_tensor* gradient, const room_source& room) {
  const elementwise_result result = plan_elementwise_result({x, {}}, nullptr, guard);
  const tensor of = checked(x, "x");
  const tensor terms = checked_upstream(upstream);
  require_broadcast_to(terms, result.shape, "the result");
  const tensor to = checked_output(on, gradient, "gradient", of.type, of.shape);
  gradient_plan plan;
  plan.operation = "elementwise_gradient";
  shares(to, of, result.shape);
  shares(to, terms, result.shape);
  const struct condition admitted_by = condition_of(guard == nullptr ? nullptr : guard->where);
  for (const condition_tensor& t : admitted_by.tensors) shares(to, t.values, result.shape);
  const bool broadcast = to.elements != elements_of(result.shape, "the result");
  const tensor slopes = broadcast ? packed_terms(on, result.shape, computed(to.type), room)
                                  : viewed_in(to, result.shape);
  plan.steps.emplace_back(plan_function_slope(on, function, x, guard, terms, slopes));
  if (broadcast) plan.steps.push_back(gathered(on, nullptr, left_behind(slopes), result.shape, to));
  return plan;
}

gradient_plan plan_divide_gradient(const placement& on, const bw_operand& x, const bw_operand& y,
                                   const bw_guard* guard, const bw_tensor* upstream,
                                   const bw_tensor* gradient_x, const bw_tensor* gradient_y,
                                   const room_source& room) {
  const elementwise_result result = plan_elementwise_result(x, &y, guard);
  const tensor terms = checked_upstream(upstream);
  require_broadcast_to(terms, result.shape, "the result");
  const pair_of_gradients to = checked_pair(on, gradient_x, gradient_y);
  std::vector<tensor> read = {terms};
  const auto check = [&](bool wanted, const bw_operand& of, const bw_tensor* gradient,
                         const char* name, const char* name_of_gradient) {
    if (of.tensor != nullptr) read.push_back(checked(of.tensor, name));
    if (!wanted) return;
    if (of.tensor == nullptr) {
      refuse(BW_INVALID_ARGUMENT, std::string(name_of_gradient) + ": " + name + " is a scalar");
    }
    const tensor& operand = read.back();
    require_floating(operand);
    checked_output(on, gradient, name_of_gradient, operand.type, operand.shape);
  };
  check(to.wants_x, x, gradient_x, "x", "gradient_x");
  check(to.wants_y, y, gradient_y, "y", "gradient_y");
  if (guard != nullptr) add_tensors(condition_of(guard->where), read);
  const bool x_last = to.x_last(read, result.shape);

  gradient_plan plan;
  plan.operation = "safe_divide_gradient";
  const auto add = [&](const tensor& of, quotient_side by) {
    const dtype type = computed(result.type);
    const bool direct =
        of.elements == elements_of(result.shape, "the result") && computed(of.type) == type;
    const tensor slopes =
        direct ? viewed_in(of, result.shape) : packed_terms(on, result.shape, type, room);
    plan.steps.emplace_back(plan_quotient_slope(on, x, y, guard, by, terms, slopes));
    if (!direct) plan.steps.push_back(gathered(on, nullptr, left_behind(slopes), result.shape, of));
  };
  if (to.wants_x && !x_last) add(to.x, quotient_side::dividend);
  if (to.wants_y) add(to.y, quotient_side::divisor);
  if (x_last) add(to.x, quotient_side::dividend);
  return plan;
}

}  // namespace bitwhere::plan
