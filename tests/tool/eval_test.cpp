// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "files.hpp"

#include <bitwhere/context.hpp>

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;
using matrix = std::vector<std::vector<std::int64_t>>;

constexpr std::int64_t classes = 5;

/// Labels of a fixed generator; about one in `classes + 1` is `special`.
labels scattered(std::int64_t height, std::int64_t width, std::uint32_t seed,
                 std::int64_t special) {
  labels out{height, width, {}};
  for (std::int64_t i = 0; i < height * width; ++i) {
    seed = seed * 1664525 + 1013904223;
    const auto label = static_cast<std::int64_t>((seed >> 16) % (classes + 1));
    out.values.push_back(label == classes ? special : label);
  }
  return out;
}

void count_naively(const labels& prediction, const labels& target,
                   const std::set<std::int64_t>& ignore, matrix& counts) {
  for (std::size_t i = 0; i < target.values.size(); ++i) {
    if (ignore.count(target.values[i]) != 0) continue;
    ++counts[static_cast<std::size_t>(target.values[i])]
            [static_cast<std::size_t>(prediction.values[i])];
  }
}

/// Two folders of label maps in every encoding, and the naive counts of all and of each image.
class Eval : public testing::Test {
 protected:
  Eval() {
    const std::set<std::int64_t> ignore{200, 3};
    for (int i = 0; i < 6; ++i) {
      const std::int64_t height = 7 + i;
      const labels target = scattered(height, 23, 100U + static_cast<std::uint32_t>(i), 200);
      const labels prediction = scattered(height, 23, 500U + static_cast<std::uint32_t>(i), 1);
      const std::string name = "image" + std::to_string(i);
      write(folder_ / "t" / name, target, i);
      write(folder_ / "p" / name, prediction, 5 - i);
      matrix one(classes, std::vector<std::int64_t>(classes));
      count_naively(prediction, target, ignore, one);
      count_naively(prediction, target, ignore, all_);
      each_.push_back(one);
    }
  }

  static void write(const fs::path& stem, const labels& map, int encoding) {
    const std::string name = stem.string();
    switch (encoding) {
      case 0:
        return write_text(name + ".png", encode_png(map, 8));
      case 1:
        return write_text(name + ".png", encode_png(map, 8, SPNG_COLOR_TYPE_INDEXED));
      case 2:
        return write_text(name + ".png", encode_png(map, 16));
      case 3:
        return write_text(name + ".npy", encode_npy(map, "<i8", true));
      case 4:
        return write_text(name + ".npy", encode_npy(map, ">u2"));
      default:
        return write_text(name + ".npy", encode_npy(map, "<i4"));
    }
  }

  /// `bitwhere eval` of the two folders with more options.
  [[nodiscard]] outcome eval(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"eval", "--prediction", (folder_ / "p").string(), "--target",
                                       (folder_ / "t").string()};
    if (more.empty() || more[0] != "--classes") {
      arguments.insert(arguments.end(), {"--classes", "5"});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tool(arguments);
  }

  scratch_folder folder_;
  matrix all_ = matrix(classes, std::vector<std::int64_t>(classes));
  std::vector<matrix> each_;
};

/// The ratios of a matrix, written out once more.
struct naive_ratios {
  std::int64_t valid = 0;
  std::int64_t correct = 0;
  double mean_iou = 0;
  double mean_accuracy = 0;
  std::vector<double> iou;
};

naive_ratios ratios_of(const matrix& counts, const std::set<std::int64_t>& ignore) {
  naive_ratios out;
  double present = 0;
  double in_target = 0;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    std::int64_t row = 0;
    std::int64_t column = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) {
      row += counts[c][k];
      column += counts[k][c];
    }
    const std::int64_t hit = counts[c][c];
    out.valid += row;
    out.correct += hit;
    out.iou.push_back(static_cast<double>(hit) / static_cast<double>(row + column - hit));
    if (ignore.count(static_cast<std::int64_t>(c)) != 0 || row + column == 0) continue;
    out.mean_iou += out.iou.back();
    ++present;
    if (row == 0) continue;
    out.mean_accuracy += static_cast<double>(hit) / static_cast<double>(row);
    ++in_target;
  }
  out.mean_iou /= present;
  out.mean_accuracy /= in_target;
  return out;
}

