// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "png.hpp"

#include "failure.hpp"
#include "file_bytes.hpp"

#include <fmt/format.h>
#include <spng.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace bitwhere::tool {

namespace {

using png_context = std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)>;

constexpr std::size_t max_chunk_bytes = std::size_t{64} << 20;

// Deflate makes at most 1032 bytes of one.
constexpr std::size_t max_inflation = 1032;

constexpr std::uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool has_signature(std::span<const std::byte> file) {
  return file.size() >= sizeof(signature) &&
         std::equal(std::begin(signature), std::end(signature), file.begin(),
                    [](std::uint8_t a, std::byte b) { return std::byte{a} == b; });
}

void require(int status, const char* what) {
  if (status != SPNG_OK) throw file_error(fmt::format("{}: {}", what, spng_strerror(status)));
}

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

png_context open_decoder(std::span<const std::byte> file) {
  png_context png(spng_ctx_new(0), &spng_ctx_free);
  if (!png) throw std::bad_alloc();
  constexpr auto side = static_cast<std::uint32_t>(max_pixels);
  spng_set_image_limits(png.get(), side, side);
  spng_set_chunk_limits(png.get(), max_chunk_bytes, max_chunk_bytes);
  require(spng_set_png_buffer(png.get(), file.data(), file.size()), "bad PNG");
  return png;
}

/// Decides from the header and the file's size, before anything is allocated.
std::size_t checked_size(spng_ctx* png, const spng_ihdr& header, std::size_t file_bytes) {
  std::size_t bytes = 0;
  require(spng_decoded_image_size(png, SPNG_FMT_PNG, &bytes), "bad PNG header");
  const auto pixels = static_cast<std::int64_t>(header.width) * header.height;
  if (pixels > max_pixels || bytes / max_inflation > file_bytes) {
    throw file_error(fmt::format("its header says {} x {} pixels, which its {} bytes cannot hold",
                                 header.width, header.height, file_bytes));
  }
  return bytes;
}

void decode(spng_ctx* png, std::span<std::byte> out) {
  require(spng_decode_image(png, out.data(), out.size(), SPNG_FMT_PNG, 0), "damaged PNG");
  // To the end of the file, so that one cut off behind its pixels is noticed too.
  require(spng_decode_chunks(png), "damaged PNG");
}

}  // namespace

label_map read_png(const std::filesystem::path& file) {
  const std::vector<std::byte> stored = read_file(file);
  if (stored.empty()) throw file_error("is empty");
  if (!has_signature(stored)) throw file_error("is not a PNG file");
  const png_context png = open_decoder(stored);
  spng_ihdr header = {};
  require(spng_get_ihdr(png.get(), &header), "bad PNG header");
  require_labels(header);
  const std::size_t bytes = checked_size(png.get(), header, stored.size());
  label_map labels = make_label_map(header.bit_depth == 16 ? i32 : u8, header.height, header.width);
  if (header.bit_depth == 8) {
    decode(png.get(), {labels.bytes.get(), bytes});
    return labels;
  }
  // Zeros: of interlaced images, libspng adds packed pixels to what is there.
  const auto raw = std::make_unique<std::byte[]>(bytes);
  decode(png.get(), {raw.get(), bytes});
  if (header.bit_depth == 16) {
    widen({raw.get(), bytes}, labels);
  } else {
    unpack({raw.get(), bytes}, header.bit_depth, labels);
  }
  return labels;
}

void write_png(const std::filesystem::path& file, const label_map& labels, const palette& colours) {
  const png_context png(spng_ctx_new(SPNG_CTX_ENCODER), &spng_ctx_free);
  if (!png) throw std::bad_alloc();
  spng_set_option(png.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header = {};
  header.width = static_cast<std::uint32_t>(labels.width);
  header.height = static_cast<std::uint32_t>(labels.height);
  header.bit_depth = 8;
  header.color_type = SPNG_COLOR_TYPE_INDEXED;
  require(spng_set_ihdr(png.get(), &header), "PNG header");
  spng_plte entries = {};
  entries.n_entries = static_cast<std::uint32_t>(colours.size());
  for (std::size_t i = 0; i < colours.size(); ++i) {
    entries.entries[i] = {colours[i].red, colours[i].green, colours[i].blue, 255};
  }
  require(spng_set_plte(png.get(), &entries), "PNG palette");
  require(
      spng_encode_image(png.get(), labels.bytes.get(), static_cast<std::size_t>(labels.pixels()),
                        SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE),
      "PNG pixels");
  std::size_t size = 0;
  int status = SPNG_OK;
  const std::unique_ptr<void, decltype(&std::free)> encoded(
      spng_get_png_buffer(png.get(), &size, &status), &std::free);
  require(status, "PNG");
  write_file(file, {static_cast<const std::byte*>(encoded.get()), size});
}

}  // namespace bitwhere::tool
