// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "png_codec.hpp"

#include "failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>

namespace bitwhere::tool {

namespace {

constexpr std::size_t max_chunk_bytes = std::size_t{64} << 20;

constexpr std::uint8_t signature[png_signature_bytes] = {0x89, 'P',  'N',  'G',
                                                         '\r', '\n', 0x1a, '\n'};

void require(int status, const char* what) {
  if (status != SPNG_OK) throw file_error(fmt::format("{}: {}", what, spng_strerror(status)));
}

png_context make_context(int flags) {
  png_context png(spng_ctx_new(flags), &spng_ctx_free);
  if (!png) throw std::bad_alloc();
  return png;
}

void set_colors(spng_ctx* png, const palette& colors) {
  spng_plte entries = {};
  spng_trns opacity = {};
  const std::size_t count = std::min<std::size_t>(colors.size(), 256);
  entries.n_entries = static_cast<std::uint32_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const color& c = colors[i];
    entries.entries[i] = {c.red, c.green, c.blue, 255};
    opacity.type3_alpha[i] = c.alpha;
    if (c.alpha != 255) opacity.n_type3_entries = static_cast<std::uint32_t>(i + 1);
  }
  require(spng_set_plte(png, &entries), "PNG palette");
  if (opacity.n_type3_entries > 0) require(spng_set_trns(png, &opacity), "PNG transparency");
}

}  // namespace

bool is_png(std::span<const std::byte> file) {
  return file.size() >= sizeof(signature) &&
         std::equal(std::begin(signature), std::end(signature), file.begin(),
                    [](std::uint8_t a, std::byte b) { return std::byte{a} == b; });
}

png_decoder::png_decoder(std::span<const std::byte> file) : png_(make_context(0)) {
  constexpr auto side = static_cast<std::uint32_t>(max_pixels);
  spng_set_image_limits(png_.get(), side, side);
  spng_set_chunk_limits(png_.get(), max_chunk_bytes, max_chunk_bytes);
  require(spng_set_png_buffer(png_.get(), file.data(), file.size()), "bad PNG");
  require(spng_get_ihdr(png_.get(), &header_), "bad PNG header");
  // Decided from the header and the file's size, before anything is allocated.
  require(spng_decoded_image_size(png_.get(), SPNG_FMT_PNG, &stored_bytes_), "bad PNG header");
  const auto pixels = static_cast<std::int64_t>(header_.width) * header_.height;
  if (pixels > max_pixels || stored_bytes_ / max_inflation > file.size()) {
    throw file_error(fmt::format("its header says {} x {} pixels, which its {} bytes cannot hold",
                                 header_.width, header_.height, file.size()));
  }
}

void png_decoder::read_front() { require(spng_decode_chunks(png_.get()), "damaged PNG"); }

void png_decoder::decode(std::span<std::byte> out, spng_format format) {
  require(spng_decode_image(png_.get(), out.data(), out.size(), format, 0), "damaged PNG");
  // To the end of the file, so that one cut off behind its pixels is noticed too.
  require(spng_decode_chunks(png_.get()), "damaged PNG");
}

std::vector<std::byte> encode_png(const png_image& image) {
  // The format's limit, and libspng's.
  constexpr std::int64_t longest = std::numeric_limits<std::int32_t>::max();
  if (image.height < 1 || image.width < 1 || image.height > longest || image.width > longest) {
    throw file_error(fmt::format("{} x {} pixels are no size of a PNG", image.width, image.height));
  }
  const png_context png = make_context(SPNG_CTX_ENCODER);
  spng_set_option(png.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header = {};
  header.width = static_cast<std::uint32_t>(image.width);
  header.height = static_cast<std::uint32_t>(image.height);
  header.bit_depth = 8;
  header.color_type = static_cast<std::uint8_t>(image.type);
  require(spng_set_ihdr(png.get(), &header), "PNG header");
  if (image.colors != nullptr) set_colors(png.get(), *image.colors);
  require(spng_encode_image(png.get(), image.pixels.data(), image.pixels.size(), SPNG_FMT_PNG,
                            SPNG_ENCODE_FINALIZE),
          "PNG pixels");
  std::size_t size = 0;
  int status = SPNG_OK;
  const std::unique_ptr<void, decltype(&std::free)> encoded(
      spng_get_png_buffer(png.get(), &size, &status), &std::free);
  require(status, "PNG");
  const auto* const bytes = static_cast<const std::byte*>(encoded.get());
  return {bytes, bytes + size};
}

}  // namespace bitwhere::tool
