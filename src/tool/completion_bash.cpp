// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bitwhere::tool {

namespace {

/// What compgen is asked for the value of an option.
std::string choices(const option_model& option) {
  const option_value value = option.value();
  std::string out;
  if (!value.words.empty()) out += fmt::format("-W '{}' ", fmt::join(value.words, " "));
  if (value.file) out += "-f ";
  if (value.folder) out += "-d ";
  if (!out.empty()) out.pop_back();
  return out;
}

/// A case for each option that takes a value, which knows the command and the word before.
std::string value_cases(const std::string& command, const std::vector<option_model>& options) {
  std::string out;
  for (const option_model& option : options) {
    if (option.type.empty()) continue;
    for (const std::string& name : option.names) {
      out += fmt::format("    '{} {}') choices=({}) ;;\n", command, name, choices(option));
    }
  }
  return out;
}

/// The words that may stand where no value is wanted.
std::string words_case(const command_model& command, const std::string& label) {
  std::vector<std::string> words;
  bool takes_files = false;
  for (const command_model& below : command.subcommands) words.push_back(below.name);
  for (const option_model& option : command.options) {
    const bool is_positional = option.names.empty();
    takes_files = takes_files || (is_positional && option.value().file);
    const std::vector<std::string> more = is_positional ? option.value().words : option.names;
    words.insert(words.end(), more.begin(), more.end());
  }
  return fmt::format("      {}) choices=(-W '{}'{}) ;;\n", label, fmt::join(words, " "),
                     takes_files ? " -f" : "");
}

}  // namespace

std::string bash_completion(const command_model& command) {
  std::vector<std::string> names;
  std::string values = value_cases("", command.options);
  std::string words = words_case(command, "''");
  for (const command_model& below : command.subcommands) {
    names.push_back(below.name);
    values += value_cases(below.name, below.options);
    words += words_case(below, below.name);
  }
  return fmt::format(
      R"(# bash completion of {0}
_{0}() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
  local command= word
  local -a choices=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in
      {1}) command=$word; break ;;
    esac
  done
  COMPREPLY=()
  case "$command $prev" in
{2}    *) case $command in
{3}    esac ;;
  esac
  [ ${{#choices[@]}} -eq 0 ] && return
  case " ${{choices[*]}} " in
    *' -f '* | *' -d '*) compopt -o filenames 2>/dev/null || : ;;
  esac
  mapfile -t COMPREPLY < <(compgen "${{choices[@]}}" -- "$cur")
}}
complete -F _{0} {0}
)",
      command.name, fmt::join(names, " | "), values, words);
}

}  // namespace bitwhere::tool
