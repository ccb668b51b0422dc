// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// Files by their name without extension, byte by byte.
using files_by_stem = std::map<std::string, std::filesystem::path>;

/// Whether `path`, the value of `option`, is a folder. Throws usage_error where there is nothing.
bool is_folder(const char* option, const std::filesystem::path& path);

/// The files of a folder in no order, without hidden ones and without what is below it. Throws
/// usage_error where it cannot be read.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder);

/// Adds a file. Throws usage_error where another one has its name.
void add_file(files_by_stem& to, const std::string& stem, const std::filesystem::path& file);

/// The .png and .npy files of a folder. Throws usage_error where there are none, and as above.
files_by_stem list_label_files(const std::filesystem::path& folder);

}  // namespace bitwhere::tool
