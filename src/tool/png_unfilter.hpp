// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <cstdint>

namespace bitwhere::tool {

/// Undoes PNG's filters of rows of one byte a pixel. `filtered` holds height * (width + 1) bytes,
/// a filter's number before each row, and `out` takes height * width; width is at least 1. Returns
/// false at a filter that PNG does not know.
bool unfilter(const std::uint8_t* filtered, std::size_t height, std::size_t width,
              std::uint8_t* out);

}  // namespace bitwhere::tool
