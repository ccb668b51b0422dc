// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

namespace simt {

/// Where device code called a checked function. `here()` as a default argument names the caller's
/// line; std::source_location would do, but clang 14 lacks its builtin.
struct site {
  const char* file = "";
  int line = 0;

  static constexpr site here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

}  // namespace simt
