// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace bitwhere::tool {

/// The texts of the options that say where to compute, before they are checked.
struct device_texts {
  std::string device;
  std::string threads;
};

void add_device_options(CLI::App& command, device_texts& given);

/// CPU threads; 0: one a core. Throws usage_error.
int threads_of(const device_texts& given);

}  // namespace bitwhere::tool
