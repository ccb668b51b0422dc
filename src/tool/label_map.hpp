// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

namespace bitwhere::tool {

/// No side of a label map is longer, and no map has more pixels, than this.
inline constexpr std::int64_t max_pixels = (std::int64_t{1} << 31) - 1;

/// A label for each pixel of an image, in host memory.
struct label_map {
  dtype type = u8;  ///< u8, i8, i16, i32 or i64
  std::int64_t height = 0;
  std::int64_t width = 0;
  bool column_major = false;           ///< pixels lie column after column
  std::unique_ptr<std::byte[]> bytes;  ///< no vector: what is overwritten at once needs no zeroing

  [[nodiscard]] std::int64_t pixels() const { return height * width; }

  [[nodiscard]] tensor_view view() const {
    const std::int64_t shape[] = {height, width};
    const std::int64_t by_rows[] = {width, 1};
    const std::int64_t by_columns[] = {1, height};
    return {bytes.get(), type, shape, column_major ? by_columns : by_rows, {BW_CPU, 0}, 0, true};
  }

  [[nodiscard]] std::int64_t at(std::int64_t row, std::int64_t column) const {
    const std::int64_t index = column_major ? column * height + row : row * width + column;
    const std::byte* pixel = bytes.get() + index * type.bytes();
    if (type == u8) return read<std::uint8_t>(pixel);
    if (type == i8) return read<std::int8_t>(pixel);
    if (type == i16) return read<std::int16_t>(pixel);
    if (type == i32) return read<std::int32_t>(pixel);
    return read<std::int64_t>(pixel);
  }

 private:
  template <class T>
  static T read(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof(value));
    return value;
  }
};

/// A map with undefined pixels; the sizes are not negative and within max_pixels.
inline label_map make_label_map(dtype type, std::int64_t height, std::int64_t width) {
  const auto bytes = static_cast<std::size_t>(height * width * type.bytes());
  return {type, height, width, false, std::make_unique_for_overwrite<std::byte[]>(bytes)};
}

}  // namespace bitwhere::tool
