// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "label_map.hpp"

#include <array>
#include <cstdint>
#include <filesystem>

namespace bitwhere::tool {

/// Reads a PNG as labels: the values of grey images as they are stored, the indices of palette
/// images. 16 bits give i32, fewer give u8. Throws file_error, also for colour and alpha.
label_map read_png(const std::filesystem::path& file);

struct rgb {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

using palette = std::array<rgb, 256>;

/// Writes a u8 row-major map as a palette PNG whose indices are the labels.
void write_png(const std::filesystem::path& file, const label_map& labels, const palette& colours);

}  // namespace bitwhere::tool
