// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

/// `bitwhere colorize` from the command line to the pixels of its files.
#include "files.hpp"
#include "real_data.hpp"
#include "src/tool/picture.hpp"
#include "src/tool/png.hpp"

#include <gtest/gtest.h>

#include <bitwhere/context.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;
using bytes = std::vector<int>;

bytes rgb_of(const fs::path& file) {
  const tool::picture read = tool::read_picture(file);
  return {read.rgb.get(), read.rgb.get() + read.bytes()};
}

/// The pixels of a PNG as they are stored: R, G, B and A.
bytes rgba_of(const fs::path& file) {
  const std::string stored = read_text(file);
  const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> png(spng_ctx_new(0), &spng_ctx_free);
  spng_set_png_buffer(png.get(), stored.data(), stored.size());
  spng_ihdr header = {};
  EXPECT_EQ(spng_get_ihdr(png.get(), &header), SPNG_OK);
  EXPECT_EQ(header.color_type, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA);
  std::vector<std::uint8_t> out(std::size_t{4} * header.width * header.height);
  EXPECT_EQ(spng_decode_image(png.get(), out.data(), out.size(), SPNG_FMT_PNG, 0), SPNG_OK);
  return {out.begin(), out.end()};
}

/// The SHA-256 of a picture's bytes, by the program that every system has.
std::string sha256_of(const tool::picture& drawn) {
  const scratch_folder folder;
  write_text(folder / "rgb", {reinterpret_cast<const char*>(drawn.rgb.get()), drawn.bytes()});
  const std::string command = "sha256sum '" + (folder / "rgb").string() + "'";
  const std::unique_ptr<FILE, decltype(&pclose)> out(popen(command.c_str(), "r"), &pclose);
  std::string digest(64, ' ');
  if (!out || std::fread(digest.data(), 1, digest.size(), out.get()) != digest.size()) {
    throw std::runtime_error("sha256sum does not run");
  }
  return digest;
}

class Colorize : public testing::Test {
 protected:
  Colorize() {
    write_text(folder / "colors.txt", "0 0 0\n255 0 0\n0 255 0\n");
    write_text(folder / "a.png", encode_png({2, 3, {0, 1, 2, 1, 2, 0}}, 8));
  }

  [[nodiscard]] std::string at(const std::string& name) const { return (folder / name).string(); }

  [[nodiscard]] outcome colorize(std::vector<std::string> more,
                                 const std::string& labels = "a.png") const {
    std::vector<std::string> all = {"colorize",    "--labels",  at(labels),      "--out",
                                    at("out.png"), "--palette", at("colors.txt")};
    all.insert(all.end(), more.begin(), more.end());
    return run_tool(all);
  }

  scratch_folder folder;
};

TEST_F(Colorize, DrawsTheExampleOnEveryDevice) {
  for (const std::string& device : devices()) {
    const outcome run = colorize({"--device", device});
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.out, "1 label map coloured: " + at("out.png") + "\n");
    EXPECT_EQ(rgb_of(folder / "out.png"), (bytes{0, 0, 0, 255, 0, 0, 0, 255, 0,  //
                                                 255, 0, 0, 0, 255, 0, 0, 0, 0}));
  }
}

TEST_F(Colorize, PaletteLayoutHoldsTheLabels) {
  const outcome run = colorize({"--layout", "palette"});
  ASSERT_EQ(run.code, 0) << run.err;
  const tool::label_map read = tool::read_png(folder / "out.png");
  for (std::int64_t i = 0; i < 6; ++i)
    EXPECT_EQ(read.at(i / 3, i % 3), (bytes{0, 1, 2, 1, 2, 0}[static_cast<std::size_t>(i)]));
  EXPECT_EQ(rgb_of(folder / "out.png"), (bytes{0, 0, 0, 255, 0, 0, 0, 255, 0,  //
                                               255, 0, 0, 0, 255, 0, 0, 0, 0}));
}

