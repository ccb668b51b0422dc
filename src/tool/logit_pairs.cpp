// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "logit_pairs.hpp"

#include "folder.hpp"
#include "label_file.hpp"

#include <fmt/format.h>

#include <set>
#include <string>
#include <string_view>

namespace bitwhere::tool {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view suffix = "_target";

/// What a folder of scores holds.
struct logit_folder {
  files_by_stem scores;
  files_by_stem targets;  ///< by the name of their scores
};

logit_folder list_logits(const fs::path& folder) {
  logit_folder out;
  files_by_stem pictures;
  for (const fs::path& file : files_in(folder)) {
    if (!is_label_file(file)) continue;
    std::string stem = file.stem().string();
    const bool array = is_npy_file(file);
    if (stem.ends_with(suffix)) {
      stem.resize(stem.size() - suffix.size());
      add_file(array ? out.targets : pictures, stem, file);
    } else if (array) {
      add_file(out.scores, stem, file);
    }
  }
  if (out.scores.empty()) {
    throw usage_error(
        fmt::format("--logits {}: no .npy files of scores in this folder", folder.string()));
  }
  out.targets.merge(pictures);  // which leaves the arrays where there are both
  return out;
}

std::string missing_target(const std::string& name, const fs::path& target) {
  return fmt::format("has no target: no {}{}.npy or .png beside it{}", name, suffix,
                     target.empty() ? "" : fmt::format(", and no {} in {}", name, target.string()));
}

pairing pair_file(const fs::path& logits, const fs::path& target, bool target_is_folder) {
  const std::string name = logits.stem().string();
  if (!target.empty() && !target_is_folder) return {{{name, logits, target}}, {}};
  for (const char* extension : {".npy", ".png"}) {
    const fs::path beside = logits.parent_path() / fmt::format("{}{}{}", name, suffix, extension);
    std::error_code failed;
    if (fs::exists(beside, failed)) return {{{name, logits, beside}}, {}};
  }
  if (target_is_folder) {
    const files_by_stem targets = list_label_files(target);
    const auto found = targets.find(name);
    if (found != targets.end()) return {{{name, logits, found->second}}, {}};
  }
  throw usage_error(fmt::format("--logits {}: {}", logits.string(), missing_target(name, target)));
}

}  // namespace

pairing pair_logits(const fs::path& logits, const fs::path& target) {
  const bool folder = is_folder("--logits", logits);
  const bool target_is_folder = !target.empty() && is_folder("--target", target);
  if (!folder) return pair_file(logits, target, target_is_folder);
  if (!target.empty() && !target_is_folder) {
    throw usage_error("--logits is a folder, so --target must be one, too");
  }
  const logit_folder beside = list_logits(logits);
  const files_by_stem others = target.empty() ? files_by_stem() : list_label_files(target);
  std::set<std::string> names;
  for (const files_by_stem* files : {&beside.scores, &beside.targets, &others}) {
    for (const auto& [name, file] : *files) names.insert(name);
  }
  pairing out;
  for (const std::string& name : names) {
    const auto scores = beside.scores.find(name);
    const auto near = beside.targets.find(name);
    const auto far = others.find(name);
    if (scores == beside.scores.end()) {
      const fs::path& alone = near != beside.targets.end() ? near->second : far->second;
      out.problems.push_back({alone.string(), "has no scores in " + logits.string()});
    } else if (near != beside.targets.end()) {
      out.pairs.push_back({name, scores->second, near->second});
    } else if (far != others.end()) {
      out.pairs.push_back({name, scores->second, far->second});
    } else {
      out.problems.push_back({scores->second.string(), missing_target(name, target)});
    }
  }
  if (!out.pairs.empty()) return out;
  throw usage_error(fmt::format("--logits {}: no file has a target; {} {}", logits.string(),
                                out.problems.front().file, out.problems.front().text));
}

}  // namespace bitwhere::tool
