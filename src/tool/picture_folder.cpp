// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "picture_folder.hpp"

#include "failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace bitwhere::tool {

namespace fs = std::filesystem;

picture_folder::picture_folder(const std::string& option, const fs::path& folder)
    : folder_(folder) {
  std::error_code failed;
  fs::directory_iterator entries(folder, failed);
  for (; !failed && entries != fs::directory_iterator(); entries.increment(failed)) {
    const fs::path& file = entries->path();
    std::error_code gone;
    if (file.filename().string().starts_with('.') || !is_picture_file(file) ||
        fs::is_directory(entries->status(gone))) {
      continue;
    }
    const auto [other, is_new] = files_.emplace(file.stem().string(), file);
    if (!is_new) {
      // In one order whatever the file system lists first.
      const auto [first, second] = std::minmax(other->second, file);
      throw usage_error(fmt::format("{}: {} and {} have the same name: which one is meant?", option,
                                    first.string(), second.string()));
    }
  }
  if (failed) {
    throw usage_error(fmt::format("{} {}: {}", option, folder.string(), failed.message()));
  }
  if (files_.empty()) {
    throw usage_error(
        fmt::format("{} {}: no .png, .jpg or .jpeg files in this folder", option, folder.string()));
  }
}

picture picture_folder::read(const std::string& stem) const {
  const auto file = files_.find(stem);
  if (file == files_.end()) {
    throw file_error(fmt::format("has no picture {} in {}", stem, folder_.string()));
  }
  try {
    return read_picture(file->second);
  } catch (const file_error& e) {
    throw file_error(fmt::format("its picture {}: {}", file->second.string(), e.what()));
  }
}

}  // namespace bitwhere::tool
