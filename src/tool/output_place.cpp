// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "output_place.hpp"

#include "failure.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace bitwhere::tool {

namespace fs = std::filesystem;

void require_writable_place(const std::string& option, const std::string& file) {
  if (file.empty() || file == "-") return;
  const fs::path place(file);
  std::error_code failed;
  if (fs::is_directory(place, failed)) {
    throw usage_error(fmt::format("{} {}: is a folder", option, file));
  }
  const fs::path folder = place.has_parent_path() ? place.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, failed)) {
    throw usage_error(fmt::format("{} {}: there is no folder {}", option, file, folder.string()));
  }
}

}  // namespace bitwhere::tool
