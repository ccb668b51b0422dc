// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "picture.hpp"

#include "failure.hpp"
#include "file_bytes.hpp"
#include "file_extension.hpp"
#include "jpeg.hpp"
#include "png_codec.hpp"

#include <new>
#include <span>
#include <string>

namespace bitwhere::tool {

namespace {

picture decode_png(std::span<const std::byte> file) {
  png_decoder png(file);
  picture out = make_picture(png.header().height, png.header().width);
  png.decode(std::as_writable_bytes(std::span(out.rgb.get(), out.bytes())), SPNG_FMT_RGB8);
  return out;
}

}  // namespace

picture make_picture(std::int64_t height, std::int64_t width) {
  picture out{height, width};
  out.rgb = std::make_unique_for_overwrite<std::uint8_t[]>(out.bytes());
  return out;
}

bool is_picture_file(const std::filesystem::path& file) {
  const std::string extension = lower_extension(file);
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

picture read_picture(const std::filesystem::path& file) {
  const std::vector<std::byte> stored = read_file(file);
  if (stored.empty()) throw file_error("is empty");
  try {
    if (is_png(stored)) return decode_png(stored);
    if (is_jpeg(stored)) return decode_jpeg(stored);
  } catch (const std::bad_alloc&) {
    throw file_error("needs more memory than there is");
  }
  throw file_error("is neither a PNG nor a JPEG file");
}

std::vector<std::byte> png_of(const picture& pixels) {
  return encode_png({pixels.height, pixels.width, SPNG_COLOR_TYPE_TRUECOLOR,
                     std::as_bytes(std::span(pixels.rgb.get(), pixels.bytes())), nullptr});
}

}  // namespace bitwhere::tool
