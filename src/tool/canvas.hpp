// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "label_map.hpp"
#include "numbers.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace bitwhere::tool {

/// A u8 label map to draw on, by integers alone; what lies outside is cut off.
class canvas {
 public:
  canvas(int width, int height) : map_(make_label_map(u8, height, width)) {
    std::fill_n(map_.bytes.get(), map_.pixels(), std::byte{0});
  }

  [[nodiscard]] int width() const { return static_cast<int>(map_.width); }
  [[nodiscard]] int height() const { return static_cast<int>(map_.height); }

  /// The pixel, or where that is outside, the nearest one.
  [[nodiscard]] std::uint8_t at(int x, int y) const {
    return std::to_integer<std::uint8_t>(
        map_.bytes[index(std::clamp(x, 0, width() - 1), std::clamp(y, 0, height() - 1))]);
  }

  void set(int x, int y, std::uint8_t label) {
    if (x >= 0 && x < width() && y >= 0 && y < height()) {
      map_.bytes[index(x, y)] = std::byte{label};
    }
  }

  /// Columns [left, right) of rows [top, bottom).
  void rectangle(int left, int top, int right, int bottom, std::uint8_t label) {
    for (int y = std::max(top, 0); y < std::min(bottom, height()); ++y) {
      for (int x = std::max(left, 0); x < std::min(right, width()); ++x) set(x, y, label);
    }
  }

  void ellipse(int x0, int y0, int radius_x, int radius_y, std::uint8_t label) {
    const int inside = radius_x * radius_x * radius_y * radius_y;
    for (int y = y0 - radius_y; y <= y0 + radius_y; ++y) {
      for (int x = x0 - radius_x; x <= x0 + radius_x; ++x) {
        const int dx = (x - x0) * radius_y;
        const int dy = (y - y0) * radius_x;
        if (dx * dx + dy * dy <= inside) set(x, y, label);
      }
    }
  }

  [[nodiscard]] label_map take() && { return std::move(map_); }

 private:
  [[nodiscard]] std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width()) +
           static_cast<std::size_t>(x);
  }

  label_map map_;
};

}  // namespace bitwhere::tool
