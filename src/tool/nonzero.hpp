// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "predicate.hpp"
#include "streams.hpp"

#include <bitwhere/nonzero.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace bitwhere::tool {

/// The options of `bitwhere nonzero`, checked one by one but not yet against the file system.
struct nonzero_command {
  std::filesystem::path file;
  std::optional<predicate> where;  ///< none: elements that are not zero
  std::filesystem::path out;       ///< ends in .npy or .txt; empty: none
  bool text = false;               ///< the hits are printed, not their number
  bool values = false;             ///< hits are values, else indices
  nonzero_options how;
  std::string device;
  int threads = 0;
};

/// Counts or lists the elements of a file for which a condition holds; the result is an exit_code.
int run_nonzero(const nonzero_command& command, const streams& to);

}  // namespace bitwhere::tool
