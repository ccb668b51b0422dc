// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "pairs.hpp"

#include "folder.hpp"

#include <fmt/format.h>

namespace bitwhere::tool {

namespace fs = std::filesystem;

namespace {

void require_pairs(const pairing& found, const fs::path& prediction, const fs::path& target,
                   const files_by_stem& predictions, const files_by_stem& targets) {
  if (!found.pairs.empty()) return;
  throw usage_error(
      fmt::format("no prediction has a target of the same name: {} holds e.g. {}, {} holds e.g. {}",
                  prediction.string(), predictions.begin()->second.filename().string(),
                  target.string(), targets.begin()->second.filename().string()));
}

}  // namespace

pairing pair_files(const fs::path& prediction, const fs::path& target) {
  const bool folders = is_folder("--prediction", prediction);
  if (folders != is_folder("--target", target)) {
    throw usage_error("--prediction and --target must be two folders or two files");
  }
  pairing out;
  if (!folders) {
    out.pairs.push_back({target.stem().string(), prediction, target});
    return out;
  }
  const files_by_stem predictions = list_label_files(prediction);
  files_by_stem targets = list_label_files(target);
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
  require_pairs(out, prediction, target, predictions, targets);
  return out;
}

}  // namespace bitwhere::tool
