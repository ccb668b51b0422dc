// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

namespace bitwhere::tool {

namespace {

/// Text within a specification of _arguments, where some characters end a part.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// ":TYPE:ACTION" of the value of an option; empty for flags.
std::string value_part(const option_model& option) {
  if (option.type.empty()) return "";
  const option_value value = option.value();
  const std::string words = fmt::format("{}", fmt::join(value.words, " "));
  std::string action = " ";  // nothing is known of it
  if (value.folder) action = "_files -/";
  if (value.file) action = "_files";
  if (!words.empty()) {
    action = value.file ? fmt::format("{{compadd -- {}; _files}}", words) : "(" + words + ")";
  }
  return fmt::format(":{}:{}", escaped(option.type), action);
}

std::string arguments_of(const std::vector<option_model>& options) {
  std::string out;
  for (const option_model& option : options) {
    const std::string value = value_part(option);
    const std::string text = "[" + escaped(option.description) + "]" + value;
    for (const std::string& name : option.names) {
      out +=
          fmt::format(" \\\n        {}",
                      shell_quoted(fmt::format("{}{}{}", option.repeats ? "*" : "", name, text)));
    }
    if (option.names.empty()) out += " \\\n        " + shell_quoted("1" + value);
  }
  return out;
}

}  // namespace

std::string zsh_completion(const command_model& command) {
  std::string commands;
  std::string cases;
  for (const command_model& below : command.subcommands) {
    commands += "    " + shell_quoted(below.name + ":" + below.description) + "\n";
    cases +=
        fmt::format("    {})\n      _arguments{} ;;\n", below.name, arguments_of(below.options));
  }
  return fmt::format(
      R"(#compdef {0}
# zsh completion of {0}
_{0}() {{
  local curcontext=$curcontext state line
  local -a commands
  commands=(
{1}  )
  _arguments -C{2} \
        '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands; return ;;
    argument) ;;
    *) return ;;
  esac
  case $words[1] in
{3}  esac
}}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _{0} "$@"
else
  compdef _{0} {0}
fi
)",
      command.name, commands, arguments_of(command.options), cases);
}

}  // namespace bitwhere::tool
