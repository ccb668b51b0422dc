// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "device_cli.hpp"

#include "arguments.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <limits>

namespace bitwhere::tool {

void add_device_options(CLI::App& command, device_texts& given) {
  command.add_option("--device", given.device, "cpu, cuda:0, ...; \"bitwhere info\" lists them")
      ->type_name("NAME");
  command.add_option("--threads", given.threads, "CPU threads at most (default: one a core)")
      ->type_name("N");
}

int threads_of(const device_texts& given) {
  if (given.threads.empty()) return 0;
  return static_cast<int>(
      parse_integer("--threads", given.threads, 1, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace bitwhere::tool
