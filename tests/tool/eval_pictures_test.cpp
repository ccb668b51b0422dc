// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

/// `bitwhere eval` with photographs, overlays and a report.
#include "src/tool/eval_pictures.hpp"

#include "files.hpp"
#include "src/tool/cli.hpp"
#include "src/tool/picture.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;

/// Three images of 2 x 3 pixels with black photographs.
class EvalPictures : public testing::Test {
 protected:
  EvalPictures() {
    for (const char* name : {"a", "b", "c"}) {
      const std::string file = std::string(name) + ".png";
      write_text(folder_ / "p" / file, encode_png({2, 3, {0, 1, 2, 0, 1, 2}}, 8));
      write_text(folder_ / "t" / file, encode_png({2, 3, {0, 1, 2, 255, 1, 2}}, 8));
      write_text(folder_ / "photos" / file, encode_colour_png(2, 3, SPNG_COLOR_TYPE_TRUECOLOR, 3));
    }
  }

  [[nodiscard]] std::string at(const char* name) const { return (folder_ / name).string(); }

  [[nodiscard]] outcome eval(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{
        "eval", "--prediction", at("p"), "--target", at("t"), "--classes", "3", "--ignore", "255"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tool(arguments);
  }

  void expect_usage_error(const std::vector<std::string>& more, const std::string& text) const {
    const outcome run = eval(more);
    EXPECT_EQ(run.code, 2) << text;
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(run.err.find("error: "), 0U) << run.err;
    EXPECT_NE(run.err.find(text), std::string::npos) << run.err;
  }

  [[nodiscard]] std::array<int, 3> pixel(const std::string& file, std::size_t index) const {
    const tool::picture read = tool::read_picture(folder_ / "out" / file);
    return {read.rgb[3 * index], read.rgb[3 * index + 1], read.rgb[3 * index + 2]};
  }

  scratch_folder folder_;
};

TEST_F(EvalPictures, WritesAnOverlayAnImage) {
  const outcome run = eval({"--images", at("photos"), "--overlays", at("out"), "--opacity", "255"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "out"), {}), 3);
  const std::array<int, 3> black{0, 0, 0};
  // VOC's colours of 1 and 2; label 0 and what is ignored are black.
  EXPECT_EQ(pixel("b.png", 0), black);
  EXPECT_EQ(pixel("b.png", 1), (std::array<int, 3>{128, 0, 0}));
  EXPECT_EQ(pixel("b.png", 2), (std::array<int, 3>{0, 128, 0}));
  EXPECT_EQ(pixel("b.png", 3), black);
}

TEST_F(EvalPictures, TakesPaletteAndOpacity) {
  write_text(folder_ / "colors.txt", "#ff0000\n0 255 0\n0,0,255\n");
  const outcome run = eval({"--images", at("photos"), "--overlays", at("out"), "--opacity", "0",
                            "--palette", at("colors.txt")});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(pixel("a.png", 0), (std::array<int, 3>{0, 0, 0}));
  ASSERT_EQ(eval({"--overlays", at("out"), "--palette", at("colors.txt")}).code, 0);
  EXPECT_EQ(pixel("a.png", 0), (std::array<int, 3>{255, 0, 0})) << "no photograph: the colours";
}

TEST_F(EvalPictures, DrawsTheLabelsOfScores) {
  // Class 2 has the largest score in each pixel.
  std::string data;
  for (int i = 0; i < 18; ++i) {
    const auto value = static_cast<float>(i / 6);
    data.append(reinterpret_cast<const char*>(&value), 4);
  }
  write_text(folder_ / "s" / "a.npy", frame_npy(npy_header_text("<f4", false, "(3, 2, 3)"), data));
  write_text(folder_ / "s" / "a_target.png", encode_png({2, 3, {2, 2, 2, 2, 2, 2}}, 8));
  const outcome run = run_tool({"eval", "--logits", at("s"), "--classes", "3", "--overlays",
                                at("out"), "--report", at("html")});
  ASSERT_EQ(run.code, 0) << run.err;
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(pixel("a.png", i), (std::array<int, 3>{0, 128, 0}));
  }
}

