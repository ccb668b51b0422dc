// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitwhere::tool {

/// What the header of a .npy file says about its array.
struct npy_header {
  std::string descr;  ///< as it stands there, e.g. "<i4"
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// Parses the header's text, a Python dict literal of exactly the three keys. Throws file_error.
///   Example:  "{'descr': '<i4', 'fortran_order': False, 'shape': (360, 480), }"
npy_header parse_npy_header(std::string_view text);

/// A .npy file whose array begins at a byte.
struct npy_file {
  npy_header header;
  std::size_t begin = 0;
};

/// Whether a file begins as every .npy does.
bool is_npy(std::span<const std::byte> file);

/// Parses what stands before the array. Throws file_error.
npy_file parse_npy_file(std::span<const std::byte> file);

/// What stands before an array in row-major order; the array follows at a multiple of 64 bytes.
///   Example:  npy_front("<i8", {3, 2})
std::string npy_front(std::string_view descr, std::span<const std::int64_t> shape);

}  // namespace bitwhere::tool
