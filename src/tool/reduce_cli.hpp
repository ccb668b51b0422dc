// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "device_cli.hpp"
#include "reduce.hpp"

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bitwhere::tool {

/// The texts of the options, before they are checked.
struct reduce_texts {
  std::string file;
  std::vector<std::string> merged;
  std::string of;
  bool by[7] = {};                   ///< by the number of a reducer
  std::optional<std::string> where;  ///< an empty one is an error
  std::optional<std::string> dims;   ///< as well
  bool keepdim = false;
  std::string empty;
  std::string type;
  std::string first_index;
  std::string out;
  std::string partial;
  bool json = false;
  device_texts on;
};

void add_reduce_options(CLI::App& command, reduce_texts& given);

/// Throws usage_error.
reduce_command reduce_of(const reduce_texts& given);

}  // namespace bitwhere::tool