TEST_F(EvalPictures, PhotographsThatAreNotRightAreProblemsOfTheirImages) {
  fs::remove(folder_ / "photos" / "a.png");
  write_text(folder_ / "photos" / "b.png", "no picture");
  write_text(folder_ / "photos" / "c.png", encode_colour_png(3, 2, SPNG_COLOR_TYPE_TRUECOLOR, 3));
  write_text(folder_ / "photos" / "unused.jpg", "");
  const outcome run = eval({"--images", at("photos"), "--overlays", at("out"), "--report",
                            at("html"), "--format", "json"});
  EXPECT_EQ(run.code, 1);
  const json report = json::parse(run.out);
  EXPECT_EQ(report["totals"]["images"], 3);
  EXPECT_EQ(report["totals"]["correct"], 15);
  ASSERT_EQ(report["problems"].size(), 3U) << run.err;
  EXPECT_EQ(report["problems"][0]["file"], at("p") + "/a.png");
  const std::string text = report["problems"][0]["text"];
  EXPECT_EQ(text.find("its photograph is missing"), 0U) << text;
  EXPECT_NE(text.find("; drawn without it"), std::string::npos) << text;
  for (const char* file : {"a.png", "b.png", "c.png"}) {
    EXPECT_EQ(pixel(file, 1), (std::array<int, 3>{128, 0, 0})) << "the colours alone";
  }
  EXPECT_TRUE(fs::exists(folder_ / "html" / "index.html"));
}

TEST_F(EvalPictures, WritesTheReport) {
  const outcome run = eval({"--report", at("html"), "--images", at("photos")});
  ASSERT_EQ(run.code, 0) << run.err;
  const std::string page = read_text(folder_ / "html" / "index.html");
  EXPECT_NE(page.find("\"mean_iou\":1.0"), std::string::npos) << "it carries the JSON";
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "html"), {}), 1);
}

TEST_F(EvalPictures, RejectsFoldersBeforeAnyWork) {
  write_text(folder_ / "file", "");
  fs::create_directories(folder_ / "empty");
  expect_usage_error({"--overlays", at("file")}, "--overlays " + at("file"));
  expect_usage_error({"--report", at("file")}, "--report " + at("file"));
  expect_usage_error({"--overlays", "/proc/none"}, "--overlays /proc/none");
  expect_usage_error({"--report", "/proc/none"}, "--report /proc/none");
  expect_usage_error({"--overlays", at("p")}, "holds what is read");
  expect_usage_error({"--overlays", at("t/")}, "holds what is read");
  expect_usage_error({"--overlays", at("photos"), "--images", at("photos")}, "holds what is read");
  expect_usage_error({"--overlays", at("out"), "--images", at("none")}, at("none"));
  expect_usage_error({"--overlays", at("out"), "--images", at("empty")}, at("empty"));
  expect_usage_error({"--images", at("photos")}, "needs --overlays or --report");
  expect_usage_error({"--opacity", "3"}, "needs --overlays or --report");
  expect_usage_error({"--palette", "voc"}, "needs --overlays or --report");
  for (const char* opacity : {"-1", "256", "half"}) {
    expect_usage_error({"--overlays", at("out"), "--opacity", opacity},
                       "not an integer from 0 to 255");
  }
  expect_usage_error({"--overlays", at("out"), "--palette", "rainbow"}, "--palette rainbow");
  write_text(folder_ / "short.txt", "#ff0000\n");
  expect_usage_error({"--overlays", at("out"), "--palette", at("short.txt")}, "too short");
}

TEST_F(EvalPictures, ProblemsOfWritingAreThoseOfTheImage) {
  fs::create_directories(folder_ / "out" / "b.png");
  const outcome run = eval({"--overlays", at("out"), "--format", "json"});
  EXPECT_EQ(run.code, 1);
  const json report = json::parse(run.out);
  EXPECT_EQ(report["totals"]["images"], 3);
  ASSERT_EQ(report["problems"].size(), 1U) << run.err;
  const std::string text = report["problems"][0]["text"];
  EXPECT_EQ(text.find("its overlay " + at("out") + "/b.png cannot be written"), 0U) << text;
}

