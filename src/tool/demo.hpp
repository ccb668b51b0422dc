// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "streams.hpp"

#include <string>

namespace bitwhere::tool {

/// The options of `bitwhere demo`.
struct demo_command {
  std::string write;  ///< a folder to write the scenes to; empty: none
  std::string device;
  int threads = 0;
};

/// Evaluates the drawn scenes; the result is an exit_code.
int run_demo(const demo_command& command, const streams& to);

}  // namespace bitwhere::tool
