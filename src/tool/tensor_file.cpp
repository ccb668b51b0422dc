// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "tensor_file.hpp"

#include "failure.hpp"
#include "file_bytes.hpp"
#include "npy_header.hpp"
#include "npy_tensor.hpp"
#include "png.hpp"
#include "png_codec.hpp"

#include <fmt/format.h>

#include <span>
#include <utility>
#include <vector>

namespace bitwhere::tool {

namespace {

file_tensor tensor_of_labels(std::span<const std::byte> file) {
  label_map labels = labels_of_png(file);
  return {
      .type = labels.type, .shape = {labels.height, labels.width}, .data = std::move(labels.bytes)};
}

file_tensor tensor_of_colors(png_decoder& png, std::int64_t channels) {
  const spng_ihdr& header = png.header();
  auto pixels = std::make_unique<std::byte[]>(png.stored_bytes());
  png.decode({pixels.get(), png.stored_bytes()}, SPNG_FMT_PNG);
  return {.type = u8, .shape = {header.height, header.width, channels}, .data = std::move(pixels)};
}

file_tensor tensor_of_png(std::span<const std::byte> file) {
  png_decoder png(file);
  const spng_ihdr& header = png.header();
  const bool has_alpha = header.color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
  if (header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA) {
    throw file_error("a grey+alpha PNG: grey, palette, RGB and RGBA are read");
  }
  if (!has_alpha && header.color_type != SPNG_COLOR_TYPE_TRUECOLOR) return tensor_of_labels(file);
  if (header.bit_depth != 8) {
    throw file_error(fmt::format("an {} PNG of {} bits: colours are read with 8 bits a channel",
                                 has_alpha ? "RGBA" : "RGB", header.bit_depth));
  }
  return tensor_of_colors(png, has_alpha ? 4 : 3);
}

}  // namespace

file_tensor read_tensor(const std::filesystem::path& file) {
  std::vector<std::byte> bytes = read_file(file);
  if (bytes.empty()) throw file_error("is empty");
  if (is_png(bytes)) return tensor_of_png(bytes);
  if (is_npy(bytes)) return tensor_of_npy(std::move(bytes));
  throw file_error("is neither a .npy nor a PNG file");
}

}  // namespace bitwhere::tool
