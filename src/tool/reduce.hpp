// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "predicate.hpp"
#include "streams.hpp"

#include <bitwhere/reduce.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// The options of `bitwhere reduce`, checked one by one but not yet against the file system.
struct reduce_command {
  std::filesystem::path file;                 ///< empty: partials are merged instead
  std::vector<std::filesystem::path> merged;  ///< files of partials
  std::optional<dtype> of;                    ///< what those were made of
  std::vector<reducer> by;
  std::optional<predicate> where;  ///< none: all elements
  reduce_options how;              ///< but its condition
  std::filesystem::path out;       ///< a .npy; empty: none
  std::filesystem::path partial;   ///< a .npy of what can be merged; empty: none
  bool json = false;
  std::string device;
  int threads = 0;
};

/// Reduces a file, or merges partials of several; the result is an exit_code.
int run_reduce(const reduce_command& command, const streams& to);

}  // namespace bitwhere::tool
