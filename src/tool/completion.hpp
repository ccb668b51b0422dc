// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "command_model.hpp"

#include <string>

namespace bitwhere::tool {

/// Scripts that complete the words of a command line: subcommands, their options, and the values
/// of options that are words, files or folders.
std::string bash_completion(const command_model& command);
std::string zsh_completion(const command_model& command);
std::string fish_completion(const command_model& command);

/// The script of "bash", "zsh" or "fish". Throws usage_error.
std::string completion_of(const std::string& shell, const command_model& command);

/// A text as one word of these shells, in single quotes.
std::string shell_quoted(const std::string& text);

}  // namespace bitwhere::tool
