// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "streams.hpp"

#include <bitwhere/color.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// How pixels are stored.
enum class color_layout { indexed, rgb, rgba };

/// What becomes of labels without a colour.
enum class outside_labels { error, color, wrap };

/// The options of `bitwhere colorize`, checked one by one but not yet against the file system.
struct colorize_command {
  std::filesystem::path labels;
  std::filesystem::path out;
  palette colors;
  std::vector<std::int64_t> ignore;
  color ignored_color = {0, 0, 0, 0};
  outside_labels outside = outside_labels::error;
  color_layout layout = color_layout::rgb;
  std::string images;  ///< a folder or a file; empty: none
  int opacity = 128;
  std::string device;
  int threads = 0;
};

/// Colours label maps as PNGs; the result is an exit_code.
int run_colorize(const colorize_command& command, const streams& to);

}  // namespace bitwhere::tool
