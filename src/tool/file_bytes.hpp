// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace bitwhere::tool {

/// The whole of a regular file. Throws file_error.
std::vector<std::byte> read_file(const std::filesystem::path& file);

}  // namespace bitwhere::tool
