// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "folder.hpp"

#include "failure.hpp"
#include "label_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace bitwhere::tool {

namespace fs = std::filesystem;

bool is_folder(const char* option, const fs::path& path) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (!fs::exists(status)) {
    throw usage_error(fmt::format("{} {}: no such file or folder", option, path.string()));
  }
  return fs::is_directory(status);
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code failed;
  fs::directory_iterator entries(folder, failed);
  for (; !failed && entries != fs::directory_iterator(); entries.increment(failed)) {
    const fs::path& file = entries->path();
    std::error_code gone;
    if (file.filename().string().starts_with('.') || fs::is_directory(entries->status(gone))) {
      continue;
    }
    out.push_back(file);
  }
  if (failed) throw usage_error(fmt::format("{}: {}", folder.string(), failed.message()));
  return out;
}

void add_file(files_by_stem& to, const std::string& stem, const fs::path& file) {
  const auto [other, is_new] = to.emplace(stem, file);
  if (is_new) return;
  // In one order whatever the file system lists first.
  const auto [first, second] = std::minmax(other->second, file);
  throw usage_error(fmt::format("{} and {} have the same name: which one is meant?", first.string(),
                                second.string()));
}

files_by_stem list_label_files(const fs::path& folder) {
  files_by_stem out;
  for (const fs::path& file : files_in(folder)) {
    if (is_label_file(file)) add_file(out, file.stem().string(), file);
  }
  if (out.empty()) {
    throw usage_error(fmt::format("{}: no .png and no .npy files in this folder", folder.string()));
  }
  return out;
}

}  // namespace bitwhere::tool
