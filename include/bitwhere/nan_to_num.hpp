// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/scalar.hpp>
#include <bitwhere/tensor.hpp>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace bitwhere {

/// What takes the place of NaN and infinities; see bw_nan_to_num_options.
struct replacements {
  std::optional<scalar> nan = std::nullopt;     ///< none: 0
  std::optional<scalar> posinf = std::nullopt;  ///< none: the largest finite number
  std::optional<scalar> neginf = std::nullopt;  ///< none: the lowest
};

namespace detail {

inline void nan_to_num(const context& on, const tensor_view& x, const replacements& with,
                       const tensor_view& out, void* replaced) {
  const auto given = [](const std::optional<scalar>& s) { return s ? &s->c() : nullptr; };
  const bw_nan_to_num_options options = {
      sizeof(bw_nan_to_num_options), given(with.nan), given(with.posinf), given(with.neginf), 0, 0};
  const bw_tensor c_x = x.c();
  const bw_tensor c_out = out.c_output("out");
  on.check(bw_nan_to_num(on.get(), &c_x, &options, &c_out, static_cast<bw_replaced*>(replaced)));
}

}  // namespace detail

/// A cleaned tensor and, on its device, how often what was replaced.
class cleaned {
 public:
  cleaned(const context& on, const tensor_view& x, const replacements& with)
      : values_(on, x.shape(), x.type()), counts_(on, std::vector<std::int64_t>{3}, i64) {
    detail::nan_to_num(on, x, with, values_, counts_.data());
  }

  [[nodiscard]] const tensor& values() const { return values_; }
  /// i64 (3) on the device: NaN, +Inf, -Inf.
  [[nodiscard]] const tensor& counts() const { return counts_; }
  /// The counts, brought to the host: waits for the stream.
  [[nodiscard]] bw_replaced replaced() const {
    std::vector<std::int64_t> host(3);
    copy(counts_.on(), counts_, view(host));
    return {host[0], host[1], host[2]};
  }

 private:
  tensor values_;
  tensor counts_;
};

/// Replaces NaN and infinities by numbers, and counts them. The contract is bw_nan_to_num's.
///   Example:  nan_to_num(cpu, x).replaced().nan
inline cleaned nan_to_num(const context& on, const tensor_view& x, const replacements& with = {}) {
  return {on, x, with};
}

/// The same into the caller's tensor, which may be x; `replaced` lies on the device, or is null.
inline void nan_to_num(const context& on, const tensor_view& x, const replacements& with,
                       const tensor_view& out, bw_replaced* replaced = nullptr) {
  detail::nan_to_num(on, x, with, out, replaced);
}

}  // namespace bitwhere
