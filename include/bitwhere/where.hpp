// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/condition.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace bitwhere {

namespace detail {

// What where's result is.
struct where_result {
  bw_dtype type = {};
  std::int32_t ndim = 0;
  std::int64_t lengths[BW_MAX_RANK] = {};

  where_result(const condition::c_tree& chosen_by, const bw_operand& x, const bw_operand& y) {
    check(bw_where_result(chosen_by.get(), x, y, &type, &ndim, lengths), nullptr);
  }
  [[nodiscard]] std::span<const std::int64_t> shape() const {
    return {lengths, static_cast<std::size_t>(ndim)};
  }
};

}  // namespace detail

/// out[i] = condition[i] ? x[i] : y[i], into the caller's tensor. The contract is bw_where's.
inline void where(const context& on, const condition& chosen_by, const operand& x, const operand& y,
                  const tensor_view& out) {
  const condition::c_tree c_condition(chosen_by);
  const bw_tensor c_x = x.tensor_c();
  const bw_tensor c_y = y.tensor_c();
  const bw_tensor c_out = out.c_output("out");
  on.check(bw_where(on.get(), c_condition.get(), x.c(c_x), y.c(c_y), &c_out));
}

/// The same into a new contiguous tensor of the broadcast shape.
///   Example:  where(cpu, v > 0 && isfinite(v), v, 1e-6)
inline tensor where(const context& on, const condition& chosen_by, const operand& x,
                    const operand& y) {
  const condition::c_tree c_condition(chosen_by);
  const bw_tensor c_x = x.tensor_c();
  const bw_tensor c_y = y.tensor_c();
  const detail::where_result result(c_condition, x.c(c_x), y.c(c_y));
  tensor out(on, result.shape(), result.type);
  const bw_tensor c_out = out.c();
  on.check(bw_where(on.get(), c_condition.get(), x.c(c_x), y.c(c_y), &c_out));
  return out;
}

/// Stores a condition: out[i] = condition[i] as bool. The contract is bw_mask's.
inline void mask(const context& on, const condition& chosen_by, const tensor_view& out) {
  const condition::c_tree c_condition(chosen_by);
  const bw_tensor c_out = out.c_output("out");
  on.check(bw_mask(on.get(), c_condition.get(), &c_out));
}

inline tensor mask(const context& on, const condition& chosen_by) {
  const condition::c_tree c_condition(chosen_by);
  const bw_operand no = {nullptr, scalar(false).c()};
  tensor out(on, detail::where_result(c_condition, no, no).shape(), boolean);
  const bw_tensor c_out = out.c();
  on.check(bw_mask(on.get(), c_condition.get(), &c_out));
  return out;
}

}  // namespace bitwhere
