// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "file_tensor.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// Takes the bytes of a .npy file for a tensor in the order of the file: bool, u8, i8, i16, i32,
/// i64, f16, f32, f64, c64 or c128, little-endian, of rank 0 to 16. Throws file_error.
file_tensor tensor_of_npy(std::vector<std::byte> file);

/// The bytes of a .npy file of a row-major tensor in host memory; of any dtype but bf16.
std::string npy_of(const tensor_view& from);

}  // namespace bitwhere::tool
