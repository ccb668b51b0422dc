// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/condition.hpp>

#include <cstdint>
#include <vector>

namespace bitwhere {

/// Over which dimensions an operation reduces; see bw_reduction.
struct reduction {
  std::vector<std::int32_t> dims = {};  ///< none: all of them
  bool keepdim = false;

  [[nodiscard]] bw_reduction c() const {
    return {sizeof(bw_reduction), dims.data(), dims.size(), keepdim ? 1 : 0, 0};
  }
};

/// Counts where the condition holds, into an i64 tensor. The contract is bw_count_nonzero's.
inline void count_nonzero(const context& on, const condition& of, const reduction& over,
                          const tensor_view& out) {
  const condition::c_tree c_of(of);
  const bw_reduction c_over = over.c();
  const bw_tensor c_out = out.c_output("out");
  on.check(bw_count_nonzero(on.get(), c_of.get(), &c_over, &c_out));
}

/// The same into a new tensor; without `over` one count of everything, of rank 0.
///   Example:  count_nonzero(cpu, isnan(x), {.dims = {0}})
inline tensor count_nonzero(const context& on, const condition& of, const reduction& over = {}) {
  const condition::c_tree c_of(of);
  const bw_reduction c_over = over.c();
  std::int32_t ndim = 0;
  std::int64_t shape[BW_MAX_RANK] = {};
  detail::check(bw_count_nonzero_result(c_of.get(), &c_over, &ndim, shape), nullptr);
  tensor out(on, {shape, static_cast<std::size_t>(ndim)}, i64);
  const bw_tensor c_out = out.c();
  on.check(bw_count_nonzero(on.get(), c_of.get(), &c_over, &c_out));
  return out;
}

/// Counts the elements of a tensor of any dtype that are not zero.
inline void count_nonzero(const context& on, const tensor_view& x, const reduction& over,
                          const tensor_view& out) {
  count_nonzero(on, nonzero(x), over, out);
}
inline tensor count_nonzero(const context& on, const tensor_view& x, const reduction& over = {}) {
  return count_nonzero(on, nonzero(x), over);
}

}  // namespace bitwhere
