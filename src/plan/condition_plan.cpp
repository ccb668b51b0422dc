// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "condition_plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "../../kernels/clean/clean_formula.hpp"
#include "broadcast.hpp"
#include "failure.hpp"
#include "place.hpp"
#include "promotion.hpp"
#include "scalar.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

using kernels::comparison;
using kernels::condition_program;
using kernels::leaf;
using kernels::leaf_kind;
using kernels::max_leaves;

[[noreturn]] void refuse(bw_status status, const std::string& text) {
  throw failure(status, "condition: " + text);
}

// --- One leaf: a tensor compared with a number, or with another tensor. ---

leaf_kind kind_of(dtype type) {
  switch (type) {
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
      return leaf_kind::u8;
  }
}

leaf constant(bool value) {
  leaf out = {};
  out.kind = leaf_kind::constant;
  out.negate = value;
  return out;
}

leaf compared(dtype type, comparison order, bool negate) {
  leaf out = {};
  out.kind = kind_of(type);
  out.order = order;
  out.negate = negate;
  out.type = type;
  return out;
}

leaf integer_leaf(dtype type, comparison order, bool negate, int64_t threshold) {
  leaf out = compared(type, order, negate);
  unsigned char bytes[16] = {};
  std::memcpy(bytes, &threshold, sizeof(threshold));  // little-endian: the low bytes come first
  place_value(bytes, type, out.right);
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
  return integer_leaf(dtype::boolean, comparison::equal, !at_false, 0);
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
  leaf out = compared(type, order_of(operation), operation == BW_NE);
  const double value = value_for(s, type);
  unsigned char bytes[16] = {};
  convert_element(dtype::f64, reinterpret_cast<const unsigned char*>(&value), type, bytes);
  place_value(bytes, type, out.right);
  return out;
}

void require_order(dtype type) {
  if (!is_complex(type)) return;
  refuse(BW_INVALID_DTYPE, std::string(name_of(type)) + " has no order and no comparison here");
}

leaf plan_with_scalar(dtype type, int32_t operation, const bw_scalar& s) {
  check_scalar(s, "condition");
  require_order(type);
  if (s.kind == BW_SCALAR_COMPLEX) {
    refuse(BW_INVALID_DTYPE,
           "a complex scalar cannot be compared with " + std::string(name_of(type)));
  }
  if (type == dtype::boolean) return plan_boolean(operation, s);
  return is_integer(type) ? plan_integer(type, operation, s) : plan_float(type, operation, s);
}

leaf plan_with_tensor(const tensor& left, const tensor& right, int32_t operation) {
  const typed both[] = {typed_of(left), typed_of(right)};
  dtype type = result_type(both, 2);
  require_order(type);
  if (type == dtype::boolean) type = dtype::u8;  // 0 and 1
  const bool floating = is_floating(type);
  if (operation == BW_LE && !floating) return compared(type, comparison::greater, true);
  if (operation == BW_GE && !floating) return compared(type, comparison::less, true);
  return compared(type, order_of(operation), operation == BW_NE);
}

leaf plan_truth(dtype type) {
  if (type == dtype::boolean) return integer_leaf(type, comparison::equal, true, 0);
  refuse(BW_INVALID_DTYPE,
         std::string("must be bool, is ") + name_of(type) + "; compare it instead, as in x != 0");
}

// Floats tell by their bits without the sign, so that denormals count whatever the CPU is set to.
leaf plan_magnitude(dtype type, comparison order, bool negate, int64_t threshold) {
  leaf out = integer_leaf(type, order, negate, threshold);
  out.pairs = is_complex(type);
  switch (bytes_of(type) / (out.pairs ? 2 : 1)) {
    case 2:
      out.kind = leaf_kind::magnitude16;
      break;
    case 4:
      out.kind = leaf_kind::magnitude32;
      break;
    default:
      out.kind = leaf_kind::magnitude64;
  }
  return out;
}

leaf plan_test(dtype type, int32_t predicate) {
  const bool whole = type == dtype::boolean || is_integer(type);
  const int64_t infinity = kernels::infinity_bits(type);
  switch (predicate) {
    case BW_ISNAN:
      return whole ? constant(false) : plan_magnitude(type, comparison::greater, false, infinity);
    case BW_ISINF:
      return whole ? constant(false) : plan_magnitude(type, comparison::equal, false, infinity);
    case BW_ISFINITE:
      return whole ? constant(true) : plan_magnitude(type, comparison::greater, true, infinity - 1);
    default:
      return whole ? integer_leaf(type, comparison::equal, true, 0)
                   : plan_magnitude(type, comparison::greater, false, 0);
  }
}

// --- The tree. ---

bool compares(int32_t predicate) { return predicate >= BW_LT && predicate <= BW_NE; }

// Names of the tensors of a tree, for messages: most conditions have one leaf.
constexpr const char* left_names[max_leaves] = {"condition",
                                                "condition's 2nd leaf",
                                                "condition's 3rd leaf",
                                                "condition's 4th leaf",
                                                "condition's 5th leaf",
                                                "condition's 6th leaf",
                                                "condition's 7th leaf",
                                                "condition's 8th leaf"};
constexpr const char* right_names[max_leaves] = {
    "condition's right side",     "condition's 2nd right side", "condition's 3rd right side",
    "condition's 4th right side", "condition's 5th right side", "condition's 6th right side",
    "condition's 7th right side", "condition's 8th right side"};

// Deeper trees are taken for a pointer that leads back into its own tree.
constexpr int deepest_tree = 64;

class planner {
 public:
  explicit planner(condition_program& program) : program_(program) {
    program_.leaf_count = 0;
    program_.step_count = 0;
  }

