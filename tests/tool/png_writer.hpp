// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bitwhere::tool_test {

/// PNGs of one byte a pixel, written part by part, so that each part may be odd or wrong.

/// A map, row by row.
struct byte_map {
  std::size_t height = 0;
  std::size_t width = 0;
  std::string pixels;
};

/// With its length and checksum.
std::string png_chunk(std::string_view type, std::string_view data);
/// The signature and the header of a file of 8 bits; colour types 0 (grey) and 3 (palette).
std::string png_start(std::size_t height, std::size_t width, char colour_type);
/// A palette of so many greys.
std::string png_palette(std::size_t colours);
/// Each row with a filter's number before it; rows take the filters in turn.
std::string filtered_rows(const byte_map& map, const std::vector<int>& filters);
/// A zlib stream; level 0 stores, 12 compresses most.
std::string deflated(std::string_view bytes, int level);
/// IDATs of so many bytes; the last may have fewer.
std::string png_pixels(std::string_view stream, std::size_t bytes_each);

}  // namespace bitwhere::tool_test
