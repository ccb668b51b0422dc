// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

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

/// A usage_error at one place of a text, which is shown with a mark below.
class syntax_error : public usage_error {
 public:
  syntax_error(const std::string& what, std::string text, std::size_t at)
      : usage_error(what), text_(std::move(text)), at_(at) {}

  [[nodiscard]] const std::string& text() const { return text_; }
  /// The byte that the mark stands below; the text's size: behind it.
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  std::string text_;
  std::size_t at_;
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
