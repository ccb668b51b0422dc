// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "colorize_cli.hpp"
#include "device_cli.hpp"
#include "eval_cli.hpp"
#include "nonzero_cli.hpp"
#include "parity/parity_cli.hpp"
#include "reduce_cli.hpp"
#include "streams.hpp"

#include <string>

namespace CLI {
class App;
}

namespace bitwhere::tool {

/// The texts of the options of all subcommands, before they are checked.
struct option_texts {
  bool info_json = false;
  eval_texts eval;
  colorize_texts colorize;
  nonzero_texts nonzero;
  reduce_texts reduce;
  std::string write;
  device_texts demo_on;
  parity_texts parity;
  std::string shell;
};

/// Adds all subcommands with their options, and what the top level has itself.
void add_commands(CLI::App& app, option_texts& given);

/// Runs the subcommand that was parsed; the result is an exit_code. Throws usage_error, also where
/// there is none.
int run_command(const CLI::App& app, const option_texts& given, const streams& to);

}  // namespace bitwhere::tool
