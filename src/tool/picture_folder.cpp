// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "picture_folder.hpp"

#include "failure.hpp"

#include <fmt/format.h>

namespace bitwhere::tool {

namespace fs = std::filesystem;

picture_folder::picture_folder(const std::string& option, const fs::path& folder)
    : folder_(folder) {
  for (const fs::path& file : files_in(folder)) {
    if (is_picture_file(file)) add_file(files_, file.stem().string(), file);
  }
  if (files_.empty()) {
    throw usage_error(
        fmt::format("{} {}: no .png, .jpg or .jpeg files in this folder", option, folder.string()));
  }
}

picture picture_folder::read(const std::string& stem) const {
  const auto file = files_.find(stem);
  if (file == files_.end()) {
    throw file_error(fmt::format("is missing: there is no {} in {}", stem, folder_.string()));
  }
  try {
    return read_picture(file->second);
  } catch (const file_error& e) {
    throw file_error(fmt::format("{}: {}", file->second.string(), e.what()));
  }
}

}  // namespace bitwhere::tool