  condition plan(const bw_condition* from) {
    const int root = walk(from, false, 0);
    emit(root);
    return std::move(out_);
  }

 private:
  // A node of the tree without negations.
  struct node {
    int8_t step;  // a leaf's number, step_and or step_or
    int left;
    int right;
    int depth;  // bits held at a time at most, in words of a tile
  };

  int walk(const bw_condition* from, bool negate, int level) {
    check_struct(from, "condition");
    check_reserved(from->reserved, "condition");
    if (level > deepest_tree) {
      refuse(BW_INVALID_ARGUMENT, "is nested deeper than " + std::to_string(deepest_tree));
    }
    switch (from->predicate) {
      case BW_NOT:
        return walk(from->left, !negate, level + 1);
      case BW_AND:
      case BW_OR:
        break;
      default:
        return add_leaf(*from, negate);
    }
    const int left = walk(from->left, negate, level + 1);
    const int right = walk(from->right, negate, level + 1);
    // not (a and b) is (not a) or (not b)
    const bool both = (from->predicate == BW_AND) != negate;
    return add_pair(both ? kernels::step_and : kernels::step_or, left, right);
  }

  int add(const node& n) {
    nodes_[node_count_] = n;
    return node_count_++;
  }

  int add_pair(int8_t step, int left, int right) {
    const int l = nodes_[left].depth;
    const int r = nodes_[right].depth;
    // The deeper side first: then its one result waits for the other, and not the other way round.
    if (l < r) std::swap(left, right);
    return add({step, left, right, l == r ? l + 1 : std::max(l, r)});
  }

  int add_leaf(const bw_condition& from, bool negate) {
    const int number = program_.leaf_count;
    if (number == max_leaves) {
      refuse(BW_INVALID_ARGUMENT, "has more than " + std::to_string(max_leaves) + " leaves");
    }
    const tensor values = checked(from.tensor, left_names[number]);
    take_shape(values);
    leaf& to = program_.leaves[number];
    const bool pairwise = compares(from.predicate) && from.with.tensor != nullptr;
    out_.tensors.push_back({values, number, false, true});
    if (pairwise) {
      const tensor other = checked(from.with.tensor, right_names[number]);
      take_shape(other);
      to = plan_with_tensor(values, other, from.predicate);
      out_.tensors.push_back({other, number, true, true});
    } else {
      to = plan_leaf(values.type, from);
      out_.tensors.back().read = to.kind != leaf_kind::constant;
    }
    if (negate) to.negate = !to.negate;
    ++program_.leaf_count;
    return add({static_cast<int8_t>(number), 0, 0, 1});
  }

  static leaf plan_leaf(dtype type, const bw_condition& from) {
    if (from.predicate == BW_TRUTH) return plan_truth(type);
    if (compares(from.predicate)) {
      return plan_with_scalar(type, from.predicate, from.with.scalar);
    }
    if (from.predicate >= BW_ISNAN && from.predicate <= BW_NONZERO) {
      return plan_test(type, from.predicate);
    }
    refuse(BW_INVALID_ARGUMENT, "predicate " + std::to_string(from.predicate) + " is unknown");
  }

  void take_shape(const tensor& t) {
    if (out_.tensors.empty()) {
      out_.shape = t.shape;
    } else {
      broadcast_into(out_.shape, t, "the rest of the condition");
    }
  }

  void emit(int which) {
    const node& n = nodes_[which];
    if (n.step < 0) {
      emit(n.left);
      emit(n.right);
    }
    program_.steps[program_.step_count++] = n.step;
  }

  condition_program& program_;
  condition out_;
  node nodes_[2 * max_leaves];
  int node_count_ = 0;
};

}  // namespace

condition plan_condition(const bw_condition* from, condition_program& program) {
  return planner(program).plan(from);
}

condition plan_optional_condition(const bw_condition* from, condition_program& program) {
  if (from != nullptr) return plan_condition(from, program);
  plan_constant(true, program);
  return {};
}

void plan_constant(bool value, condition_program& program) {
  program.leaves[0] = constant(value);
  program.leaf_count = 1;
  program.steps[0] = 0;
  program.step_count = 1;
}

void place_condition(const placement& on, const condition& from, const shape& common,
                     condition_program& program) {
  for (const condition_tensor& t : from.tensors) {
    leaf& of = program.leaves[t.leaf];
    kernels::operand unread = {};
    place(on, t.values, common, t.read ? of.type : t.values.type,
          !t.read   ? unread
          : t.right ? of.right
                    : of.left);
  }
}

size_t gather_readings(const condition& from, const condition_program& program, reading* all,
                       size_t count) {
  for (const condition_tensor& t : from.tensors) {
    const leaf& of = program.leaves[t.leaf];
    if (t.read) all[count++] = {&t.values, t.right ? &of.right : &of.left};
  }
  return count;
}

int gather_operands(condition_program& program, strided* operands, int count) {
  for (int k = 0; k < program.leaf_count; ++k) {
    for (kernels::operand* side : {&program.leaves[k].left, &program.leaves[k].right}) {
      if (side->data == nullptr) continue;
      operands[count++] = {side->stride_bytes, bytes_of(side->type), &side->reach};
    }
  }
  return count;
}

int64_t widest_of(const condition_program& program) {
  int64_t widest = 1;
  for (int k = 0; k < program.leaf_count; ++k) {
    const leaf& l = program.leaves[k];
    widest = std::max({widest, bytes_of(l.type), bytes_of(l.left.type), bytes_of(l.right.type)});
  }
  return widest;
}

}  // namespace bitwhere::plan
