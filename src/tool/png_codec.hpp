// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "label_map.hpp"

#include <bitwhere/color.hpp>

#include <spng.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace bitwhere::tool {

using png_context = std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)>;

inline constexpr std::size_t png_signature_bytes = 8;
/// Deflate makes at most so many bytes of one.
inline constexpr std::size_t max_inflation = 1032;

/// Whether a file begins as every PNG does.
bool is_png(std::span<const std::byte> file);

/// A PNG whose header has been read, and found to fit the file's size. It borrows the bytes.
class png_decoder {
 public:
  /// Throws file_error.
  explicit png_decoder(std::span<const std::byte> file);

  [[nodiscard]] const spng_ihdr& header() const { return header_; }
  /// Of the pixels as the file stores them.
  [[nodiscard]] std::size_t stored_bytes() const { return stored_bytes_; }

  /// Reads the chunks before the pixels. Throws file_error, as decode does for the same fault.
  void read_front();
  /// Decodes all pixels; `out` has as many bytes as `format` takes, and they are zeros where that
  /// is SPNG_FMT_PNG. Throws file_error.
  void decode(std::span<std::byte> out, spng_format format);

 private:
  png_context png_;
  spng_ihdr header_ = {};
  std::size_t stored_bytes_ = 0;
};

/// What a PNG is to be.
struct png_image {
  std::int64_t height = 0;
  std::int64_t width = 0;
  spng_color_type type = SPNG_COLOR_TYPE_TRUECOLOR;  ///< of 8 bits a channel
  std::span<const std::byte> pixels = {};
  const palette* colors = nullptr;  ///< of an indexed image, with their opacity
};

/// The bytes of the file. Throws file_error.
std::vector<std::byte> encode_png(const png_image& image);

}  // namespace bitwhere::tool
