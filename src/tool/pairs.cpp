// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "pairs.hpp"

#include "label_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <system_error>

namespace bitwhere::tool {

namespace fs = std::filesystem;

namespace {

using files_by_stem = std::map<std::string, fs::path>;

files_by_stem list_folder(const fs::path& folder) {
  std::error_code failed;
  fs::directory_iterator entries(folder, failed);
  files_by_stem out;
  for (; !failed && entries != fs::directory_iterator(); entries.increment(failed)) {
    const fs::path& file = entries->path();
    std::error_code gone;
    if (file.filename().string().starts_with('.') || !is_label_file(file) ||
        fs::is_directory(entries->status(gone))) {
      continue;
    }
    const auto [other, is_new] = out.emplace(file.stem().string(), file);
    if (!is_new) {
      // In one order whatever the file system lists first.
      const auto [first, second] = std::minmax(other->second, file);
      throw usage_error(fmt::format("{} and {} have the same name: which one is meant?",
                                    first.string(), second.string()));
    }
  }
  if (failed) {
    throw usage_error(fmt::format("{}: {}", folder.string(), failed.message()));
  }
  if (out.empty()) {
    throw usage_error(fmt::format("{}: no .png and no .npy files in this folder", folder.string()));
  }
  return out;
}

/// Whether it is a folder; throws where there is nothing.
bool is_folder(const fs::path& path, const char* what) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (!fs::exists(status)) {
    throw usage_error(fmt::format("--{} {}: no such file or folder", what, path.string()));
  }
  return fs::is_directory(status);
}

}  // namespace

pairing pair_files(const fs::path& prediction, const fs::path& target) {
  const bool folders = is_folder(prediction, "prediction");
  if (folders != is_folder(target, "target")) {
    throw usage_error("--prediction and --target must be two folders or two files");
  }
  pairing out;
  if (!folders) {
    out.pairs.push_back({target.stem().string(), prediction, target});
    return out;
  }
  const files_by_stem predictions = list_folder(prediction);
  files_by_stem targets = list_folder(target);
  // Merged, so that problems stand in the order of the names too.
  files_by_stem all = predictions;
  all.insert(targets.begin(), targets.end());
  for (const auto& [name, file] : all) {
    const auto p = predictions.find(name);
    const auto t = targets.find(name);
    if (p == predictions.end()) {
      out.problems.push_back({file.string(), "has no prediction in " + prediction.string()});
    } else if (t == targets.end()) {
      out.problems.push_back({file.string(), "has no target in " + target.string()});
    } else {
      out.pairs.push_back({name, p->second, t->second});
    }
  }
  if (out.pairs.empty()) {
    throw usage_error(fmt::format(
        "no prediction has a target of the same name: {} holds e.g. {}, {} holds e.g. {}",
        prediction.string(), predictions.begin()->second.filename().string(), target.string(),
        targets.begin()->second.filename().string()));
  }
  return out;
}

}  // namespace bitwhere::tool
