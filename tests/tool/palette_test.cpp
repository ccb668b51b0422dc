// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/palettes.hpp>

#include "files.hpp"
#include "real_data.hpp"
#include "src/tool/failure.hpp"
#include "src/tool/palette_choice.hpp"
#include "src/tool/picture.hpp"
#include "src/tool/png.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace bitwhere::tool_test {

namespace {

using json = nlohmann::json;

// The table that the data set's paper prints, to its end.
TEST(Palettes, VocIsWhatIsPublished) {
  const palette voc = palettes::voc();
  ASSERT_EQ(voc.size(), 256U);
  const palette first = {
      {0, 0, 0},     {128, 0, 0},     {0, 128, 0},    {128, 128, 0},   {0, 0, 128},  {128, 0, 128},
      {0, 128, 128}, {128, 128, 128}, {64, 0, 0},     {192, 0, 0},     {64, 128, 0}, {192, 128, 0},
      {64, 0, 128},  {192, 0, 128},   {64, 128, 128}, {192, 128, 128}, {0, 64, 0},   {128, 64, 0},
      {0, 192, 0},   {128, 192, 0},   {0, 64, 128}};
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(voc[i], first[i]) << i;
  EXPECT_EQ(voc[255], (color{224, 224, 192}));
  EXPECT_EQ(palettes::voc(21), palette(voc.begin(), voc.begin() + 21));
}

// Labels of 8 bits have colours of 8 bits each: every label its own.
TEST(Palettes, VocColoursDiffer) {
  std::set<std::tuple<int, int, int>> seen;
  for (const color& c : palettes::voc()) seen.emplace(c.red, c.green, c.blue);
  EXPECT_EQ(seen.size(), 256U);
}

TEST(Palettes, KnownOnesHaveColoursAndNames) {
  const std::pair<std::string, std::size_t> sizes[] = {
      {"voc", 21}, {"cityscapes", 19}, {"camvid", 11}, {"ade20k", 150}};
  ASSERT_EQ(std::size(palettes::known), std::size(sizes));
  for (const auto& [name, classes] : sizes) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(palettes::find(name).has_value());
    EXPECT_GE(palettes::find(name)->size(), classes);
    const auto names = palettes::names(name);
    EXPECT_EQ(names.size(), classes);
    EXPECT_EQ(std::set(names.begin(), names.end()).size(), classes);
    EXPECT_EQ(std::set(names.begin(), names.end()).count(""), 0U);
  }
  EXPECT_FALSE(palettes::find("VOC").has_value());
  EXPECT_TRUE(palettes::names("none").empty());
}

// Spot values, as the data sets' own pages and papers print them.
TEST(Palettes, ClassesHaveTheirColours) {
  EXPECT_EQ(palettes::cityscapes()[13], (color{0, 0, 142}));
  EXPECT_EQ(palettes::names("cityscapes")[13], "car");
  EXPECT_EQ(palettes::cityscapes()[8], (color{107, 142, 35}));
  EXPECT_EQ(palettes::names("cityscapes")[8], "vegetation");
  EXPECT_EQ(palettes::ade20k()[0], (color{120, 120, 120}));
  EXPECT_EQ(palettes::ade20k()[2], (color{6, 230, 230}));
  EXPECT_EQ(palettes::names("ade20k")[2], "sky");
  EXPECT_EQ(palettes::ade20k()[149], (color{92, 0, 255}));
  EXPECT_EQ(palettes::names("ade20k")[149], "flag");
  EXPECT_EQ(palettes::camvid()[11], (color{0, 0, 0}));
}

class DataSetPalette : public testing::TestWithParam<const char*> {};

