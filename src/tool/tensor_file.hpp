// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "file_tensor.hpp"

#include <filesystem>

namespace bitwhere::tool {

/// Reads a tensor; the content decides how: a .npy file, a PNG of labels (grey or palette, (H, W),
/// u8, or i32 of 16 bits), or one of colours of 8 bits ((H, W, 3) or, with alpha, (H, W, 4), u8).
/// Throws file_error.
file_tensor read_tensor(const std::filesystem::path& file);

}  // namespace bitwhere::tool
