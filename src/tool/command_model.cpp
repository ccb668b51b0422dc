// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "command_model.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>

namespace bitwhere::tool {

namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) out.push_back(part);
  return out;
}

option_model describe(const CLI::Option& option) {
  option_model out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  out.description = option.get_description();
  if (option.get_items_expected_max() > 0) out.type = option.get_type_name();
  out.default_text = option.get_default_str();
  out.required = option.get_required();
  out.repeats = option.get_items_expected_max() > 1;
  return out;
}

}  // namespace

option_value option_model::value() const {
  option_value out;
  for (const std::string& part : split(type, '|')) {
    if (part == "PATH" || part == "FILE") out.file = true;
    if (part == "DIR") out.folder = true;
    const auto is_small = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    if (std::all_of(part.begin(), part.end(), is_small)) out.words.push_back(part);
  }
  return out;
}

command_model describe(const CLI::App& app) {
  command_model out;
  out.name = app.get_name();
  out.description = app.get_description();
  out.footer = split(app.get_footer(), '\n');
  for (const CLI::Option* option : app.get_options()) out.options.push_back(describe(*option));
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
    out.subcommands.push_back(describe(*below));
  }
  return out;
}

}  // namespace bitwhere::tool
