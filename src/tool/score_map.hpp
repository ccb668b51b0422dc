// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bitwhere::tool {

/// A score of each class for each pixel of an image, in host memory.
struct score_map {
  dtype type = f32;  ///< f16, f32 or f64
  std::int64_t classes = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  bool column_major = false;     ///< the class changes fastest, then the row
  std::vector<std::byte> bytes;  ///< a whole file, so that large arrays are not moved
  std::size_t begin = 0;         ///< where the scores begin there, at any alignment

  /// (classes, height, width).
  [[nodiscard]] tensor_view view() const {
    const std::int64_t shape[] = {classes, height, width};
    const std::int64_t by_classes[] = {height * width, width, 1};
    const std::int64_t by_columns[] = {1, classes, classes * height};
    auto* const first = const_cast<std::byte*>(bytes.data()) + begin;  // the view is read-only
    return {first, type, shape, column_major ? by_columns : by_classes, {BW_CPU, 0}, 0, true};
  }
};

}  // namespace bitwhere::tool
