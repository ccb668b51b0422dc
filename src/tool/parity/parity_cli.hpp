// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "parity.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bitwhere::tool {

/// The texts of the options, before they are checked.
struct parity_texts {
  bool quick = false;
  bool full = false;
  bool exhaustive = false;
  bool list = false;
  std::string filter;
  std::vector<std::string> devices;
  std::vector<std::string> isas;
  std::vector<std::string> threads;
  std::string golden;
  std::string write_golden;
  std::string json;
};

void add_parity_options(CLI::App& command, parity_texts& given);

/// Throws usage_error.
parity_command parity_of(const parity_texts& given);

}  // namespace bitwhere::tool
