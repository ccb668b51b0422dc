// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "label_map.hpp"

#include <filesystem>

namespace bitwhere::tool {

/// Reads a .npy array of shape (H, W) or (1, H, W) and of any integer type or bool as labels.
/// Unsigned types beyond u8 become the next wider signed one, bool becomes u8. Throws file_error.
label_map read_npy(const std::filesystem::path& file);

}  // namespace bitwhere::tool
