// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../streams.hpp"
#include "corpus.hpp"
#include "runner.hpp"

#include <string>
#include <vector>

namespace bitwhere::tool {

/// The options of `bitwhere parity`.
struct parity_command {
  subset rows = subset::standard;
  std::string filter;  ///< a glob or a part of names; empty: all
  bool list = false;   ///< names alone
  backend_choice on;
  std::string golden;        ///< a file to compare with; empty: none
  std::string write_golden;  ///< a file to write; empty: none
  std::string json;          ///< a file; "-": standard output instead of the table; empty: none
};

/// Runs the rows on every chosen backend and compares; the result is an exit_code.
int run_parity(const parity_command& command, const streams& to);

/// The same on runners that a test chose.
int run_parity(const parity_command& command, const runner_list& on, const streams& to);

}  // namespace bitwhere::tool
