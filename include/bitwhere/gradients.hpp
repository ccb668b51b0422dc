// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/condition.hpp>
#include <bitwhere/elementwise.hpp>
#include <bitwhere/reduce.hpp>
#include <bitwhere/tensor.hpp>
#include <bitwhere/where.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

// Gradients of `where`, of sums and means and of elementwise functions; those of losses come with
// the losses. `upstream` is the gradient of the operation's result. What a condition excludes gets
// exactly +0, whatever stands there; what was broadcast gets an exact sum.
namespace bitwhere {

/// The gradients of two operands; of one that is a scalar or holds no floats there is none.
struct gradient_pair {
  std::optional<tensor> x;
  std::optional<tensor> y;
};

/// Where the gradients of two operands go, in the operands' shapes; one may be left out.
struct gradient_targets {
  std::optional<tensor_view> x = std::nullopt;
  std::optional<tensor_view> y = std::nullopt;
};

namespace detail {

inline bool holds_floats(const tensor_view& view) {
  return view.type().code == BW_FLOAT || view.type().code == BW_BFLOAT;
}

// A new tensor for the gradient of an operand.
inline std::optional<tensor> gradient_like(const context& on, const operand& of) {
  if (!of.view() || !holds_floats(*of.view())) return std::nullopt;
  return tensor(on, of.view()->shape(), of.view()->type());
}

// The C structs of gradient_targets.
class c_targets {
 public:
  explicit c_targets(const gradient_targets& from)
      : x_(from.x ? from.x->c_output("gradient_x") : bw_tensor{}),
        y_(from.y ? from.y->c_output("gradient_y") : bw_tensor{}),
        wants_x_(from.x.has_value()),
        wants_y_(from.y.has_value()) {}
  [[nodiscard]] const bw_tensor* x() const { return wants_x_ ? &x_ : nullptr; }
  [[nodiscard]] const bw_tensor* y() const { return wants_y_ ? &y_ : nullptr; }

