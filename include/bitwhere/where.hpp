// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/condition.hpp>

namespace bitwhere {

/// A side of `where`: a tensor or a scalar.
class operand {
 public:
  operand(const tensor_view& view) : view_(view) {}
  operand(const tensor& owner) : view_(owner) {}
  template <class T>
  requires std::is_convertible_v<T, scalar> operand(T value) : scalar_(value), is_scalar_(true) {}

  [[nodiscard]] bw_tensor tensor_c() const { return view_.c(); }
  /// The C struct over `c`, which must be tensor_c() and outlive it.
  [[nodiscard]] bw_operand c(const bw_tensor& c) const {
    return {is_scalar_ ? nullptr : &c, scalar_.c()};
  }

 private:
  tensor_view view_;
  scalar scalar_ = false;
  bool is_scalar_ = false;
};

/// out[i] = condition[i] ? x[i] : y[i], into the caller's tensor. The contract is bw_where's.
inline void where(const context& on, const condition& condition, const operand& x, const operand& y,
                  const tensor_view& out) {
  const bw_tensor c_values = condition.values().c();
  const bw_tensor c_x = x.tensor_c();
  const bw_tensor c_y = y.tensor_c();
  const bw_tensor c_out = out.c_output("out");
  const bw_condition c_condition = condition.c(c_values);
  on.check(bw_where(on.get(), &c_condition, x.c(c_x), y.c(c_y), &c_out));
}

/// The same into a new contiguous tensor of the broadcast shape.
///   Example:  where(cpu, v > 0, v, 1e-6)
inline tensor where(const context& on, const condition& condition, const operand& x,
                    const operand& y) {
  const bw_tensor c_values = condition.values().c();
  const bw_tensor c_x = x.tensor_c();
  const bw_tensor c_y = y.tensor_c();
  const bw_condition c_condition = condition.c(c_values);
  bw_dtype type = {};
  std::int32_t ndim = 0;
  std::int64_t shape[BW_MAX_RANK] = {};
  detail::check(bw_where_result(&c_condition, x.c(c_x), y.c(c_y), &type, &ndim, shape), nullptr);
  tensor out(on, {shape, static_cast<std::size_t>(ndim)}, type);
  const bw_tensor c_out = out.c();
  on.check(bw_where(on.get(), &c_condition, x.c(c_x), y.c(c_y), &c_out));
  return out;
}

}  // namespace bitwhere
