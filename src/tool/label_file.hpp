// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "label_map.hpp"

#include <filesystem>

namespace bitwhere::tool {

/// Whether the name ends in .png or .npy, in any case.
bool is_label_file(const std::filesystem::path& file);

/// Whether the name ends in .npy, in any case.
bool is_npy_file(const std::filesystem::path& file);

/// Reads a label map of a kind that is_label_file knows. Throws file_error.
label_map read_label_map(const std::filesystem::path& file);

}  // namespace bitwhere::tool