TEST_F(Eval, AgreesWithANaiveCount) {
  for (const std::string& device : devices()) {
    SCOPED_TRACE(device);
    const outcome run = eval({"--ignore", "200", "3", "--json", "-", "--device", device});
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.err, "");
    const json report = json::parse(run.out);
    EXPECT_EQ(report["device"], device);
    EXPECT_EQ(report["bits_version"], bw_bits_version());
    EXPECT_EQ(report["ignore"], json({200, 3}));
    EXPECT_EQ(report["confusion"], json(all_));
    const naive_ratios expected = ratios_of(all_, {3});
    const json& totals = report["totals"];
    EXPECT_EQ(totals["images"], 6);
    EXPECT_EQ(totals["valid"], expected.valid);
    EXPECT_EQ(totals["correct"], expected.correct);
    EXPECT_NEAR(totals["mean_iou"].get<double>(), expected.mean_iou, 1e-15);
    EXPECT_NEAR(totals["mean_class_accuracy"].get<double>(), expected.mean_accuracy, 1e-15);
    EXPECT_EQ(totals["classes_in_mean_iou"], 4);
    EXPECT_EQ(report["problems"], json::array());
  }
}

TEST_F(Eval, ReportsClassesAndImages) {
  const json report = json::parse(eval({"--ignore", "200", "3", "--json", "-"}).out);
  const naive_ratios expected = ratios_of(all_, {3});
  ASSERT_EQ(report["classes"].size(), 5U);
  for (std::size_t c = 0; c < 5; ++c) {
    const json& one = report["classes"][c];
    EXPECT_EQ(one["id"], c);
    EXPECT_EQ(one["name"], json(nullptr));
    EXPECT_EQ(one["ignored"], c == 3);
    if (c == 3) {
      EXPECT_EQ(one["iou"], json(nullptr));
      EXPECT_EQ(one["accuracy"], json(nullptr));
    } else {
      EXPECT_EQ(one["iou"], expected.iou[c]);
    }
  }
  ASSERT_EQ(report["images"].size(), each_.size());
  for (std::size_t i = 0; i < each_.size(); ++i) {
    const json& one = report["images"][i];
    const naive_ratios image = ratios_of(each_[i], {3});
    EXPECT_EQ(one["name"], "image" + std::to_string(i));
    EXPECT_EQ(one["height"], 7 + i);
    EXPECT_EQ(one["width"], 23);
    EXPECT_EQ(one["valid"], image.valid);
    EXPECT_EQ(one["correct"], image.correct);
    EXPECT_EQ(one["bad_labels"], 0);
    EXPECT_EQ(one["accuracy"],
              static_cast<double>(image.correct) / static_cast<double>(image.valid));
    EXPECT_NEAR(one["mean_iou"].get<double>(), image.mean_iou, 1e-15);
  }
}

TEST_F(Eval, PrintsTheTable) {
  write_text(folder_ / "names.txt",
             "\xEF\xBB\xBF# names\r\nsky\r\n\r\n  tall building \nM\xC3\xBCll\n"
             "void\nroad\n");
  const outcome run =
      eval({"--classes", (folder_ / "names.txt").string(), "--ignore", "200", "--ignore", "3"});
  ASSERT_EQ(run.code, 0) << run.err;
  const naive_ratios expected = ratios_of(all_, {3});
  char line[80];
  std::snprintf(line, sizeof(line), "\nmIoU %34.9f  (4 of 5 classes occur)\n", expected.mean_iou);
  EXPECT_NE(run.out.find("    1  tall building  "), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("    2  M\xC3\xBCll           "), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("    3  void                   ignored            -            -          "
                         "  -            -\n"),
            std::string::npos)
      << run.out;
  EXPECT_NE(run.out.find(line), std::string::npos) << line << run.out;
  EXPECT_NE(run.out.find("\nimages                                6\n"), std::string::npos)
      << run.out;
  const std::string last = run.out.substr(run.out.rfind("\n\n") + 2);
  EXPECT_EQ(last.find("device "), 0U) << last;
  EXPECT_EQ(run.out.find("problems"), std::string::npos);
}

