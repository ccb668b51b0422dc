// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/scalar.hpp>
#include <bitwhere/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace bitwhere {

/// A tensor or a scalar: a side of `where`, the right side of a comparison.
class operand {
 public:
  operand(const tensor_view& view) : view_(view) {}
  operand(const tensor& owner) : view_(static_cast<const tensor_view&>(owner)) {}
  template <class T>
  requires std::is_convertible_v<T, scalar> operand(T value) : scalar_(value) {}

  /// None of a scalar.
  [[nodiscard]] const std::optional<tensor_view>& view() const { return view_; }
  [[nodiscard]] bw_tensor tensor_c() const { return view_ ? view_->c() : bw_tensor{}; }
  /// The C struct over `c`, which must be tensor_c() and outlive it.
  [[nodiscard]] bw_operand c(const bw_tensor& c) const {
    return {view_ ? &c : nullptr, scalar_.c()};
  }

 private:
  std::optional<tensor_view> view_;
  scalar scalar_ = false;
};

/// What `where` selects by: a bool tensor, a predicate of tensors, or up to 8 of them joined by
/// &&, || and !. It borrows the tensors' data and is evaluated where it is used; no mask is made.
///   Example:  x > 0 && isfinite(x)
class condition {
 public:
  condition(const tensor_view& mask) : condition(BW_TRUTH, mask) {}
  condition(const tensor& mask) : condition(static_cast<const tensor_view&>(mask)) {}
  /// A predicate of one tensor: BW_TRUTH, BW_ISNAN, BW_ISINF, BW_ISFINITE, BW_NONZERO.
  condition(bw_predicate predicate, const tensor_view& values)
      : condition(predicate, values, false) {}
  /// A comparison.
  condition(bw_predicate comparison, const tensor_view& left, const operand& right) {
    nodes_.push_back({comparison, left, right, 0, 0});
  }

  friend condition operator&&(condition a, const condition& b) {
    return std::move(a).joined(BW_AND, b);
  }
  friend condition operator||(condition a, const condition& b) {
    return std::move(a).joined(BW_OR, b);
  }
  friend condition operator!(condition a) {
    const std::size_t root = a.nodes_.size() - 1;
    if (a.nodes_[root].predicate == BW_NOT) {
      a.nodes_.pop_back();  // what is negated stands right before
    } else {
      a.nodes_.push_back({BW_NOT, std::nullopt, false, root, 0});
    }
    return a;
  }

  /// The C structs of a condition, which must outlive them.
  class c_tree {
   public:
    explicit c_tree(const condition& from);
    c_tree(const c_tree&) = delete;
    c_tree& operator=(const c_tree&) = delete;
    [[nodiscard]] const bw_condition* get() const { return root_; }

   private:
    // Two tensors a leaf; leaves, what joins them, and a negation of each.
    static constexpr std::size_t most_leaves = BW_MAX_LEAVES;
    static constexpr std::size_t most_tensors = 2 * most_leaves;
    static constexpr std::size_t most_nodes = 2 * (2 * most_leaves - 1);
    bw_tensor tensors_[most_tensors];
    bw_condition nodes_[most_nodes];
    const bw_condition* root_;
  };

 private:
  // Operands come before what joins them; the last node is the root.
  struct node {
    bw_predicate predicate;
    std::optional<tensor_view> values;  // of leaves
    operand with;
    std::size_t left;
    std::size_t right;
  };

  condition joined(bw_predicate how, const condition& other) && {
    const std::size_t left = nodes_.size() - 1;
    const std::size_t offset = nodes_.size();
    for (node n : other.nodes_) {
      n.left += offset;
      n.right += offset;
      nodes_.push_back(n);
    }
    nodes_.push_back({how, std::nullopt, false, left, nodes_.size() - 1});
    return std::move(*this);
  }

  std::vector<node> nodes_;
};

inline condition::c_tree::c_tree(const condition& from) {
  std::size_t tensors = 0;
  std::size_t nodes = 0;
  for (const node& n : from.nodes_) {
    bw_condition& c =
        nodes_[nodes++] = {sizeof(bw_condition), n.predicate, 0, nullptr, {}, nullptr, nullptr};
    if (n.values) {
      if (tensors == most_tensors) {
        throw error(errc::invalid_argument, "condition: has more than 8 leaves");
      }
      tensors_[tensors] = n.values->c();
      c.tensor = &tensors_[tensors++];
      tensors_[tensors] = n.with.tensor_c();
      c.with = n.with.c(tensors_[tensors++]);
    } else {
      c.left = &nodes_[n.left];
      if (n.predicate != BW_NOT) c.right = &nodes_[n.right];
    }
  }
  root_ = &nodes_[nodes - 1];
}

inline condition operator<(const tensor_view& x, const scalar& s) { return {BW_LT, x, s}; }
inline condition operator<=(const tensor_view& x, const scalar& s) { return {BW_LE, x, s}; }
inline condition operator>(const tensor_view& x, const scalar& s) { return {BW_GT, x, s}; }
inline condition operator>=(const tensor_view& x, const scalar& s) { return {BW_GE, x, s}; }
inline condition operator==(const tensor_view& x, const scalar& s) { return {BW_EQ, x, s}; }
inline condition operator!=(const tensor_view& x, const scalar& s) { return {BW_NE, x, s}; }

inline condition operator<(const scalar& s, const tensor_view& x) { return x > s; }
inline condition operator<=(const scalar& s, const tensor_view& x) { return x >= s; }
inline condition operator>(const scalar& s, const tensor_view& x) { return x < s; }
inline condition operator>=(const scalar& s, const tensor_view& x) { return x <= s; }
inline condition operator==(const scalar& s, const tensor_view& x) { return x == s; }
inline condition operator!=(const scalar& s, const tensor_view& x) { return x != s; }

// Two tensors compare in the dtype that they promote to.
inline condition operator<(const tensor_view& x, const tensor_view& y) { return {BW_LT, x, y}; }
inline condition operator<=(const tensor_view& x, const tensor_view& y) { return {BW_LE, x, y}; }
inline condition operator>(const tensor_view& x, const tensor_view& y) { return {BW_GT, x, y}; }
inline condition operator>=(const tensor_view& x, const tensor_view& y) { return {BW_GE, x, y}; }
inline condition operator==(const tensor_view& x, const tensor_view& y) { return {BW_EQ, x, y}; }
inline condition operator!=(const tensor_view& x, const tensor_view& y) { return {BW_NE, x, y}; }

// Masks are conditions as they are.
inline condition operator&&(const tensor_view& x, const tensor_view& y) {
  return condition(x) && condition(y);
}
inline condition operator||(const tensor_view& x, const tensor_view& y) {
  return condition(x) || condition(y);
}
inline condition operator!(const tensor_view& x) { return !condition(x); }

inline condition isnan(const tensor_view& x) { return {BW_ISNAN, x}; }
inline condition isinf(const tensor_view& x) { return {BW_ISINF, x}; }
inline condition isfinite(const tensor_view& x) { return {BW_ISFINITE, x}; }
/// x != 0, also of complex numbers.
inline condition nonzero(const tensor_view& x) { return {BW_NONZERO, x}; }

}  // namespace bitwhere