/// A terminal on which Ctrl-C is pressed as soon as the second bar shows an image.
class interrupting_terminal : public std::stringbuf {
 protected:
  int sync() override {
    const bool wipes = str() == "\r\x1b[K";
    if (wiped_ == 1 && !wipes) std::raise(SIGINT);
    wiped_ += wipes ? 1 : 0;
    str("");
    return 0;
  }

 private:
  int wiped_ = 0;
};

TEST_F(EvalPictures, CtrlCWhileDrawingLeavesImagesOut) {
  const std::vector<std::string> texts{
      "bitwhere", "eval",     "--prediction", at("p"),     "--target", at("t"),    "--classes",
      "3",        "--ignore", "255",          "--threads", "1",        "--report", at("html")};
  std::vector<const char*> argv;
  for (const std::string& text : texts) argv.push_back(text.c_str());
  std::ostringstream out;
  std::ostringstream err;
  interrupting_terminal buffer;
  std::ostream terminal(&buffer);
  EXPECT_EQ(tool::run(static_cast<int>(argv.size()), argv.data(), {out, err, &terminal}), 130);
  EXPECT_EQ(err.str(), "interrupted: not all of the worst images are in the report\n");
  EXPECT_EQ(out.str().find("partial"), std::string::npos) << "the numbers are complete";
  const std::string page = read_text(folder_ / "html" / "index.html");
  EXPECT_NE(page.find("<b>Interrupted.</b>"), std::string::npos);
  EXPECT_NE(page.find("Overlay of a"), std::string::npos);
  EXPECT_EQ(page.find("Overlay of b"), std::string::npos);
}

TEST_F(EvalPictures, BadLabelsAreCountedInTheTable) {
  write_text(folder_ / "t" / "b.png", encode_png({2, 3, {0, 1, 9, 9, 1, 2}}, 8));
  const outcome run = eval({"--per-image"});
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.out.find("valid pixels       bad labels     accuracy"), std::string::npos)
      << run.out;
  EXPECT_NE(run.out.find("b                    4                2  1.000"), std::string::npos)
      << run.out;
  EXPECT_NE(run.out.find("  (and 2 not counted: bad labels)\n"), std::string::npos) << run.out;
}

TEST(WorstImages, WithBadLabelsComeFirst) {
  const auto image = [](const char* name, std::int64_t bad_labels, double mean_iou) {
    tool::image_result out;
    out.name = name;
    out.bad_labels = bad_labels;
    out.mean_iou = mean_iou;
    return out;
  };
  const std::vector<tool::image_result> images{
      image("a", 0, 0.1), image("b", 2, 1.0), image("c", 3, 1.0), image("d", 2, 0.5),
      image("e", 1, std::numeric_limits<double>::quiet_NaN())};
  EXPECT_EQ(tool::worst_images(images, 9), (std::vector<std::size_t>{2, 3, 1, 4, 0}));
}

TEST(WorstImages, AreOrderedByIouAccuracyAndName) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  const auto image = [](const char* name, double mean_iou, double accuracy) {
    tool::image_result out;
    out.name = name;
    out.mean_iou = mean_iou;
    out.accuracy = accuracy;
    return out;
  };
  const std::vector<tool::image_result> images{image("e", none, none), image("d", 0.5, 0.5),
                                               image("c", 0.5, 0.25), image("b", 0.5, 0.5),
                                               image("a", 0.75, 0)};
  using list = std::vector<std::size_t>;
  EXPECT_EQ(tool::worst_images(images, 9), (list{2, 3, 1, 4, 0}));
  EXPECT_EQ(tool::worst_images(images, 2), (list{2, 3}));
  EXPECT_EQ(tool::worst_images({}, 2), list{});
}

}  // namespace
}  // namespace bitwhere::tool_test
