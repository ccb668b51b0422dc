// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bitwhere::tool {

namespace {

std::string value_part(const option_model& option) {
  if (option.type.empty()) return "";
  const option_value value = option.value();
  // -x: a value that is no file; -r -F: one that may be.
  std::string out = value.file ? " -r -F" : " -x";
  if (value.folder) out += " -a '(__fish_complete_directories)'";
  if (!value.words.empty()) out += fmt::format(" -a '{}'", fmt::join(value.words, " "));
  return out;
}

std::string line_of(const std::string& begin, const option_model& option) {
  std::string out = begin;
  for (const std::string& name : option.names) {
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (option.names.empty()) {
    const option_value value = option.value();
    if (value.file) out += " -F";
    return out + fmt::format(" -a '{}'\n", fmt::join(value.words, " "));
  }
  return out + value_part(option) + " -d " + shell_quoted(option.description) + "\n";
}

}  // namespace

std::string fish_completion(const command_model& command) {
  const std::string begin = "complete -c " + command.name;
  std::string out = fmt::format("# fish completion of {}\n{} -f\n", command.name, begin);
  const std::string at_top = begin + " -n __fish_use_subcommand";
  for (const option_model& option : command.options) out += line_of(at_top, option);
  for (const command_model& below : command.subcommands) {
    out += fmt::format("{} -a {} -d {}\n", at_top, below.name, shell_quoted(below.description));
  }
  for (const command_model& below : command.subcommands) {
    const std::string within =
        fmt::format("{} -n '__fish_seen_subcommand_from {}'", begin, below.name);
    for (const option_model& option : below.options) out += line_of(within, option);
  }
  return out;
}

}  // namespace bitwhere::tool
