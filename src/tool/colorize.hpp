// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "painting.hpp"
#include "streams.hpp"

#include <filesystem>
#include <string>

namespace bitwhere::tool {

/// The options of `bitwhere colorize`, checked one by one but not yet against the file system.
struct colorize_command {
  std::filesystem::path labels;
  std::filesystem::path out;
  paint how;
  std::filesystem::path images;  ///< empty: none
  std::filesystem::path texts;   ///< the file that colours come from; empty: none
  std::string device;
  int threads = 0;
};

/// Colours label maps as PNGs; the result is an exit_code.
int run_colorize(const colorize_command& command, const streams& to);

}  // namespace bitwhere::tool
