// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "cli.hpp"

#include <unistd.h>

#include <iostream>

int main(int argc, char** argv) {
  const bool on_terminal = isatty(STDERR_FILENO) != 0;
  return bitwhere::tool::run(argc, argv,
                             {std::cout, std::cerr, on_terminal ? &std::cerr : nullptr});
}
