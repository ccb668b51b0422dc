// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "pairs.hpp"

#include <filesystem>

namespace bitwhere::tool {

/// Pairs .npy files of scores with their targets: X.npy with X_target.npy beside it, else with
/// X_target.png beside it, else with the label file X of the folder `target`, which may be empty.
/// Files named *_target are no scores. For a file of scores `target` may be a file, too, which is
/// then the one that counts. Throws usage_error as pair_files does.
pairing pair_logits(const std::filesystem::path& logits, const std::filesystem::path& target);

}  // namespace bitwhere::tool
