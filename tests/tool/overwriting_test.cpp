// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

/// No output replaces what the same command reads.
#include "files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;

class Overwriting : public testing::Test {
 protected:
  Overwriting() {
    for (const char* name : {"p/1.png", "t/1.png", "t/alone.png"}) {
      write_text(folder_ / name, encode_png({2, 2, {0, 1, 1, 0}}, 8));
    }
    write_text(folder_ / "photos" / "1.png", encode_colour_png(2, 2, SPNG_COLOR_TYPE_TRUECOLOR, 3));
    write_text(folder_ / "names.txt", "road\nsky\n");
    write_text(folder_ / "colors.txt", "1 2 3\n4 5 6\n");
    fs::create_symlink(folder_ / "t" / "1.png", folder_ / "link");
    fs::create_hard_link(folder_ / "p" / "1.png", folder_ / "other");
  }

  [[nodiscard]] std::string at(const char* name) const { return (folder_ / name).string(); }

  [[nodiscard]] std::vector<std::string> contents() const {
    std::vector<std::string> out;
    for (const char* name :
         {"p/1.png", "t/1.png", "t/alone.png", "photos/1.png", "names.txt", "colors.txt"}) {
      out.push_back(read_text(folder_ / name));
    }
    return out;
  }

  void expect_refused(const std::vector<std::string>& arguments) const {
    const std::vector<std::string> before = contents();
    const outcome run = run_tool(arguments);
    EXPECT_EQ(run.code, 2) << testing::PrintToString(arguments) << run.err;
    EXPECT_NE(run.err.find("would overwrite"), std::string::npos) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(contents(), before);
  }

  scratch_folder folder_;
};

TEST_F(Overwriting, JsonOfEvalIsNoneOfItsInputs) {
  for (const char* json : {"p/1.png", "t/1.png", "t/alone.png", "t/../t/1.png", "photos/1.png",
                           "names.txt", "colors.txt", "link", "other"}) {
    expect_refused({"eval", "--prediction", at("p"), "--target", at("t"), "--classes",
                    at("names.txt"), "--images", at("photos"), "--palette", at("colors.txt"),
                    "--report", at("html"), "--json", at(json)});
  }
  expect_refused({"eval", "--prediction", at("p"), "--target", at("t"), "--classes", "2", "--names",
                  at("names.txt"), "--json", at("names.txt")});
}

TEST_F(Overwriting, JsonOfEvalMayReplaceOtherFiles) {
  write_text(folder_ / "t" / "report.json", "old");
  const outcome run = run_tool({"eval", "--prediction", at("p/1.png"), "--target", at("t/1.png"),
                                "--classes", "2", "--json", at("t/report.json")});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_NE(read_text(folder_ / "t" / "report.json"), "old");
}

TEST_F(Overwriting, ColoursOfAFileAreNoneOfItsInputs) {
  write_text(folder_ / "colors.png", "1 2 3\n4 5 6\n");
  const auto colorize = [&](const char* out, const char* images, const char* palette) {
    expect_refused({"colorize", "--labels", at("p/1.png"), "--images", at(images), "--palette",
                    at(palette), "--out", at(out)});
  };
  colorize("p/1.png", "photos/1.png", "colors.txt");
  colorize("p", "photos/1.png", "colors.txt");
  colorize("photos/1.png", "photos/1.png", "colors.txt");
  colorize("photos/1.png", "photos", "colors.txt");
  colorize("photos", "photos", "colors.txt");
  colorize("colors.png", "photos", "colors.png");
}

TEST_F(Overwriting, ColoursOfAFolderLeaveThePalette) {
  write_text(folder_ / "out" / "1.png", "1 2 3\n4 5 6\n");
  expect_refused(
      {"colorize", "--labels", at("p"), "--palette", at("out/1.png"), "--out", at("out")});
}

TEST_F(Overwriting, LinksAmongOutputsAreReplaced) {
  fs::create_directories(folder_ / "seen");
  fs::create_symlink(folder_ / "t" / "1.png", folder_ / "seen" / "1.png");
  const std::vector<std::string> before = contents();
  const outcome run = run_tool({"eval", "--prediction", at("p/1.png"), "--target", at("t/1.png"),
                                "--classes", "2", "--overlays", at("seen")});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_FALSE(fs::is_symlink(folder_ / "seen" / "1.png"));
  EXPECT_EQ(contents(), before);
}

TEST_F(Overwriting, ReportOfParityIsNotItsGoldenFile) {
  write_text(folder_ / "golden.txt", "");
  expect_refused({"parity", "--quick", "--device", "cpu", "--golden", at("golden.txt"), "--json",
                  at("golden.txt")});
}

}  // namespace
}  // namespace bitwhere::tool_test