TEST_P(DataSetPalette, IsThatOfTheDataSet) {
  const auto root = real_data(GetParam());
  if (root.empty()) GTEST_SKIP() << no_real_data;
  const json set = json::parse(read_text(root / "dataset.json"));
  const palette found = palettes::find(GetParam()).value();
  ASSERT_LE(set["palette"].size(), found.size());
  for (std::size_t i = 0; i < set["palette"].size(); ++i) {
    EXPECT_EQ(json({found[i].red, found[i].green, found[i].blue}), set["palette"][i]) << i;
    EXPECT_EQ(std::string(palettes::names(GetParam())[i]), set["classes"][i]) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All, DataSetPalette, testing::Values("voc", "camvid"),
                         [](const auto& one) { return std::string(one.param); });

// The pictures that the data set ships, pixel by pixel, borders of label 255 too.
TEST(Palettes, VocColoursAreThoseOfItsPictures) {
  const auto root = real_data("voc");
  if (root.empty()) GTEST_SKIP() << no_real_data;
  const palette voc = palettes::voc();
  for (const char* kind : {"targets", "predictions"}) {
    for (const char* name : {"1.png", "23.png", "114.png"}) {
      const tool::label_map labels = tool::read_png(root / kind / name);
      const tool::picture shown = tool::read_picture(root / (std::string(kind) + "_colour") / name);
      ASSERT_EQ(shown.height, labels.height);
      ASSERT_EQ(shown.width, labels.width);
      for (std::int64_t i = 0; i < labels.pixels(); ++i) {
        const std::uint8_t* pixel = shown.rgb.get() + 3 * i;
        const std::int64_t label = labels.at(i / labels.width, i % labels.width);
        ASSERT_EQ((color{pixel[0], pixel[1], pixel[2]}), voc[static_cast<std::size_t>(label)])
            << kind << ' ' << name << ", pixel " << i;
      }
    }
  }
}

std::string usage_error_of(const std::string& text, std::int64_t classes = 0) {
  try {
    static_cast<void>(tool::choose_palette("--palette", text, classes));
  } catch (const tool::usage_error& e) {
    return e.what();
  }
  return "none";
}

TEST(ChoosePalette, TakesNamesAndFiles) {
  EXPECT_EQ(tool::choose_palette("--palette", "camvid", 11), palettes::camvid());
  const scratch_folder folder;
  const std::string file = (folder / "colors.txt").string();
  write_text(file,
             "\xEF\xBB\xBF# my colours\n0 0 0 background\n\n#FF0080\n# 1 2 3\n"
             "  10,20,30\r\n1, 2, 3, sky\n255\t255\t255 7\xC2\xB0\n");
  // The last line has a number behind the colour.
  EXPECT_NE(usage_error_of(file).find("line 8"), std::string::npos) << usage_error_of(file);
  write_text(file,
             "\xEF\xBB\xBF# my colours\n0 0 0 background\n\n#FF0080\n# 1 2 3\n"
             "  10,20,30\r\n1, 2, 3, sky\n#a0b1c2 sea\n#\n#\t7\n#\r\n");
  EXPECT_EQ(tool::choose_palette("--palette", file, 5),
            (palette{{0, 0, 0}, {255, 0, 128}, {10, 20, 30}, {1, 2, 3}, {0xA0, 0xB1, 0xC2}}));
}

TEST(ChoosePalette, SaysWhatIsWrong) {
  const scratch_folder folder;
  const std::string file = (folder / "colors.txt").string();
  EXPECT_EQ(usage_error_of(file), "--palette " + file +
                                      ": neither a palette that is known (voc, cityscapes, camvid, "
                                      "ade20k) nor a file that can be read");
  EXPECT_NE(usage_error_of(folder.path().string()), "none");
  write_text(file, "# nothing\n\n");
  EXPECT_EQ(usage_error_of(file), "--palette " + file + ": holds no colours");
  write_text(file, "0 0 0\n1 1 1\n");
  EXPECT_EQ(usage_error_of(file, 2), "none");
  EXPECT_EQ(usage_error_of(file, 3),
            "--palette " + file + ": the palette is too short: 2 colours for 3 classes");
  EXPECT_EQ(usage_error_of("cityscapes", 20),
            "--palette cityscapes: the palette is too short: 19 colours for 20 classes");
}

TEST(ChoosePalette, ShowsLinesOfAnythingOnOneLine) {
  const scratch_folder folder;
  const std::string file = (folder / "colors.txt").string();
  write_text(file, "\x1b[2J\x7f \r\n");
  EXPECT_NE(usage_error_of(file).find(": line 1: ?[2J?: no colour"), std::string::npos);
  write_text(file, "#" + std::string(100000, 'x'));
  EXPECT_NE(usage_error_of(file).find(": #" + std::string(39, 'x') + "...: no"), std::string::npos);
}

class BadColor : public testing::TestWithParam<const char*> {};

TEST_P(BadColor, IsAnErrorEverywhere) {
  const scratch_folder folder;
  const std::string file = (folder / "colors.txt").string();
  write_text(file, std::string("1 2 3\n") + GetParam() + "\n");
  EXPECT_EQ(usage_error_of(file), "--palette " + file + ": line 2: " + GetParam() +
                                      ": no colour: R,G,B of 0 to 255, or #RRGGBB");
  EXPECT_THROW(static_cast<void>(tool::parse_color("--ignored-color", GetParam())),
               tool::usage_error);
}

INSTANTIATE_TEST_SUITE_P(All, BadColor,
                         testing::Values("256,0,0", "1,2", "1", "red", "-1,0,0", "1 2 3 4",
                                         "1.5,0,0", "1,,2,3", "0x10,0,0", "1,2,3;", "1 2 x",
                                         "99999999999999999999,0,0", "#80800", "#1234567", "#abc",
                                         "#comment", "##", "#g00000"));

TEST(ParseColor, TakesNumbersAndHex) {
  EXPECT_EQ(tool::parse_color("--c", "1,2,3"), (color{1, 2, 3}));
  EXPECT_EQ(tool::parse_color("--c", "1 2 3"), (color{1, 2, 3}));
  EXPECT_EQ(tool::parse_color("--c", "#Ff00a0"), (color{255, 0, 160}));
  for (const char* bad : {"", "#ff00a", "#ff00a01", "#gg0000", "1,2,3 ", "#"}) {
    EXPECT_THROW(static_cast<void>(tool::parse_color("--c", bad)), tool::usage_error) << bad;
  }
}

}  // namespace
}  // namespace bitwhere::tool_test