TEST_F(Colorize, RgbaIsTransparentWhereIgnored) {
  const outcome run = colorize({"--layout", "rgba", "--ignore", "0"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(rgba_of(folder / "out.png"),
            (bytes{0,   0, 0, 0,   255, 0,   0, 255, 0, 255, 0, 255,  //
                   255, 0, 0, 255, 0,   255, 0, 255, 0, 0,   0, 0}));
}

TEST_F(Colorize, IgnoredLabelsHaveTheirColour) {
  const outcome run = colorize({"--ignore", "1", "--ignored-color", "9,8,7"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(rgb_of(folder / "out.png"), (bytes{0, 0, 0, 9, 8, 7, 0, 255, 0,  //
                                               9, 8, 7, 0, 255, 0, 0, 0, 0}));
}

TEST_F(Colorize, LabelsWithoutAColourFollowTheRule) {
  write_text(folder / "b.npy", encode_npy({1, 4, {0, 7, -1, 2}}, "<i4"));
  const bytes magenta = {0, 0, 0, 255, 0, 255, 255, 0, 255, 0, 255, 0};
  outcome run = colorize({}, "b.npy");
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.err, "problem: " + at("b.npy") +
                         ": 2 pixels have a label without a colour, the first at row 0, column 1: "
                         "7 (the palette has 0..2); drawn in magenta\n");
  EXPECT_EQ(rgb_of(folder / "out.png"), magenta);
  run = colorize({"--outside", "color"}, "b.npy");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(rgb_of(folder / "out.png"), magenta);
  run = colorize({"--outside", "wrap"}, "b.npy");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(rgb_of(folder / "out.png"), (bytes{0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 255, 0}));
  run = colorize({"--layout", "palette"}, "b.npy");
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.err.find("label -1 at row 0, column 2"), std::string::npos) << run.err;
}

TEST_F(Colorize, LiesOverAPicture) {
  tool::picture photo = tool::make_picture(2, 3);
  std::fill_n(photo.rgb.get(), photo.bytes(), std::uint8_t{100});
  const std::vector<std::byte> png = tool::png_of(photo);
  write_text(folder / "photo.png", {reinterpret_cast<const char*>(png.data()), png.size()});
  const outcome run = colorize({"--images", at("photo.png"), "--opacity", "51", "--ignore", "0"});
  ASSERT_EQ(run.code, 0) << run.err;
  // A fifth of the colour and four of the grey: 80 and 131.
  EXPECT_EQ(rgb_of(folder / "out.png"), (bytes{100, 100, 100, 131, 80, 80, 80, 131, 80,  //
                                               131, 80, 80, 80, 131, 80, 100, 100, 100}));
  write_text(folder / "photo.png", encode_colour_png(3, 3, SPNG_COLOR_TYPE_TRUECOLOR, 3));
  const outcome other = colorize({"--images", at("photo.png")});
  EXPECT_EQ(other.code, 1);
  EXPECT_NE(other.err.find("has 3 x 2 pixels, but its picture has 3 x 3"), std::string::npos)
      << other.err;
}

TEST_F(Colorize, FoldersGoOnAfterProblems) {
  for (const char* name : {"a", "b", "c", "d"}) {
    write_text(folder / "in" / (std::string(name) + ".png"),
               encode_png({1, 2, {1, name[0] == 'd' ? 5 : 2}}, 8));
  }
  write_text(folder / "in" / "b.png", "broken");
  for (const char* threads : {"1", "3"}) {
    const outcome run = run_tool({"colorize", "--labels", at("in"), "--out", at("new/out"),
                                  "--palette", at("colors.txt"), "--threads", threads});
    EXPECT_EQ(run.code, 1);
    EXPECT_EQ(run.err, "problem: " + at("in/b.png") +
                           ": is not a PNG file\nproblem: " + at("in/d.png") +
                           ": 1 pixel has a label without a colour, the first at row 0, column 1: "
                           "5 (the palette has 0..2); drawn in magenta\n");
    EXPECT_EQ(run.out, "4 label maps coloured, 2 with problems: " + at("new/out") + "\n");
    EXPECT_EQ(rgb_of(folder / "new" / "out" / "a.png"), (bytes{255, 0, 0, 0, 255, 0}));
    EXPECT_EQ(rgb_of(folder / "new" / "out" / "d.png"), (bytes{255, 0, 0, 255, 0, 255}));
    EXPECT_FALSE(fs::exists(folder / "new" / "out" / "b.png"));
  }
}

TEST_F(Colorize, WrongUsageIsOneLine) {
  fs::create_directories(folder / "in");
  write_text(folder / "in" / "a.png", encode_png({1, 1, {1}}, 8));
  write_text(folder / "short.txt", "1 2\n");
  const std::vector<std::vector<std::string>> wrong = {
      {"--labels", at("none.png")},
      {"--palette", "nope"},
      {"--palette", at("short.txt")},
      {"--out", at("none/a.png")},
      {"--out", at("a.jpg")},
      {"--out", at("a.png")},
      {"--out", folder.path().string()},
      {"--labels", at("in"), "--out", at("in")},
      {"--labels", at("in"), "--out", at("a.png")},
      {"--labels", at("in"), "--images", at("a.png")},
      {"--outside", "none"},
      {"--layout", "cmyk"},
      {"--layout", "rgba", "--images", at("a.png")},
      {"--opacity", "10"},
      {"--opacity", "256", "--images", at("a.png")},
      {"--ignored-color", "1,2,3"},
      {"--ignored-color", "red", "--ignore", "1"},
      {"--ignore", "x"},
      {"--images", at("none")},
      {"--device", "tpu"},
      {"--threads", "0"}};
  for (const auto& options : wrong) {
    std::vector<std::string> all = {"colorize"};
    const auto add_default = [&](const std::string& option, const std::string& value) {
      if (std::find(options.begin(), options.end(), option) != options.end()) return;
      all.insert(all.end(), {option, value});
    };
    add_default("--labels", at("a.png"));
    add_default("--out", at("out.png"));
    add_default("--palette", at("colors.txt"));
    all.insert(all.end(), options.begin(), options.end());
    const outcome run = run_tool(all);
    EXPECT_EQ(run.code, 2) << testing::PrintToString(options) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_FALSE(fs::exists(folder / "out.png")) << testing::PrintToString(options);
  }
  // Nothing that was there has changed.
  EXPECT_EQ(read_text(folder / "a.png"), encode_png({2, 3, {0, 1, 2, 1, 2, 0}}, 8));
}

struct published {
  const char* data;
  const char* palette;
  const char* side;
  const char* digest;

  friend std::ostream& operator<<(std::ostream& out, const published& one) {
    return out << one.data << ' ' << one.side;
  }
};

class ColorizeData : public testing::TestWithParam<published> {};

// The colours of published data sets, as an evaluation without this library has them.
TEST_P(ColorizeData, HasThePublishedColours) {
  const published& set = GetParam();
  const fs::path root = real_data(set.data);
  if (root.empty()) GTEST_SKIP() << no_real_data;
  const json expected =
      json::parse(read_text(root.parent_path() / "expected.json"))["datasets"][set.data];
  const scratch_folder out;
  const outcome run = run_tool({"colorize", "--labels", (root / set.side).string(), "--out",
                                out.path().string(), "--palette", set.palette});
  ASSERT_EQ(run.code, 0) << run.err;
  ASSERT_FALSE(expected["per_image"].empty());
  for (const json& image : expected["per_image"]) {
    const std::string id = image["id"];
    EXPECT_EQ(sha256_of(tool::read_picture(out / (id + ".png"))), image[set.digest]) << id;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ColorizeData,
    testing::Values(published{"voc", "voc", "predictions", "palette_rgb_sha256"},
                    published{"voc", "voc", "targets", "target_palette_rgb_sha256"},
                    published{"labelme", "voc", "predictions", "palette_rgb_sha256"},
                    published{"camvid", "camvid", "predictions", "palette_rgb_sha256"}),
    [](const auto& one) { return std::string(one.param.data) + "_" + one.param.side; });

}  // namespace
}  // namespace bitwhere::tool_test
