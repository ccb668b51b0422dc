// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace bitwhere::tool {

/// A photograph or a coloured label map: rows of R, G, B in host memory.
struct picture {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::unique_ptr<std::uint8_t[]> rgb = {};  ///< no vector: what is overwritten needs no zeroing

  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(height * width * 3); }

  /// u8 (height, width, 3).
  [[nodiscard]] tensor_view view() const {
    const std::int64_t shape[] = {height, width, 3};
    return {rgb.get(), u8, shape};
  }
};

/// A picture with undefined pixels; no side is negative or longer than max_pixels.
picture make_picture(std::int64_t height, std::int64_t width);

/// Whether the name ends as those of pictures do: .png, .jpg, .jpeg.
bool is_picture_file(const std::filesystem::path& file);

/// Reads a PNG of any kind (16 bits are cut to 8, transparency is dropped) or a JPEG; the content
/// decides which. Pixels stay where they are stored; a JPEG that cameras say is to be turned (EXIF
/// orientation) is an error. Throws file_error.
picture read_picture(const std::filesystem::path& file);

/// The bytes of an RGB PNG.
std::vector<std::byte> png_of(const picture& pixels);

/// The bytes of a baseline JPEG; quality from 1 to 100.
std::vector<std::byte> jpeg_of(const picture& pixels, int quality);

}  // namespace bitwhere::tool
