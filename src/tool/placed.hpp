// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/tensor.hpp>

#include <optional>

namespace bitwhere::tool {

/// Data of the host where a context's operations take it: there, or as a copy on a GPU. On the cpu
/// it borrows the data.
class placed {
 public:
  placed(const context& on, const tensor_view& from) : view_(from) {
    if (!on.is_cpu()) copy_.emplace(to(on, from));
    if (copy_) view_ = static_cast<const tensor_view&>(*copy_);
  }

  [[nodiscard]] const tensor_view& view() const { return view_; }

 private:
  std::optional<tensor> copy_;
  tensor_view view_;
};

/// Memory of the host that an operation of a context is to fill: there, or on a GPU first.
class placed_output {
 public:
  placed_output(const context& on, const tensor_view& out) : host_(out), view_(out) {
    if (!on.is_cpu()) there_.emplace(on, out.shape(), out.type());
    if (there_) view_ = static_cast<const tensor_view&>(*there_);
  }

  [[nodiscard]] const tensor_view& view() const { return view_; }

  /// Brings what was written to the host, and waits for it.
  void fetch(const context& on) const {
    if (there_) copy(on, *there_, host_);
    on.synchronize();
  }

 private:
  std::optional<tensor> there_;
  tensor_view host_;
  tensor_view view_;
};

}  // namespace bitwhere::tool
