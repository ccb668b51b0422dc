// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <stdexcept>
#include <string>

namespace bitwhere::tool {

/// What the process returns; part of the command line's contract, stated in its help.
enum exit_code : int {
  exit_ok = 0,            ///< everything was evaluated
  exit_problems = 1,      ///< evaluated, with problems that are listed
  exit_usage = 2,         ///< wrong usage, or nothing to evaluate
  exit_internal = 3,      ///< anything unexpected
  exit_interrupted = 130  ///< evaluated in part; what shells say of a process that Ctrl-C ended
};

/// Stops the command with exit_usage.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file that is no label map. The text does not name the file: its reader's caller knows it.
class file_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Something that is wrong with one file and does not stop the others.
struct problem {
  std::string file;
  std::string text;
};

}  // namespace bitwhere::tool
