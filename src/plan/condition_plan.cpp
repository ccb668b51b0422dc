// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "condition_plan.hpp"

#include <cmath>
#include <string>

#include "failure.hpp"
#include "scalar.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

using kernels::comparison;
using kernels::leaf;
using kernels::leaf_kind;

leaf_kind kind_of(dtype type) {
  switch (type) {
    case dtype::u8:
      return leaf_kind::u8;
    case dtype::i8:
      return leaf_kind::i8;
    case dtype::i16:
      return leaf_kind::i16;
    case dtype::i32:
      return leaf_kind::i32;
    case dtype::i64:
      return leaf_kind::i64;
    case dtype::f16:
      return leaf_kind::f16;
    case dtype::bf16:
      return leaf_kind::bf16;
    case dtype::f32:
      return leaf_kind::f32;
    case dtype::f64:
      return leaf_kind::f64;
    default:
      return leaf_kind::truth;
  }
}

leaf constant(bool value) {
  leaf out = {};
  out.kind = leaf_kind::constant;
  out.negate = value;
  return out;
}

leaf integer_leaf(dtype type, comparison order, bool negate, int64_t threshold) {
  leaf out = {};
  out.kind = kind_of(type);
  out.order = order;
  out.negate = negate;
  out.threshold.integer = threshold;
  return out;
}

// A real number as the integers next to it; `exact` where it is one itself.
struct bracket {
  bool exact = false;
  bool above_all = false;  // larger than every int64
  bool below_all = false;
  int64_t floor = 0;
};

bracket bracket_of(const bw_scalar& s) {
  if (s.kind == BW_SCALAR_BOOL) return {.exact = true, .floor = s.value.integer != 0 ? 1 : 0};
  if (s.kind == BW_SCALAR_INT) return {.exact = true, .floor = s.value.integer};
  const double value = s.value.real[0];
  if (value >= 0x1p63) return {.above_all = true};
  if (value < -0x1p63) return {.below_all = true};
  const double down = std::floor(value);
  return {.exact = down == value, .floor = static_cast<int64_t>(down)};
}

// x < s, x > s or x == s over the integers of `type`, by mathematics.
leaf exact_leaf(dtype type, comparison order, bool negate, const bw_scalar& s) {
  const limits range = integer_limits(type);
  const bracket at = bracket_of(s);
  const bool above = at.above_all || (!at.below_all && at.floor > range.high);
  const bool below = at.below_all || (!at.above_all && at.floor < range.low);
  if (above) return constant((order == comparison::less) != negate);
  // -0.5 lies below every u8 although it is no integer; its floor -1 says so.
  if (below) return constant((order == comparison::greater) != negate);
  if (order == comparison::equal && !at.exact) return constant(negate);
  // x < 1.5 is x <= 1, which is not x > 1; x > 1.5 is x > 1.
  if (order == comparison::less && !at.exact) {
    return integer_leaf(type, comparison::greater, !negate, at.floor);
  }
  return integer_leaf(type, order, negate, at.floor);
}

// Integers have a total order, so at most and at least are negations. NaN equals nothing and
// bounds nothing.
leaf plan_integer(dtype type, int32_t operation, const bw_scalar& s) {
  if (s.kind == BW_SCALAR_FLOAT && std::isnan(s.value.real[0])) return constant(operation == BW_NE);
  switch (operation) {
    case BW_LT:
      return exact_leaf(type, comparison::less, false, s);
    case BW_LE:
      return exact_leaf(type, comparison::greater, true, s);
    case BW_GT:
      return exact_leaf(type, comparison::greater, false, s);
    case BW_GE:
      return exact_leaf(type, comparison::less, true, s);
    default:
      return exact_leaf(type, comparison::equal, operation == BW_NE, s);
  }
}

bool holds(int32_t operation, double a, double b) {
  switch (operation) {
    case BW_LT:
      return a < b;
    case BW_LE:
      return a <= b;
    case BW_GT:
      return a > b;
    case BW_GE:
      return a >= b;
    case BW_EQ:
      return a == b;
    default:
      return a != b;
  }
}

// A bool has two values: what the comparison says of them is a constant, the bool, or its
// negation.
leaf plan_boolean(int32_t operation, const bw_scalar& s) {
  const bool at_false = holds(operation, 0, as_double(s));
  const bool at_true = holds(operation, 1, as_double(s));
  if (at_false == at_true) return constant(at_true);
  leaf out = {};
  out.kind = leaf_kind::truth;
  out.negate = at_false;
  return out;
}

comparison order_of(int32_t operation) {
  switch (operation) {
    case BW_LT:
      return comparison::less;
    case BW_LE:
      return comparison::less_equal;
    case BW_GT:
      return comparison::greater;
    case BW_GE:
      return comparison::greater_equal;
    default:
      return comparison::equal;
  }
}

leaf plan_float(dtype type, int32_t operation, const bw_scalar& s) {
  leaf out = {};
  out.kind = kind_of(type);
  out.order = order_of(operation);
  out.negate = operation == BW_NE;
  const double value = value_for(s, type);
  if (type == dtype::f64) {
    out.threshold.f64 = value;
  } else if (type == dtype::f32) {
    out.threshold.f32 = static_cast<float>(value);
  } else if (type == dtype::f16) {
    out.threshold.f32 = widen_f16(round_to_f16(value));
  } else {
    out.threshold.f32 = widen_bf16(round_to_bf16(value));
  }
  return out;
}

[[noreturn]] void refuse(bw_status status, const std::string& text) {
  throw failure(status, "condition: " + text);
}

leaf plan_comparison(dtype type, const bw_condition& from) {
  check_scalar(from.scalar, "condition");
  if (is_complex(type)) {
    refuse(BW_INVALID_DTYPE, std::string(name_of(type)) + " has no order and no comparison here");
  }
  if (from.scalar.kind == BW_SCALAR_COMPLEX) {
    refuse(BW_INVALID_DTYPE,
           "a complex scalar cannot be compared with " + std::string(name_of(type)));
  }
  if (type == dtype::boolean) return plan_boolean(from.comparison, from.scalar);
  return is_integer(type) ? plan_integer(type, from.comparison, from.scalar)
                          : plan_float(type, from.comparison, from.scalar);
}

}  // namespace

condition plan_condition(const bw_condition* from) {
  check_struct(from, "condition");
  if (from->comparison < BW_TRUTH || from->comparison > BW_NE) {
    refuse(BW_INVALID_ARGUMENT, "comparison " + std::to_string(from->comparison) + " is unknown");
  }
  condition out;
  out.values = checked(from->tensor, "condition");
  if (from->comparison != BW_TRUTH) {
    out.leaf = plan_comparison(out.values.type, *from);
    return out;
  }
  if (out.values.type != dtype::boolean) {
    refuse(BW_INVALID_DTYPE, std::string("must be bool, is ") + name_of(out.values.type) +
                                 "; compare it instead, as in x != 0");
  }
  out.leaf.kind = leaf_kind::truth;
  return out;
}

}  // namespace bitwhere::plan
