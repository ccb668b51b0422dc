// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "colorize.hpp"
#include "device_cli.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bitwhere::tool {

/// The texts of the options, before they are checked.
struct colorize_texts {
  std::string labels;
  std::string out;
  std::string palette;
  std::vector<std::string> ignore;
  std::string ignored_color;
  std::string outside;
  std::string layout;
  std::string images;
  std::string opacity;
  device_texts on;
};

void add_colorize_options(CLI::App& command, colorize_texts& given);

/// Throws usage_error.
colorize_command colorize_of(const colorize_texts& given);

}  // namespace bitwhere::tool
