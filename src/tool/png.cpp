// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "png.hpp"

#include "atomic_file.hpp"
#include "failure.hpp"
#include "file_bytes.hpp"
#include "png_codec.hpp"
#include "png_pixels.hpp"

#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace bitwhere::tool {

namespace {

void require_labels(const spng_ihdr& header) {
  const char* kind = nullptr;
  switch (header.color_type) {
    case SPNG_COLOR_TYPE_GRAYSCALE:
    case SPNG_COLOR_TYPE_INDEXED:
      return;
    case SPNG_COLOR_TYPE_TRUECOLOR:
      kind = "an RGB";
      break;
    case SPNG_COLOR_TYPE_TRUECOLOR_ALPHA:
      kind = "an RGBA";
      break;
    default:
      kind = "a grey+alpha";
  }
  throw file_error(
      fmt::format("{} PNG: label maps are grey or palette PNGs, one label a pixel", kind));
}

/// Spreads rows of 1, 2 or 4 bits a pixel, the leftmost in the highest bits.
void unpack(std::span<const std::byte> packed, unsigned bits, const label_map& out) {
  const auto row_bytes = packed.size() / static_cast<std::size_t>(out.height);
  const auto width = static_cast<std::size_t>(out.width);
  const unsigned per_byte = 8 / bits;
  const unsigned mask = (1U << bits) - 1;
  std::byte* to = out.bytes.get();
  for (std::size_t row = 0; row < static_cast<std::size_t>(out.height); ++row) {
    const std::byte* from = packed.data() + row * row_bytes;
    for (std::size_t x = 0; x < width; ++x) {
      const unsigned shift = 8 - bits * (static_cast<unsigned>(x % per_byte) + 1);
      *to++ =
          static_cast<std::byte>((std::to_integer<unsigned>(from[x / per_byte]) >> shift) & mask);
    }
  }
}

void widen(std::span<const std::byte> from, const label_map& out) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(out.pixels()); ++i) {
    std::uint16_t narrow = 0;
    std::memcpy(&narrow, from.data() + i * sizeof(narrow), sizeof(narrow));
    const std::int32_t wide = narrow;
    std::memcpy(out.bytes.get() + i * sizeof(wide), &wide, sizeof(wide));
  }
}

png_decoder open_labels(std::span<const std::byte> stored) {
  if (stored.empty()) throw file_error("is empty");
  if (!is_png(stored)) throw file_error("is not a PNG file");
  png_decoder png(stored);
  require_labels(png.header());
  return png;
}

}  // namespace

label_map labels_by_libspng(std::span<const std::byte> stored) {
  png_decoder png = open_labels(stored);
  const spng_ihdr& header = png.header();
  const std::size_t bytes = png.stored_bytes();
  label_map labels = make_label_map(header.bit_depth == 16 ? i32 : u8, header.height, header.width);
  if (header.bit_depth == 8) {
    png.decode({labels.bytes.get(), bytes}, SPNG_FMT_PNG);
    return labels;
  }
  // Zeros: of interlaced images, libspng adds packed pixels to what is there.
  const auto raw = std::make_unique<std::byte[]>(bytes);
  png.decode({raw.get(), bytes}, SPNG_FMT_PNG);
  if (header.bit_depth == 16) {
    widen({raw.get(), bytes}, labels);
  } else {
    unpack({raw.get(), bytes}, header.bit_depth, labels);
  }
  return labels;
}

std::optional<label_map> labels_by_libdeflate(std::span<const std::byte> stored) {
  png_decoder png = open_labels(stored);
  const spng_ihdr& header = png.header();
  if (header.bit_depth != 8 || header.interlace_method != SPNG_INTERLACE_NONE) return std::nullopt;
  // libspng itself reads what lies before the pixels, so the same files pass.
  png.read_front();
  label_map labels = make_label_map(u8, header.height, header.width);
  if (!decode_pixels(stored, header.height, header.width, labels.bytes.get())) return std::nullopt;
  return labels;
}

label_map labels_of_png(std::span<const std::byte> stored) {
  std::optional<label_map> labels = labels_by_libdeflate(stored);
  return labels ? std::move(*labels) : labels_by_libspng(stored);
}

label_map read_png(const std::filesystem::path& file) { return labels_of_png(read_file(file)); }

std::vector<std::byte> indexed_png_of(const label_map& labels, const palette& colors) {
  return encode_png({labels.height,
                     labels.width,
                     SPNG_COLOR_TYPE_INDEXED,
                     {labels.bytes.get(), static_cast<std::size_t>(labels.pixels())},
                     &colors});
}

void write_png(const std::filesystem::path& file, const label_map& labels, const palette& colors) {
  write_file_atomically(file, indexed_png_of(labels, colors));
}

}  // namespace bitwhere::tool
