// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "completion.hpp"

#include "failure.hpp"

#include <fmt/format.h>

namespace bitwhere::tool {

std::string completion_of(const std::string& shell, const command_model& command) {
  if (shell == "bash") return bash_completion(command);
  if (shell == "zsh") return zsh_completion(command);
  if (shell == "fish") return fish_completion(command);
  throw usage_error(fmt::format("completion {}: not bash, zsh or fish", shell));
}

std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace bitwhere::tool
