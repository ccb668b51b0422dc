// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.h>
#include <fmt/format.h>

#include <string>

namespace bitwhere::tool {

/// The version of the library that is loaded, e.g. "0.1.0".
inline std::string version_text() {
  const int version = bw_version();
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

}  // namespace bitwhere::tool