TEST_F(Eval, ThreadsDoNotChangeTheReport) {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  const auto report = [&](const char* threads) {
    json out = json::parse(eval({"--ignore", "200", "3", "--json", "-", "--threads", threads}).out);
    out.erase("threads");
    return out;
  };
  const json one = report("1");
  EXPECT_EQ(report("2"), one);
  EXPECT_EQ(report("4"), one);
  EXPECT_EQ(report("100000"), one);
}

TEST_F(Eval, ListsEveryProblemAndEvaluatesTheRest) {
  const labels good{2, 3, {0, 1, 2, 3, 4, 0}};
  const auto both = [&](const std::string& name, const std::string& prediction,
                        const std::string& target) {
    write_text(folder_ / "p" / name, prediction);
    write_text(folder_ / "t" / name, target);
  };
  const std::string fine = encode_png(good, 8);
  both("x1_cut.png", fine.substr(0, fine.size() - 20), fine);
  both("x2_none.png", fine, "no PNG at all");
  both("x3_rgb.png", encode_colour_png(2, 3, SPNG_COLOR_TYPE_TRUECOLOR, 3), "");
  both("x4_size.png", encode_png({3, 2, good.values}, 8), fine);
  both("x5_float.npy", frame_npy(npy_header_text("<f4", false, "(1, 1)"), "0123"),
       encode_npy(good, "<i4"));
  both("x6_header.npy", encode_npy(good, "<i4"), frame_npy("{'descr'", "0123"));
  write_text(folder_ / "t" / "x7_alone.png", fine);
  const outcome run = eval({"--ignore", "200", "3", "--json", "-"});
  EXPECT_EQ(run.code, 1);
  const json report = json::parse(run.out);
  EXPECT_EQ(report["confusion"], json(all_));
  EXPECT_EQ(report["totals"]["images"], 6);
  const std::string p = (folder_ / "p").string() + "/";
  const std::string t = (folder_ / "t").string() + "/";
  const std::vector<std::pair<std::string, std::string>> expected{
      {t + "x7_alone.png", "has no prediction in"},
      {p + "x1_cut.png", "damaged PNG"},
      {t + "x2_none.png", "is not a PNG file"},
      {p + "x3_rgb.png", "an RGB PNG"},
      {t + "x3_rgb.png", "is empty"},
      {p + "x4_size.png", "has 2 x 3 pixels, but its target " + t + "x4_size.png has 3 x 2"},
      {p + "x5_float.npy", "holds elements of type '<f4'"},
      {t + "x6_header.npy", "its .npy header is malformed"}};
  ASSERT_EQ(report["problems"].size(), expected.size()) << run.err;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(report["problems"][i]["file"], expected[i].first);
    const std::string text = report["problems"][i]["text"];
    EXPECT_EQ(text.find(expected[i].second), 0U) << text;
    EXPECT_NE(run.err.find("problem: " + expected[i].first + ": " + text + "\n"), std::string::npos)
        << run.err;
  }
  const outcome table = eval({"--ignore", "200", "3"});
  EXPECT_EQ(table.code, 1);
  EXPECT_NE(table.out.find("\nproblems                              8\n"), std::string::npos)
      << table.out;
}

/// A pair of files evaluated with three classes.
class EvalFiles : public testing::Test {
 protected:
  outcome eval(const labels& prediction, const labels& target,
               const std::vector<std::string>& more = {}) {
    write_text(folder_ / "p.npy", encode_npy(prediction, "<i4"));
    write_text(folder_ / "t.npy", encode_npy(target, "<i4"));
    std::vector<std::string> arguments{"eval",
                                       "--prediction",
                                       (folder_ / "p.npy").string(),
                                       "--target",
                                       (folder_ / "t.npy").string(),
                                       "--classes",
                                       "3",
                                       "--json",
                                       "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tool(arguments);
  }

  scratch_folder folder_;
};

TEST_F(EvalFiles, NamesTheFirstBadTarget) {
  const outcome run =
      eval({2, 3, {0, 1, 2, 0, 1, 2}}, {2, 3, {0, 1, -1, 2, 1, -7}}, {"--ignore", "-1"});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.err, "problem: " + (folder_ / "t.npy").string() +
                         ": 1 pixel has a label outside 0..2, the first at row 1, column 2: "
                         "target -7 (--ignore -7 leaves such targets out)\n");
  const json report = json::parse(run.out);
  EXPECT_EQ(report["totals"]["valid"], 4);
  EXPECT_EQ(report["totals"]["bad_labels"], 1);
  EXPECT_EQ(report["images"][0]["bad_labels"], 1);
}