 private:
  bw_tensor x_;
  bw_tensor y_;
  bool wants_x_;
  bool wants_y_;
};

// New tensors for the gradients of two operands, which `fill` then writes.
template <class Fill>
gradient_pair gradients_of(const context& on, const operand& x, const operand& y, Fill fill) {
  gradient_pair out = {gradient_like(on, x), gradient_like(on, y)};
  gradient_targets to;
  if (out.x) to.x = *out.x;
  if (out.y) to.y = *out.y;
  if (to.x || to.y) fill(to);
  return out;
}

// Throws errc::invalid_shape where upstream is not of the shape of where's result.
inline void require_where_shape(const condition& chosen_by, const tensor_view& upstream,
                                const operand& x, const operand& y) {
  const condition::c_tree c_condition(chosen_by);
  const bw_tensor c_x = x.tensor_c();
  const bw_tensor c_y = y.tensor_c();
  if (!std::ranges::equal(upstream.shape(),
                          where_result(c_condition, x.c(c_x), y.c(c_y)).shape())) {
    throw error(errc::invalid_shape, "upstream: has not the shape of where's result");
  }
}

inline void reduce_gradient(const context& on, reducer by, const tensor_view& upstream,
                            const reduce_options& options,
                            const std::optional<tensor_view>& divisor, const tensor_view& out) {
  const c_reduce_options c_options(options);
  const bw_tensor c_upstream = upstream.c();
  const bw_tensor c_divisor = divisor ? divisor->c() : bw_tensor{};
  const bw_tensor c_out = out.c_output("gradient");
  on.check(bw_reduce_gradient(on.get(), static_cast<std::int32_t>(by), &c_upstream, c_options.get(),
                              divisor ? &c_divisor : nullptr, &c_out));
}

}  // namespace detail

/// Of where(on, chosen_by, x, y): upstream where the condition holds for x, where it does not for
/// y. Upstream has the shape of where's result; what repeats may be a view with strides of 0. One
/// of the targets may be upstream itself. The contract is bw_where_gradient's.
inline void where_gradient(const context& on, const condition& chosen_by,
                           const tensor_view& upstream, const gradient_targets& to) {
  const condition::c_tree c_condition(chosen_by);
  const bw_tensor c_upstream = upstream.c();
  const detail::c_targets c_to(to);
  on.check(bw_where_gradient(on.get(), c_condition.get(), &c_upstream, c_to.x(), c_to.y()));
}
/// The same into new tensors like x and y, whose values are not read.
///   Example:  auto [x, y] = where_gradient(cpu, mask, upstream, a, b)
inline gradient_pair where_gradient(const context& on, const condition& chosen_by,
                                    const tensor_view& upstream, const operand& x,
                                    const operand& y) {
  detail::require_where_shape(chosen_by, upstream, x, y);
  return detail::gradients_of(
      on, x, y, [&](const gradient_targets& to) { where_gradient(on, chosen_by, upstream, to); });
}

/// Of sum(on, x, options), into a tensor like x or a new one; the values of x are not read. The
/// contract is bw_reduce_gradient's.
inline void sum_gradient(const context& on, const tensor_view& upstream,
                         const reduce_options& options, const tensor_view& out) {
  detail::reduce_gradient(on, reducer::sum, upstream, options, std::nullopt, out);
}
inline tensor sum_gradient(const context& on, const tensor_view& upstream, const tensor_view& x,
                           const reduce_options& options = {}) {
  tensor out(on, x.shape(), x.type());
  sum_gradient(on, upstream, options, out);
  return out;
}

/// Of mean(on, x, options). A shard gives the divisor of all shards: reducer::divisor of merged
/// partials.
///   Example:  mean_gradient(cpu, upstream, loss, {.where = label == 1})
inline void mean_gradient(const context& on, const tensor_view& upstream,
                          const reduce_options& options, const tensor_view& out,
                          const std::optional<tensor_view>& divisor = std::nullopt) {
  detail::reduce_gradient(on, reducer::mean, upstream, options, divisor, out);
}
inline tensor mean_gradient(const context& on, const tensor_view& upstream, const tensor_view& x,
                            const reduce_options& options = {},
                            const std::optional<tensor_view>& divisor = std::nullopt) {
  tensor out(on, x.shape(), x.type());
  mean_gradient(on, upstream, options, out, divisor);
  return out;
}

/// Of a function of every element, into a tensor like x or a new one: upstream f'(x) where the
/// guard admits. The contract is bw_elementwise_gradient's.
inline void elementwise_gradient(const context& on, bw_function function, const tensor_view& x,
                                 const tensor_view& upstream, const guard& under,
                                 const tensor_view& out) {
  const detail::c_guard c_under(under);
  const bw_tensor c_x = x.c();
  const bw_tensor c_upstream = upstream.c();
  const bw_tensor c_out = out.c_output("gradient");
  on.check(bw_elementwise_gradient(on.get(), function, &c_x, c_under.get(), &c_upstream, &c_out));
}
inline tensor elementwise_gradient(const context& on, bw_function function, const tensor_view& x,
                                   const tensor_view& upstream, const guard& under = {}) {
  tensor out(on, x.shape(), x.type());
  elementwise_gradient(on, function, x, upstream, under, out);
  return out;
}

/// Of safe_log(on, x, under): upstream / x where the guard's condition holds, by default x > 0.
inline void safe_log_gradient(const context& on, const tensor_view& x, const tensor_view& upstream,
                              const guard& under, const tensor_view& out) {
  elementwise_gradient(on, BW_LOG, x, upstream, detail::where_positive(x, under), out);
}
inline tensor safe_log_gradient(const context& on, const tensor_view& x,
                                const tensor_view& upstream, const guard& under = {}) {
  return elementwise_gradient(on, BW_LOG, x, upstream, detail::where_positive(x, under));
}

/// Of safe_div(on, x, y, under), by x and by y. One of the targets may be upstream, x or y. The
/// contract is bw_safe_divide_gradient's.
inline void safe_div_gradient(const context& on, const operand& x, const operand& y,
                              const tensor_view& upstream, const guard& under,
                              const gradient_targets& to) {
  const detail::c_guard c_under(under);
  const bw_tensor c_x = x.tensor_c();
  const bw_tensor c_y = y.tensor_c();
  const bw_tensor c_upstream = upstream.c();
  const detail::c_targets c_to(to);
  on.check(bw_safe_divide_gradient(on.get(), x.c(c_x), y.c(c_y), c_under.get(), &c_upstream,
                                   c_to.x(), c_to.y()));
}
/// The same into new tensors like x and y.
inline gradient_pair safe_div_gradient(const context& on, const operand& x, const operand& y,
                                       const tensor_view& upstream, const guard& under = {}) {
  return detail::gradients_of(on, x, y, [&](const gradient_targets& to) {
    safe_div_gradient(on, x, y, upstream, under, to);
  });
}

}  // namespace bitwhere
