// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/printable.hpp"

#include "files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

namespace bitwhere::tool_test {

namespace {

struct sample {
  const char* name;
  std::string text;
  std::string shown;

  friend std::ostream& operator<<(std::ostream& out, const sample& one) { return out << one.name; }
};

class Printable : public testing::TestWithParam<sample> {};

TEST_P(Printable, ShowsWhatATerminalMayBeGiven) {
  EXPECT_EQ(tool::printable(GetParam().text), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, Printable,
    testing::Values(sample{"empty", "", ""}, sample{"plain", "a b/c~.png", "a b/c~.png"},
                    sample{"escape", "\x1b[2Jx", "\\x1B[2Jx"},
                    sample{"line", "a\nb\r\tc", "a\\x0Ab\\x0D\\x09c"},
                    sample{"zero_and_delete", std::string("a\0b\x7f", 4), "a\\x00b\\x7F"},
                    sample{"utf8", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
                           "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
                    sample{"first_after_controls", "\xC2\xA0", "\xC2\xA0"},
                    sample{"controls_of_two_bytes", "\xC2\x9B\x32J", "\\xC2\\x9B2J"},
                    sample{"lone_byte", "b\xFF.png", "b\\xFF.png"},
                    sample{"lone_continuation", "\x9B\x32J", "\\x9B2J"},
                    sample{"cut_short", "a\xE2\x82", "a\\xE2\\x82"},
                    sample{"longer_than_needed", "\xC0\x9B\xE0\x82\x9B",
                           "\\xC0\\x9B\\xE0\\x82\\x9B"},
                    sample{"surrogate", "\xED\xA0\x80", "\\xED\\xA0\\x80"},
                    sample{"beyond_unicode", "\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"}),
    [](const auto& one) { return std::string(one.param.name); });

/// A file whose name would clear the screen and forge a line.
class PrintableNames : public testing::Test {
 protected:
  PrintableNames() {
    write_text(folder_ / "p" / (name_ + ".png"), encode_png({1, 2, {0, 1}}, 8));
    write_text(folder_ / "t" / (name_ + ".png"), encode_png({1, 2, {0, 1}}, 8));
    write_text(folder_ / "t" / (name_ + "2.png"), encode_png({1, 2, {0, 1}}, 8));
    write_text(folder_ / "names.txt", "road\nsk\x1by\n");
  }

  [[nodiscard]] std::string at(const char* name) const { return (folder_ / name).string(); }

  static void expect_harmless(const std::string& text) {
    EXPECT_TRUE(std::none_of(text.begin(), text.end(), [](char c) { return c == '\x1b'; })) << text;
    EXPECT_EQ(text.find("\nforged"), std::string::npos) << text;
  }

  scratch_folder folder_;
  const std::string name_ = "a\x1b[2J\nforged";
};

TEST_F(PrintableNames, AreHarmlessInTablesAndProblems) {
  const outcome run = run_tool({"eval", "--prediction", at("p"), "--target", at("t"), "--classes",
                                at("names.txt"), "--per-image"});
  EXPECT_EQ(run.code, 1);
  expect_harmless(run.out);
  expect_harmless(run.err);
  EXPECT_NE(run.out.find("\na\\x1B[2J\\x0Aforged  "), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("  sk\\x1By  "), std::string::npos) << run.out;
  EXPECT_NE(run.err.find("/a\\x1B[2J\\x0Aforged2.png: has no prediction"), std::string::npos)
      << run.err;
}

TEST_F(PrintableNames, AreHarmlessInErrors) {
  const outcome run =
      run_tool({"eval", "--prediction", at("p"), "--target", name_, "--classes", "2"});
  EXPECT_EQ(run.code, 2);
  EXPECT_EQ(run.err, "error: --target a\\x1B[2J\\x0Aforged: no such file or folder\n");
}

TEST_F(PrintableNames, AreHarmlessWhereTheyAreColoured) {
  const outcome run =
      run_tool({"colorize", "--labels", at("p"), "--out", (folder_ / name_).string(), "--palette",
                "voc", "--outside", "wrap"});
  EXPECT_EQ(run.code, 0) << run.err;
  expect_harmless(run.out);
  write_text(folder_ / "p" / (name_ + ".png"), "broken");
  expect_harmless(
      run_tool({"colorize", "--labels", at("p"), "--out", at("out"), "--palette", "voc"}).err);
}

}  // namespace
}  // namespace bitwhere::tool_test
