// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "arguments.hpp"
#include "evaluate.hpp"
#include "streams.hpp"

#include <bitwhere/color.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// How the result is printed.
enum class report_format { table, json, csv };

/// The options of `bitwhere eval`, checked one by one but not yet against the file system.
struct eval_command {
  std::filesystem::path prediction;
  std::filesystem::path logits;  ///< instead of `prediction`; empty: not
  std::filesystem::path target;  ///< empty: beside the logits
  class_list classes;
  evaluate_options how;
  report_format format = report_format::table;
  bool per_image = false;
  std::string json;                          ///< a file; empty: none
  std::filesystem::path images;              ///< a folder of photographs; empty: none
  std::filesystem::path overlays;            ///< a folder; empty: none
  std::filesystem::path report;              ///< a folder; empty: none
  palette colors;                            ///< of overlays and report
  std::vector<std::filesystem::path> texts;  ///< the files that names and colours come from
  int opacity = 128;
};

/// Evaluates the label maps of files; the result is an exit_code.
int run_eval(const eval_command& command, const streams& to);

}  // namespace bitwhere::tool
