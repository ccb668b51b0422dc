// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "arguments.hpp"
#include "evaluate.hpp"
#include "streams.hpp"

#include <filesystem>
#include <string>

namespace bitwhere::tool {

/// The options of `bitwhere eval`, checked one by one but not yet against the file system.
struct eval_command {
  std::filesystem::path prediction;
  std::filesystem::path target;
  class_list classes;
  std::vector<std::int64_t> ignore;
  std::string device;
  int threads = 0;
  std::string json;  ///< a file; "-": standard output instead of the table; empty: none
};

/// Evaluates the label maps of files; the result is an exit_code.
int run_eval(const eval_command& command, const streams& to);

}  // namespace bitwhere::tool
