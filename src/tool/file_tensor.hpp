// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/tensor.hpp>

#include <cstddef>
#include <memory>

namespace bitwhere::tool {

/// A tensor in host memory, as a file holds it.
struct file_tensor {
  dtype type = u8;
  shape_t shape = {};
  shape_t strides = {};  ///< empty: row-major
  /// The first element; it keeps alive whatever the bytes lie in.
  std::shared_ptr<std::byte[]> data = {};

  [[nodiscard]] tensor_view view() const {
    return {data.get(), type, shape, strides, {BW_CPU, 0}, 0, true};
  }
};

}  // namespace bitwhere::tool
