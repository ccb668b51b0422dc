// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "score_map.hpp"

#include <filesystem>

namespace bitwhere::tool {

/// Reads a .npy array of shape (C, H, W) or (1, C, H, W) and of type f16, f32 or f64 as scores of C
/// classes, in the order of the file. Throws file_error.
score_map read_npy_scores(const std::filesystem::path& file);

}  // namespace bitwhere::tool
