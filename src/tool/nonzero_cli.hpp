// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "device_cli.hpp"
#include "nonzero.hpp"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace bitwhere::tool {

/// The texts of the options, before they are checked.
struct nonzero_texts {
  std::string file;
  std::optional<std::string> where;  ///< an empty one is an error
  std::string out;
  bool text = false;
  bool values = false;
  std::string form;
  std::string index;
  device_texts on;
};

void add_nonzero_options(CLI::App& command, nonzero_texts& given);

/// Throws usage_error.
nonzero_command nonzero_of(const nonzero_texts& given);

}  // namespace bitwhere::tool
