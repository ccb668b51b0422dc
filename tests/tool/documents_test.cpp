// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

/// The manual page and the completions, which say what the command line says.
#include "files.hpp"
#include "src/tool/command_model.hpp"
#include "src/tool/commands.hpp"

#include <gtest/gtest.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using tool::command_model;
using tool::option_model;

const command_model& commands() {
  static const command_model all = [] {
    tool::option_texts given;
    CLI::App app("bitwhere: what it is", "bitwhere");
    tool::add_commands(app, given);
    return tool::describe(app);
  }();
  return all;
}

std::string printed(const std::vector<std::string>& arguments) {
  const outcome run = run_tool(arguments);
  EXPECT_EQ(run.code, 0) << run.err;
  return run.out;
}

bool is_here(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null").c_str()) == 0;
}

/// What a shell command prints; it gets the file as $1.
std::string output_of(const scratch_folder& folder, const std::string& command,
                      const fs::path& file) {
  const fs::path out = folder / "out";
  write_text(folder / "script", command);
  const std::string line = "bash '" + (folder / "script").string() + "' '" + file.string() +
                           "' >'" + out.string() + "' 2>&1";
  EXPECT_EQ(std::system(line.c_str()), 0) << read_text(out);
  return read_text(out);
}

std::set<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::set<std::string> out;
  for (std::string word; in >> word;) out.insert(word);
  return out;
}

TEST(Commands, AreDescribedWhole) {
  std::set<std::string> names;
  for (const command_model& below : commands().subcommands) {
    names.insert(below.name);
    EXPECT_FALSE(below.description.empty()) << below.name;
    for (const option_model& option : below.options) {
      EXPECT_FALSE(option.description.empty()) << below.name;
    }
  }
  EXPECT_EQ(names, (std::set<std::string>{"info", "eval", "colorize", "nonzero", "reduce", "demo",
                                          "parity", "man", "completion"}));
  const command_model& eval = commands().subcommands.at(1);
  const auto named = [&](const std::string& name) {
    const auto has = [&](const option_model& option) { return option.names.back() == name; };
    return *std::find_if(eval.options.begin(), eval.options.end(), has);
  };
  EXPECT_EQ(named("--classes").type, "N|FILE");
  EXPECT_TRUE(named("--classes").required);
  EXPECT_TRUE(named("--classes").value().file);
  EXPECT_TRUE(named("--ignore").repeats);
  EXPECT_TRUE(named("--report").value().folder);
  EXPECT_EQ(named("--per-image").type, "");
  EXPECT_EQ(named("--format").default_text, "table");
  EXPECT_EQ(named("--format").value().words, (std::vector<std::string>{"table", "json", "csv"}));
  EXPECT_EQ(named("--convention").value().words.size(), 4U);
}

/// A text in which roff's escapes are undone.
std::string plain(const std::string& roff) {
  std::string out;
  for (std::size_t i = 0; i < roff.size(); ++i) {
    if (roff[i] != '\\') {
      out += roff[i];
    } else if (roff[++i] == 'f') {
      ++i;  // a font and its name
    } else if (roff[i] == '-') {
      out += '-';
    }
  }
  return out;
}

TEST(ManPage, HoldsEveryOption) {
  const std::string page = plain(printed({"man"}));
  for (const command_model& below : commands().subcommands) {
    const std::size_t begin = page.find("\n.SS " + below.name + "\n");
    ASSERT_NE(begin, std::string::npos) << below.name;
    const std::string section = page.substr(begin, page.find("\n.S", begin + 1) - begin);
    EXPECT_NE(section.find("\n" + below.description + ".\n"), std::string::npos) << section;
    for (const option_model& option : below.options) {
      std::string tag;
      for (const std::string& name : option.names) tag += (tag.empty() ? "" : ", ") + name;
      if (!option.type.empty()) tag += (tag.empty() ? "" : " ") + option.type;
      if (option.repeats) tag += " ...";
      EXPECT_NE(section.find("\n.TP\n" + tag + "\n"), std::string::npos) << tag << section;
    }
  }
  EXPECT_NE(page.find("Exit codes:\n"), std::string::npos);
}

TEST(ManPage, IsReadWithoutWarnings) {
  if (!is_here("groff")) GTEST_SKIP() << "no groff";
  const scratch_folder folder;
  write_text(folder / "bitwhere.1", printed({"man"}));
  EXPECT_EQ(output_of(folder, "groff -man -ww -Tutf8 -z \"$1\"", folder / "bitwhere.1"), "");
  const std::string text =
      output_of(folder, "groff -man -Tascii -P-c -P-b -P-u \"$1\"", folder / "bitwhere.1");
  EXPECT_NE(text.find("--convention bitwhere|torchmetrics"), std::string::npos) << text;
  EXPECT_NE(text.find("  bitwhere eval --prediction out/ --target val/ --classes 21"),
            std::string::npos)
      << text;
}

class Completion : public testing::TestWithParam<const char*> {};

