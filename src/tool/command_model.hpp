// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bitwhere::tool {

/// What an option takes, by the words of its type's name: PATH and FILE are files, DIR a folder,
/// and words in small letters stand for themselves.
struct option_value {
  std::vector<std::string> words;
  bool file = false;
  bool folder = false;
};

/// An option as it is documented.
struct option_model {
  std::vector<std::string> names;  ///< with dashes, short ones first; none: it is positional
  std::string description;
  std::string type;          ///< e.g. "N|FILE"; empty: a flag
  std::string default_text;  ///< empty: none
  bool required = false;
  bool repeats = false;

  [[nodiscard]] option_value value() const;
};

/// A command with everything below it, as it is documented.
struct command_model {
  std::string name;
  std::string description;
  std::vector<std::string> footer;  ///< its lines
  std::vector<option_model> options;
  std::vector<command_model> subcommands;
};

/// All that a command line understands, in the order of its definitions.
command_model describe(const CLI::App& app);

}  // namespace bitwhere::tool
