// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "failure.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// A prediction and the target it is measured against.
struct file_pair {
  std::string name;  ///< their stem
  std::filesystem::path prediction;
  std::filesystem::path target;
};

struct pairing {
  std::vector<file_pair> pairs;   ///< in the order of their names, byte by byte
  std::vector<problem> problems;  ///< files without a partner, in the same order
};

/// Pairs two files, or the label files of two folders by stem (a.png with a.npy, too); folders
/// are not searched below. Hidden files are left out. Throws usage_error where a path is missing,
/// one is a folder and the other is not, a stem occurs twice in a folder, or there is no pair.
pairing pair_files(const std::filesystem::path& prediction, const std::filesystem::path& target);

}  // namespace bitwhere::tool
