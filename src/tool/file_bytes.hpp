// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace bitwhere::tool {

/// The whole of a regular file. Throws file_error.
std::vector<std::byte> read_file(const std::filesystem::path& file);

/// Writes a file in one step: readers see the old content or the new, never a part. What is there
/// and is no regular file (a pipe, a terminal) is written to directly. Throws std::runtime_error.
void write_file(const std::filesystem::path& file, std::span<const std::byte> bytes);
void write_file(const std::filesystem::path& file, std::string_view text);

}  // namespace bitwhere::tool
