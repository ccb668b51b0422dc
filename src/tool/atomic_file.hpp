// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace bitwhere::tool {

/// Writes a file in one step: whoever reads it, even after a crash, sees the old content or the
/// new, never a part. It is written under a hidden name in the same folder and renamed; where that
/// fails, nothing is left behind. A symbolic link is replaced, and what it points to stays; a
/// regular file hands on its permissions. What is there and is no regular file (a pipe, a
/// terminal), also at the end of a link, is written to directly. Any thread. Throws file_error.
void write_file_atomically(const std::filesystem::path& file, std::span<const std::byte> bytes);
void write_file_atomically(const std::filesystem::path& file, std::string_view text);

}  // namespace bitwhere::tool
