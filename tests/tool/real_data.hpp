// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace bitwhere::tool_test {

inline constexpr const char* no_real_data = "BITWHERE_TEST_DATA names no folder with this data set";

/// The folder of a published data set; empty where it is not on this machine.
inline std::filesystem::path real_data(const std::string& name) {
  const char* folder = std::getenv("BITWHERE_TEST_DATA");
  if (folder == nullptr) return {};
  const std::filesystem::path root = std::filesystem::path(folder) / name;
  return std::filesystem::exists(root / "dataset.json") ? root : std::filesystem::path();
}

}  // namespace bitwhere::tool_test
