// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "folder.hpp"
#include "picture.hpp"

#include <filesystem>
#include <string>

namespace bitwhere::tool {

/// The pictures of a folder, found by name without extension, as label maps pair.
class picture_folder {
 public:
  /// Lists the folder; hidden files and what is below it are left out. Throws usage_error
  /// where it cannot be read, has no pictures (which names `option`), or two of one name.
  picture_folder(const std::string& option, const std::filesystem::path& folder);

  /// Reads the picture of a name. Throws file_error, also where there is none; its text continues
  /// "its picture".
  [[nodiscard]] picture read(const std::string& stem) const;

 private:
  std::filesystem::path folder_;
  files_by_stem files_;
};

}  // namespace bitwhere::tool
