// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "files.hpp"
#include "src/tool/scenes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;

/// The lines of the table, which begins at the heading of its columns.
std::string table_of(const std::string& text) {
  const std::size_t begin = text.find("   id  class");
  const std::size_t end = text.find('\n', text.find("\ndevice ") + 1);
  return begin == std::string::npos ? "no table" : text.substr(begin, end + 1 - begin);
}

/// FNV-1a over the pixels, which are the same everywhere.
std::uint64_t hash_of(const tool::label_map& map) {
  std::uint64_t hash = 14695981039346656037U;
  for (std::int64_t i = 0; i < map.pixels(); ++i) {
    hash = (hash ^ std::to_integer<std::uint64_t>(map.bytes[static_cast<std::size_t>(i)])) *
           1099511628211U;
  }
  return hash;
}

TEST(Scenes, HoldEveryClassAndTheBorder) {
  for (int i = 0; i < tool::scene_count; ++i) {
    const tool::label_map target = tool::draw_scene(i, tool::side::target);
    const tool::label_map prediction = tool::draw_scene(i, tool::side::prediction);
    std::array<std::int64_t, 256> in_target{};
    std::array<std::int64_t, 256> in_prediction{};
    for (std::int64_t k = 0; k < target.pixels(); ++k) {
      ++in_target.at(static_cast<std::size_t>(target.at(k / target.width, k % target.width)));
      ++in_prediction.at(
          static_cast<std::size_t>(prediction.at(k / target.width, k % target.width)));
    }
    for (std::size_t c = 0; c < 256; ++c) {
      const bool is_class = c < 8;
      EXPECT_EQ(in_prediction.at(c) > 0, is_class) << "scene " << i << " label " << c;
      EXPECT_EQ(in_target.at(c) > 0, is_class || c == tool::scene_border)
          << "scene " << i << " label " << c;
    }
  }
}

TEST(Scenes, AreTheSamePixelsEverywhere) {
  EXPECT_EQ(hash_of(tool::draw_scene(0, tool::side::target)), 3372985963003922718U);
  EXPECT_EQ(hash_of(tool::draw_scene(5, tool::side::prediction)), 18115358412784793141U);
}

TEST(Demo, GivesTheNumbersOfItsFiles) {
  const scratch_folder folder;
  const std::string place = (folder / "new" / "demo").string();
  const outcome demo = run_tool({"demo", "--write", place});
  ASSERT_EQ(demo.code, 0) << demo.err;
  const outcome eval =
      run_tool({"eval", "--prediction", place + "/predictions", "--target", place + "/targets",
                "--classes", place + "/classes.txt", "--ignore", "255"});
  ASSERT_EQ(eval.code, 0) << eval.err;
  EXPECT_EQ(table_of(demo.out), eval.out);
  EXPECT_NE(demo.out.find("bitwhere eval --prediction " + place + "/predictions --target " + place +
                          "/targets --classes " + place + "/classes.txt --ignore 255\n"),
            std::string::npos)
      << demo.out;
  EXPECT_EQ(table_of(run_tool({"demo"}).out), eval.out);
}

TEST(Demo, LeavesFoldersInUseAlone) {
  const scratch_folder folder;
  write_text(folder / "classes.txt", "mine");
  const outcome run = run_tool({"demo", "--write", folder.path().string()});
  EXPECT_EQ(run.code, 2);
  EXPECT_NE(run.err.find("give a folder that is new or empty"), std::string::npos) << run.err;
  EXPECT_EQ(read_text(folder / "classes.txt"), "mine");
  EXPECT_EQ(run_tool({"demo", "--write", (folder / "classes.txt").string()}).code, 2);
  EXPECT_EQ(run_tool({"demo", "--write", "/proc/none/demo"}).code, 2);
}

TEST(Demo, QuotesTheFolderForTheShell) {
  const scratch_folder folder;
  const std::string place = (folder / "it's here").string();
  const outcome run = run_tool({"demo", "--write", place});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_NE(run.out.find("it'\\''s here/predictions' --target '"), std::string::npos) << run.out;
}

}  // namespace
}  // namespace bitwhere::tool_test
