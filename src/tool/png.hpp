// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "label_map.hpp"

#include <bitwhere/color.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace bitwhere::tool {

/// Reads a PNG as labels: the values of grey images as they are stored, the indices of palette
/// images. 16 bits give i32, fewer give u8. Throws file_error, also for colour and alpha.
label_map read_png(const std::filesystem::path& file);

/// The same of a file's bytes: by libdeflate where that can, else by libspng.
label_map labels_of_png(std::span<const std::byte> stored);
/// libspng takes every kind of PNG, and says what is wrong with one. Throws file_error.
label_map labels_by_libspng(std::span<const std::byte> stored);
/// libdeflate decodes maps of 8 bits several times faster. Nothing where the file is of another
/// kind or anything about its pixels is unusual; throws file_error only where libspng's way does.
std::optional<label_map> labels_by_libdeflate(std::span<const std::byte> stored);

/// The bytes of a palette PNG whose indices are the labels of a u8 row-major map. There are up to
/// 256 colours, and more than the largest label. Throws file_error.
std::vector<std::byte> indexed_png_of(const label_map& labels, const palette& colors);

/// Writes one to a file. Throws file_error.
void write_png(const std::filesystem::path& file, const label_map& labels, const palette& colors);

}  // namespace bitwhere::tool
