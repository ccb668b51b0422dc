// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/condition.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace bitwhere {

/// Where a function is computed, and what stands elsewhere. The condition selects before anything
/// is computed: it replaces the "double where", where(c, log(where(c, x, 1)), 0), whose inner one
/// keeps NaN and infinities out of the result and out of gradients that are multiplied by zero.
///   Example:  log(cpu, x, {x > 0, -9})
struct guard {
  std::optional<condition> where = std::nullopt;  ///< none: the operation's default
  scalar otherwise = 0;
};

namespace detail {

// The C structs of a guard, which must outlive them.
class c_guard {
 public:
  explicit c_guard(const guard& from) : otherwise_(from.otherwise.c()) {
    if (from.where) tree_.emplace(*from.where);
    c_ = {sizeof(bw_guard), tree_ ? tree_->get() : nullptr, &otherwise_};
  }
  c_guard(const c_guard&) = delete;
  c_guard& operator=(const c_guard&) = delete;
  [[nodiscard]] const bw_guard* get() const { return &c_; }

 private:
  std::optional<condition::c_tree> tree_;
  bw_scalar otherwise_;
  bw_guard c_;
};

// What an operation gives; y is null for a function of one number.
inline tensor elementwise_result(const context& on, const bw_operand& x, const bw_operand* y,
                                 const bw_guard* under) {
  bw_dtype type = {};
  std::int32_t ndim = 0;
  std::int64_t shape[BW_MAX_RANK] = {};
  check(bw_elementwise_result(x, y, under, &type, &ndim, shape), nullptr);
  return {on, {shape, static_cast<std::size_t>(ndim)}, type};
}

inline void elementwise(const context& on, bw_function function, const tensor_view& x,
                        const guard& under, const tensor_view& out) {
  const c_guard c_under(under);
  const bw_tensor c_x = x.c();
  const bw_tensor c_out = out.c_output("out");
  on.check(bw_elementwise(on.get(), function, &c_x, c_under.get(), &c_out));
}

inline tensor elementwise(const context& on, bw_function function, const tensor_view& x,
                          const guard& under) {
  const c_guard c_under(under);
  const bw_tensor c_x = x.c();
  tensor out = elementwise_result(on, {&c_x, scalar(0).c()}, nullptr, c_under.get());
  const bw_tensor c_out = out.c();
  on.check(bw_elementwise(on.get(), function, &c_x, c_under.get(), &c_out));
  return out;
}

}  // namespace detail

// Functions of every element, of f16, bf16, f32 and f64: into a new contiguous tensor, or into the
// caller's, which may be x. The contract is bw_elementwise's.

/// e^x.
inline tensor exp(const context& on, const tensor_view& x, const guard& under = {}) {
  return detail::elementwise(on, BW_EXP, x, under);
}
inline void exp(const context& on, const tensor_view& x, const guard& under,
                const tensor_view& out) {
  detail::elementwise(on, BW_EXP, x, under, out);
}

/// ln x: -Inf at 0, NaN below.
inline tensor log(const context& on, const tensor_view& x, const guard& under = {}) {
  return detail::elementwise(on, BW_LOG, x, under);
}
inline void log(const context& on, const tensor_view& x, const guard& under,
                const tensor_view& out) {
  detail::elementwise(on, BW_LOG, x, under, out);
}

/// ln(1 + x), exact near 0.
inline tensor log1p(const context& on, const tensor_view& x, const guard& under = {}) {
  return detail::elementwise(on, BW_LOG1P, x, under);
}
inline void log1p(const context& on, const tensor_view& x, const guard& under,
                  const tensor_view& out) {
  detail::elementwise(on, BW_LOG1P, x, under, out);
}

/// 1 / (1 + e^-x).
inline tensor sigmoid(const context& on, const tensor_view& x, const guard& under = {}) {
  return detail::elementwise(on, BW_SIGMOID, x, under);
}
inline void sigmoid(const context& on, const tensor_view& x, const guard& under,
                    const tensor_view& out) {
  detail::elementwise(on, BW_SIGMOID, x, under, out);
}

/// ln(1 + e^x), without overflow.
inline tensor softplus(const context& on, const tensor_view& x, const guard& under = {}) {
  return detail::elementwise(on, BW_SOFTPLUS, x, under);
}
inline void softplus(const context& on, const tensor_view& x, const guard& under,
                     const tensor_view& out) {
  detail::elementwise(on, BW_SOFTPLUS, x, under, out);
}

/// -ln(1 + e^-x).
inline tensor log_sigmoid(const context& on, const tensor_view& x, const guard& under = {}) {
  return detail::elementwise(on, BW_LOG_SIGMOID, x, under);
}
inline void log_sigmoid(const context& on, const tensor_view& x, const guard& under,
                        const tensor_view& out) {
  detail::elementwise(on, BW_LOG_SIGMOID, x, under, out);
}

namespace detail {

inline guard where_positive(const tensor_view& x, guard under) {
  if (!under.where) under.where = x > 0;
  return under;
}

}  // namespace detail

/// ln x where the guard's condition holds, by default x > 0, and guard.otherwise elsewhere.
///   Example:  safe_log(cpu, x, {.otherwise = -13.8})
inline tensor safe_log(const context& on, const tensor_view& x, const guard& under = {}) {
  return log(on, x, detail::where_positive(x, under));
}
inline void safe_log(const context& on, const tensor_view& x, const guard& under,
                     const tensor_view& out) {
  log(on, x, detail::where_positive(x, under), out);
}

/// x / y where the guard's condition holds, by default where y, in the dtype of the result, is not
/// 0, and guard.otherwise elsewhere. The contract is bw_safe_divide's.
inline tensor safe_div(const context& on, const operand& x, const operand& y,
                       const guard& under = {}) {
  const detail::c_guard c_under(under);
  const bw_tensor c_x = x.tensor_c();
  const bw_tensor c_y = y.tensor_c();
  const bw_operand divisor = y.c(c_y);
  tensor out = detail::elementwise_result(on, x.c(c_x), &divisor, c_under.get());
  const bw_tensor c_out = out.c();
  on.check(bw_safe_divide(on.get(), x.c(c_x), divisor, c_under.get(), &c_out));
  return out;
}
inline void safe_div(const context& on, const operand& x, const operand& y, const guard& under,
                     const tensor_view& out) {
  const detail::c_guard c_under(under);
  const bw_tensor c_x = x.tensor_c();
  const bw_tensor c_y = y.tensor_c();
  const bw_tensor c_out = out.c_output("out");
  on.check(bw_safe_divide(on.get(), x.c(c_x), y.c(c_y), c_under.get(), &c_out));
}

}  // namespace bitwhere
