// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "png_writer.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace bitwhere::tool_test {

namespace {

std::string big_endian(std::size_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 255);
  return out;
}

int predicted(int filter, int left, int above, int corner) {
  if (filter == 1) return left;
  if (filter == 2) return above;
  if (filter == 3) return (left + above) / 2;
  if (filter != 4) return 0;
  const int sum = left + above - corner;
  int best = left;
  for (const int other : {above, corner}) {
    if (std::abs(sum - other) < std::abs(sum - best)) best = other;
  }
  return best;
}

}  // namespace

std::string png_chunk(std::string_view type, std::string_view data) {
  const std::string checked = std::string(type) + std::string(data);
  return big_endian(data.size()) + checked +
         big_endian(libdeflate_crc32(0, checked.data(), checked.size()));
}

std::string png_start(std::size_t height, std::size_t width, char colour_type) {
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", big_endian(width) + big_endian(height) + '\x08' +
                                                     colour_type + std::string(3, '\0'));
}

std::string png_palette(std::size_t colours) {
  std::string entries;
  for (std::size_t i = 0; i < colours; ++i) entries += std::string(3, static_cast<char>(i));
  return png_chunk("PLTE", entries);
}

std::string filtered_rows(const byte_map& map, const std::vector<int>& filters) {
  const auto pixel = [&](std::size_t row, std::size_t x) {
    return static_cast<unsigned char>(map.pixels[row * map.width + x]);
  };
  std::string out;
  for (std::size_t row = 0; row < map.height; ++row) {
    const int filter = filters[row % filters.size()];
    out += static_cast<char>(filter);
    for (std::size_t x = 0; x < map.width; ++x) {
      const int left = x > 0 ? pixel(row, x - 1) : 0;
      const int above = row > 0 ? pixel(row - 1, x) : 0;
      const int corner = row > 0 && x > 0 ? pixel(row - 1, x - 1) : 0;
      out += static_cast<char>(pixel(row, x) - predicted(filter, left, above, corner));
    }
  }
  return out;
}

std::string deflated(std::string_view bytes, int level) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> with(
      libdeflate_alloc_compressor(level), &libdeflate_free_compressor);
  std::string out(libdeflate_zlib_compress_bound(with.get(), bytes.size()), '\0');
  out.resize(
      libdeflate_zlib_compress(with.get(), bytes.data(), bytes.size(), out.data(), out.size()));
  return out;
}

std::string png_pixels(std::string_view stream, std::size_t bytes_each) {
  std::string out;
  for (std::size_t at = 0; at < stream.size(); at += bytes_each) {
    out += png_chunk("IDAT", stream.substr(at, bytes_each));
  }
  return out;
}

}  // namespace bitwhere::tool_test
