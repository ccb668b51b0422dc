// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>
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

}  // namespace bitwhere::tool