TEST_P(Completion, HoldsEveryOption) {
  const std::string script = printed({"completion", GetParam()});
  const bool fish = std::string(GetParam()) == "fish";
  for (const command_model& below : commands().subcommands) {
    std::size_t begin = script.find("\n      " + below.name + ") choices=");
    if (fish) begin = script.find("_from " + below.name + "'");
    if (std::string(GetParam()) == "zsh") begin = script.find("\n    " + below.name + ")\n");
    ASSERT_NE(begin, std::string::npos) << below.name;
    const std::size_t end = script.find(fish ? "\n\n" : ";;\n", begin);
    const std::string part = script.substr(begin, end - begin);
    for (const option_model& option : below.options) {
      for (const std::string& name : option.names) {
        const std::string as = !fish                    ? name
                               : name.starts_with("--") ? " -l " + name.substr(2)
                                                        : " -s " + name.substr(1);
        EXPECT_NE(part.find(as), std::string::npos) << below.name << " " << as << "\n" << part;
      }
    }
  }
}

TEST_P(Completion, IsAScriptOfItsShell) {
  const std::string shell = GetParam();
  if (!is_here(shell)) GTEST_SKIP() << "no " << shell;
  const scratch_folder folder;
  write_text(folder / "script.it", printed({"completion", shell}));
  EXPECT_EQ(output_of(folder, shell + " -n \"$1\"", folder / "script.it"), "");
}

INSTANTIATE_TEST_SUITE_P(Shells, Completion, testing::Values("bash", "zsh", "fish"),
                         [](const auto& one) { return std::string(one.param); });

TEST(CompletionUsage, KnowsThreeShells) {
  const outcome run = run_tool({"completion", "tcsh"});
  EXPECT_EQ(run.code, 2);
  EXPECT_EQ(run.err, "error: completion tcsh: not bash, zsh or fish\n");
  EXPECT_EQ(run_tool({"completion"}).code, 2);
}

/// Asks a real bash, in a folder with a folder "maps" and a file "my names.txt".
class BashCompletion : public testing::Test {
 protected:
  BashCompletion() {
    fs::create_directories(folder_ / "here" / "maps");
    write_text(folder_ / "here" / "my names.txt", "");
    write_text(folder_ / "bitwhere", printed({"completion", "bash"}));
  }

  /// What is offered, a line each, for the last of these words.
  std::string ask(const std::string& words) {
    return output_of(folder_,
                     "set -eu; source \"$1\"; cd '" + (folder_ / "here").string() +
                         "'; COMP_WORDS=(bitwhere " + words +
                         "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _bitwhere; "
                         "printf '%s\\n' \"${COMPREPLY[@]}\"",
                     folder_ / "bitwhere");
  }

  scratch_folder folder_;
};

TEST_F(BashCompletion, OffersCommandsAndOptions) {
  EXPECT_EQ(ask("ev"), "eval\n");
  EXPECT_TRUE(words_of(ask("''")).contains("colorize"));
  EXPECT_EQ(ask("eval --conv"), "--convention\n");
  EXPECT_EQ(ask("--vers"), "--version\n");
  const std::set<std::string> offered = words_of(ask("eval --"));
  for (const option_model& option : commands().subcommands.at(1).options) {
    for (const std::string& name : option.names) {
      EXPECT_TRUE(offered.contains(name) || !name.starts_with("--")) << name;
    }
  }
}

TEST_F(BashCompletion, OffersValues) {
  EXPECT_EQ(ask("eval --format ''"), "table\njson\ncsv\n");
  EXPECT_EQ(ask("eval --per-image --convention m"), "mmseg\n");
  EXPECT_EQ(ask("completion z"), "zsh\n");
  EXPECT_EQ(words_of(ask("eval --prediction ''")),
            (std::set<std::string>{"maps", "my", "names.txt"}));
  EXPECT_EQ(ask("eval --names my"), "my names.txt\n") << "one word";
  EXPECT_EQ(ask("eval --images ''"), "maps\n") << "folders alone";
  EXPECT_EQ(ask("eval --palette map"), "maps\n");
  EXPECT_EQ(ask("eval --palette c"), "cityscapes\ncamvid\n");
  EXPECT_EQ(ask("eval --threads ''"), "\n") << "nothing is known";
  EXPECT_EQ(ask("nonzero --form ''"), "rows\ncolumns\nflat\n");
  EXPECT_EQ(ask("reduce --dtype ''"), "f16\nbf16\nf32\nf64\n");
}

TEST_F(BashCompletion, OffersFilesWhereACommandTakesOne) {
  EXPECT_EQ(ask("nonzero my"), "my names.txt\n");
  EXPECT_EQ(ask("nonzero -o my"), "my names.txt\n");
  EXPECT_EQ(ask("nonzero --wh"), "--where\n");
  const std::set<std::string> offered = words_of(ask("nonzero ''"));
  EXPECT_TRUE(offered.contains("maps") && offered.contains("--where"));
  EXPECT_FALSE(words_of(ask("demo ''")).contains("maps"));
}

}  // namespace
}  // namespace bitwhere::tool_test