TEST_F(EvalFiles, OffersToIgnoreOnlyWhatMendsAll) {
  const std::string hint = "leaves such targets out";
  const outcome one = eval({1, 3, {0, 1, 2}}, {1, 3, {7, 1, 7}});
  EXPECT_NE(one.err.find("--ignore 7 " + hint), std::string::npos) << one.err;
  const outcome two = eval({1, 3, {0, 1, 2}}, {1, 3, {7, 1, 8}});
  EXPECT_NE(two.err.find("2 pixels have a label outside"), std::string::npos) << two.err;
  EXPECT_EQ(two.err.find(hint), std::string::npos) << two.err;
  const outcome rest = eval({1, 3, {0, 1, 2}}, {1, 3, {7, 1, 8}}, {"--ignore", "7"});
  EXPECT_NE(rest.err.find("--ignore 8 " + hint), std::string::npos) << rest.err;
}

TEST_F(EvalFiles, NamesTheFirstBadPrediction) {
  const outcome run = eval({2, 3, {0, 1, 2, 9, 1, 3}}, {2, 3, {0, 1, 2, 2, 1, 2}});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.err, "problem: " + (folder_ / "p.npy").string() +
                         ": 2 pixels have a label outside 0..2, the first at row 1, column 0: "
                         "prediction 9\n");
}

TEST_F(EvalFiles, GivesNullWhereThereIsNoRatio) {
  const outcome run = eval({1, 2, {0, 1}}, {1, 2, {-1, -1}}, {"--ignore=-1"});
  EXPECT_EQ(run.code, 0) << run.err;
  const json report = json::parse(run.out);
  EXPECT_EQ(report["totals"]["accuracy"], json(nullptr));
  EXPECT_EQ(report["totals"]["mean_iou"], json(nullptr));
  EXPECT_EQ(report["images"][0]["mean_iou"], json(nullptr));
  EXPECT_EQ(report["classes"][0]["iou"], json(nullptr));
}

TEST_F(EvalFiles, TakesEveryIgnoreThatFits) {
  const labels target{1, 4, {255, -1, 2, -2147483648}};
  const outcome run = eval({1, 4, {0, 0, 2, 0}}, target,
                           {"--ignore", "255", "--ignore", "-1", "-2147483648", "--ignore",
                            "-9223372036854775808", "9223372036854775807"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out)["totals"]["valid"], 1);
}

TEST_F(EvalFiles, ListsEntriesWhereThereAreManyClasses) {
  const outcome run = eval({1, 3, {1024, 7, 7}}, {1, 3, {1024, 8, 8}}, {"--classes", "1025"});
  EXPECT_EQ(run.code, 2) << "two values for --classes";
  write_text(folder_ / "p.npy", encode_npy({1, 3, {1024, 7, 7}}, "<i4"));
  const outcome many = run_tool({"eval", "--prediction", (folder_ / "p.npy").string(), "--target",
                                 (folder_ / "t.npy").string(), "--classes", "1025", "--json", "-"});
  ASSERT_EQ(many.code, 0) << many.err;
  const json report = json::parse(many.out);
  EXPECT_FALSE(report.contains("confusion"));
  EXPECT_EQ(report["confusion_entries"], json({{8, 7, 2}, {1024, 1024, 1}}));
}

TEST_F(EvalFiles, CountsNothingWhereNothingCanBeRead) {
  write_text(folder_ / "bad.png", "nothing");
  const std::string file = (folder_ / "bad.png").string();
  const outcome run = run_tool({"eval", "--prediction", file, "--target", file, "--classes", "3"});
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.out.find("\naccuracy                              -\n"), std::string::npos)
      << run.out;
}

}  // namespace
}  // namespace bitwhere::tool_test
