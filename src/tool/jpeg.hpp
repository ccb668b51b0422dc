// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "picture.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace bitwhere::tool {

/// Whether a file begins as every JPEG does.
bool is_jpeg(std::span<const std::byte> file);

/// Decodes a grey or colour JPEG, baseline or progressive. Throws file_error; also where it is
/// damaged in a way that a viewer would paint over, or where EXIF says that it is to be turned.
picture decode_jpeg(std::span<const std::byte> file);

}  // namespace bitwhere::tool
