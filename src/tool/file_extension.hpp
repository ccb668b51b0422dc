// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

namespace bitwhere::tool {

/// What a file's name ends with, dot and all, in small ASCII letters.
inline std::string lower_extension(const std::filesystem::path& file) {
  std::string out = file.extension().string();
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

}  // namespace bitwhere::tool
