// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <ostream>

namespace bitwhere::tool {

/// Where a command writes.
struct streams {
  std::ostream& out;                 ///< results
  std::ostream& err;                 ///< problems and errors
  std::ostream* terminal = nullptr;  ///< the progress bar; NULL: none
};

}  // namespace bitwhere::tool
