// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <span>

namespace bitwhere::tool {

/// Decodes the pixels of a PNG of one byte a pixel, not interlaced, whose chunks before the pixels
/// have been found good and whose header gave the sizes. Returns false, with anything in `out`,
/// unless the rest of the file is exactly what the format asks for: one run of IDATs that holds
/// these pixels and no byte more, an empty IEND, the end of the file, and every checksum right. It
/// says nothing about what is wrong: libspng does, or takes the file all the same.
bool decode_pixels(std::span<const std::byte> file, std::size_t height, std::size_t width,
                   std::byte* out);

}  // namespace bitwhere::tool
