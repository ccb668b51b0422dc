// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "man_page.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bitwhere::tool {

namespace {

/// What stands for a character that roff would take for something else.
std::string_view escape_of(char c) {
  switch (c) {
    case '\\':
      return "\\e";
    case '-':
      return "\\-";  // else it may be set as a hyphen, which cannot be pasted to a shell
    case '\'':
      return "\\(aq";
    case '`':
      return "\\(ga";
    case '^':
      return "\\(ha";
    case '~':
      return "\\(ti";
    default:
      return {};
  }
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const std::string_view other = escape_of(c);
    if (other.empty()) out += c;
    out += other;
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string tag_of(const option_model& option) {
  std::string out;
  for (const std::string& name : option.names) {
    out += fmt::format("{}\\fB{}\\fR", out.empty() ? "" : ", ", escaped(name));
  }
  if (option.type.empty()) return out;
  out += fmt::format("{}\\fI{}\\fR", out.empty() ? "" : " ", escaped(option.type));
  return option.repeats ? out + " ..." : out;
}

std::string options_text(const std::vector<option_model>& options) {
  std::string out;
  for (const option_model& option : options) {
    out += fmt::format(".TP\n{}\n{}", tag_of(option), escaped(option.description));
    if (!option.default_text.empty()) {
      out += fmt::format(" (default: {})", escaped(option.default_text));
    }
    out += option.required ? " (required)\n" : "\n";
  }
  return out;
}

/// Prose, which is filled; where lines are indented, all of them are kept as they are.
std::string paragraph(const std::vector<std::string>& lines) {
  const bool kept = std::any_of(lines.begin(), lines.end(),
                                [](const std::string& line) { return line.starts_with(' '); });
  std::string out = kept ? ".PP\n.nf\n" : ".PP\n";
  for (const std::string& line : lines) out += escaped(line) + "\n";
  return kept ? out + ".fi\n" : out;
}

std::string footer_text(const std::vector<std::string>& lines) {
  std::string out;
  std::vector<std::string> block;
  for (const std::string& line : lines) {
    if (!line.empty()) {
      block.push_back(line);
    } else if (!block.empty()) {
      out += paragraph(block);
      block.clear();
    }
  }
  return block.empty() ? out : out + paragraph(block);
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

}  // namespace

std::string man_page(const command_model& command, std::string_view version) {
  const std::string name = escaped(command.name);
  // A description that begins with the name already says whose it is.
  std::string_view what = command.description;
  const std::string begin = command.name + ": ";
  if (what.starts_with(begin)) what.remove_prefix(begin.size());
  std::string out = fmt::format(".TH {} 1 \"\" \"{} {}\" \"User Commands\"\n",
                                escaped(upper(command.name)), name, escaped(version));
  out += fmt::format(".SH NAME\n{} \\- {}\n", name, escaped(what));
  out += fmt::format(".SH SYNOPSIS\n.B {}\n.I COMMAND\n[\\fIOPTION\\fR ...]\n", name);
  out += ".SH OPTIONS\n" + options_text(command.options) + ".SH COMMANDS\n";
  for (const command_model& below : command.subcommands) {
    out += fmt::format(".SS {}\n{}.\n", escaped(below.name), escaped(below.description));
    out += options_text(below.options) + footer_text(below.footer);
  }
  return out + ".SH NOTES\n" + footer_text(command.footer);
}

}  // namespace bitwhere::tool
