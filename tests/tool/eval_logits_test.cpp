// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

/// `bitwhere eval --logits`: scores instead of labels.
#include "files.hpp"

#include <bitwhere/context.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;

constexpr std::size_t classes = 3;
constexpr std::size_t height = 5;
constexpr std::size_t width = 7;
constexpr std::size_t pixels = height * width;

/// The scores of a fixed generator, class after class; few values, so that many are equal.
std::vector<double> scattered_scores() {
  std::vector<double> out;
  std::uint32_t seed = 7;
  for (std::size_t i = 0; i < classes * pixels; ++i) {
    seed = seed * 1664525 + 1013904223;
    const std::uint32_t value = seed >> 29;
    out.push_back(value == 7 ? std::numeric_limits<double>::quiet_NaN() : value / 2.0);
  }
  return out;
}

/// The first of the largest; NaN is larger than every number.
std::size_t best_class(const std::vector<double>& scores, std::size_t pixel) {
  std::size_t best = 0;
  for (std::size_t c = 1; c < classes; ++c) {
    const double one = scores[c * pixels + pixel];
    const double other = scores[best * pixels + pixel];
    if (!std::isnan(other) && (std::isnan(one) || one > other)) best = c;
  }
  return best;
}

struct encoding {
  const char* descr;
  bool fortran;
  bool batch;

  friend std::ostream& operator<<(std::ostream& out, const encoding& one) {
    return out << one.descr + 1 << (one.fortran ? "_fortran" : "_c") << (one.batch ? "_4d" : "_3d");
  }
};

/// One of the few values above, as its bits.
std::string element(double value, char size) {
  if (size == '8') return {reinterpret_cast<const char*>(&value), 8};
  const auto narrow = static_cast<float>(value);
  if (size == '4') return {reinterpret_cast<const char*>(&narrow), 4};
  std::uint32_t bits = 0;
  std::memcpy(&bits, &narrow, 4);
  // These values keep all their bits; the exponent's offset is 15 instead of 127.
  const std::uint32_t half = std::isnan(value) ? 0x7E00U
                             : value == 0      ? 0U
                                               : (bits >> 13) - ((127U - 15U) << 10);
  const auto low = static_cast<std::uint16_t>(half);
  return {reinterpret_cast<const char*>(&low), 2};
}

std::string encode_scores(const std::vector<double>& scores, const encoding& how) {
  std::string data;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::size_t c = i % classes;
    const std::size_t row = i / classes % height;
    const std::size_t column = i / classes / height;
    const std::size_t at = how.fortran ? c * pixels + row * width + column : i;
    data += element(scores[at], how.descr[2]);
  }
  const std::string shape = how.batch ? "(1, 3, 5, 7)" : "(3, 5, 7)";
  return frame_npy(npy_header_text(how.descr, how.fortran, shape), data);
}

class EvalLogits : public testing::TestWithParam<encoding> {
 protected:
  [[nodiscard]] outcome eval(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"eval", "--logits", folder_.path().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tool(arguments);
  }

  scratch_folder folder_;
};

TEST_P(EvalLogits, CountsTheLargestScores) {
  const std::vector<double> scores = scattered_scores();
  labels target{height, width, {}};
  std::vector<std::vector<std::int64_t>> expected(classes, std::vector<std::int64_t>(classes));
  for (std::size_t i = 0; i < pixels; ++i) {
    target.values.push_back(i % 4 == 3 ? 9 : static_cast<std::int64_t>(i % 4));
    if (i % 4 != 3) ++expected[i % 4][best_class(scores, i)];
  }
  write_text(folder_ / "a.npy", encode_scores(scores, GetParam()));
  write_text(folder_ / "a_target.png", encode_png(target, 8));
  for (const std::string& device : devices()) {
    const outcome run =
        eval({"--classes", "3", "--ignore", "9", "--format", "json", "--device", device});
    ASSERT_EQ(run.code, 0) << run.err;
    const json report = json::parse(run.out);
    EXPECT_EQ(report["confusion"], json(expected)) << device;
    EXPECT_EQ(report["images"][0]["name"], "a");
  }
}

// A map of two pixels against labels of class 1 and of class 2.
class EvalLosses : public testing::Test {
 protected:
  EvalLosses() {
    const auto scores = [](const std::vector<float>& values, const char* shape) {
      return frame_npy(npy_header_text("<f4", false, shape),
                       {reinterpret_cast<const char*>(values.data()), values.size() * 4});
    };
    write_text(folder_ / "a.npy", scores({0, 1, 2, 1, 0, 4}, "(3, 1, 2)"));
    write_text(folder_ / "a_target.png", encode_png({1, 2, {1, 2}}, 8));
    write_text(folder_ / "b.npy", scores({0, 0, 0}, "(3, 1, 1)"));
    write_text(folder_ / "b_target.png", encode_png({1, 1, {0}}, 8));
  }
  [[nodiscard]] outcome eval(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"eval", "--logits", folder_.path().string(), "--classes",
                                       "3"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tool(arguments);
  }
  scratch_folder folder_;
  // ln(sum e^x) - x of the label, of logits (0 2 0), (1 1 4) and (0 0 0).
  const double of_1_ = std::log(2 + std::exp(2.0)) - 2;
  const double of_2_ = std::log(2 * std::exp(1.0) + std::exp(4.0)) - 4;
  const double of_3_ = std::log(3.0);
};

TEST_F(EvalLosses, AreMeansOverImagesAndOverAllPixels) {
  const outcome run = eval({"--class-weights", "1,2,0.5", "--format", "json"});
  ASSERT_EQ(run.code, 0) << run.err;
  const json report = json::parse(run.out);
  const auto expect = [](const json& got, double sum, double weight) {
    EXPECT_NEAR(got["sum"].get<double>(), sum, 1e-6 * sum);
    EXPECT_NEAR(got["mean"].get<double>(), sum / weight, 1e-6 * sum);
  };
  expect(report["totals"]["loss"], of_1_ + of_2_ + of_3_, 3);
  expect(report["totals"]["weighted_loss"], 2 * of_1_ + of_2_ / 2 + of_3_, 3.5);
  expect(report["images"][0]["loss"], of_1_ + of_2_, 2);
  expect(report["images"][0]["weighted_loss"], 2 * of_1_ + of_2_ / 2, 2.5);
  expect(report["images"][1]["weighted_loss"], of_3_, 1);
  EXPECT_EQ(report["class_weights"], json({1.0, 2.0, 0.5}));
  // The foreground is a way to say the same.
  const outcome other =
      eval({"--foreground", "1", "2", "--foreground-weight", "3", "--format", "json"});
  expect(json::parse(other.out)["totals"]["weighted_loss"], 3 * (of_1_ + of_2_) + of_3_, 7);
}

TEST_F(EvalLosses, AreTheSameWhateverTheThreads) {
  const auto totals = [&](const char* threads) {
    return json::parse(eval({"--threads", threads, "--format", "json"}).out)["totals"];
  };
  EXPECT_EQ(totals("1"), totals("2"));
}

TEST_F(EvalLosses, AreInTheTableAndInCsv) {
  const outcome table = eval({"--class-weights", "1,2,0.5", "--per-image"});
  EXPECT_NE(table.out.find("weighted loss"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("(sum "), std::string::npos) << table.out;
  const outcome csv = eval({"--per-image", "--format", "csv"});
  EXPECT_NE(csv.out.find("mean_dice,loss,weighted_loss\na,"), std::string::npos) << csv.out;
}

// The mean of the row "micro" is that of JSON, and all rows have as many fields as the first.
TEST_F(EvalLosses, AreInTheTotalsOfCsv) {
  const std::vector<std::string> weights{"--class-weights", "1,2,0.5", "--format"};
  const auto as = [&](const char* format) {
    std::vector<std::string> all = weights;
    all.emplace_back(format);
    return eval(all).out;
  };
  const json totals = json::parse(as("json"))["totals"];
  std::istringstream csv(as("csv"));
  std::size_t losses = 0;
  for (std::string line; std::getline(csv, line);) {
    EXPECT_EQ(std::ranges::count(line, ','), 9) << line;
    if (!line.starts_with("micro,")) continue;
    const std::size_t second = line.rfind(',');
    const std::size_t first = line.rfind(',', second - 1);
    EXPECT_EQ(std::stod(line.substr(first + 1)), totals["loss"]["mean"].get<double>());
    EXPECT_EQ(std::stod(line.substr(second + 1)), totals["weighted_loss"]["mean"].get<double>());
    ++losses;
  }
  EXPECT_EQ(losses, 1U);
}

TEST_F(EvalLosses, TakeTheForegroundWithCommasToo) {
  const auto report = [&](const std::vector<std::string>& foreground) {
    std::vector<std::string> all{"--foreground-weight", "3", "--format", "json", "--foreground"};
    all.insert(all.end(), foreground.begin(), foreground.end());
    return json::parse(eval(all).out);
  };
  EXPECT_EQ(report({"1,2"}), report({"1", "2"}));
}

// Weights are taken as they are written, not as f32.
TEST_F(EvalLosses, OfF64AreWeightedInF64) {
  const std::vector<double> scores{0.5, 0.25, 0.125};
  write_text(folder_ / "c/c.npy", frame_npy(npy_header_text("<f8", false, "(3, 1, 1)"),
                                            {reinterpret_cast<const char*>(scores.data()), 24}));
  write_text(folder_ / "c/c_target.png", encode_png({1, 1, {0}}, 8));
  const outcome run = run_tool({"eval", "--logits", (folder_ / "c").string(), "--classes", "3",
                                "--class-weights", "0.1,1,1", "--format", "json"});
  ASSERT_EQ(run.code, 0) << run.err;
  const json totals = json::parse(run.out)["totals"];
  EXPECT_EQ(totals["weighted_loss"]["sum"].get<double>(),
            0.1 * totals["loss"]["sum"].get<double>());
}

// A loss without bound, one that is no number, and none at all are told apart.
TEST_F(EvalLosses, ThatAreNoNumbers) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const auto map = [&](const std::string& name, std::vector<float> values, std::int64_t label) {
    write_text(folder_ / ("d/" + name + ".npy"),
               frame_npy(npy_header_text("<f4", false, "(3, 1, 1)"),
                         {reinterpret_cast<const char*>(values.data()), 12}));
    write_text(folder_ / ("d/" + name + "_target.png"), encode_png({1, 1, {label}}, 8));
  };
  map("a", {-infinity, 0, 0}, 0);
  map("b", {std::numeric_limits<float>::quiet_NaN(), 0, 0}, 0);
  map("c", {0, 0, 0}, 9);
  const auto run = [&](const char* format) {
    return run_tool({"eval", "--logits", (folder_ / "d").string(), "--classes", "3", "--ignore",
                     "9", "--per-image", "--format", format});
  };
  const json images = json::parse(run("json").out)["images"];
  EXPECT_EQ(images[0]["loss"]["mean"], "Infinity");
  EXPECT_EQ(images[1]["loss"]["mean"], "NaN");
  EXPECT_EQ(images[2]["loss"]["mean"], nullptr);
  const std::string csv = run("csv").out;
  EXPECT_NE(csv.find(",inf,\nb,"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",nan,\nc,"), std::string::npos) << csv;
  const std::string table = run("table").out;
  EXPECT_NE(table.find("  inf\n"), std::string::npos) << table;
}

TEST_F(EvalLosses, WeightsThatMakeNoSense) {
  const auto refused = [&](const std::vector<std::string>& more, const std::string& text) {
    const outcome run = eval(more);
    EXPECT_EQ(run.code, 2);
    EXPECT_NE(run.err.find(text), std::string::npos) << run.err;
  };
  refused({"--class-weights", "1,2"}, "--class-weights: has 2 numbers, but there are 3 classes");
  refused({"--class-weights", "1,2,x"}, "--class-weights x: not a finite number");
  refused({"--class-weights", "1,2,-3"}, "--class-weights -3: not a finite number");
  refused({"--class-weights", "1,2,nan"}, "--class-weights nan: not a finite number");
  refused({"--foreground", "1"}, "need each other");
  refused({"--foreground-weight", "5"}, "need each other");
  refused({"--foreground", "3", "--foreground-weight", "5"}, "--foreground 3: not an integer");
  refused({"--foreground", "1", "1", "--foreground-weight", "5"}, "selected twice");
  refused({"--class-weights", "1,1,1", "--foreground", "1"}, "give one of them");
  const outcome labels =
      run_tool({"eval", "--prediction", (folder_ / "a_target.png").string(), "--target",
                (folder_ / "a_target.png").string(), "--classes", "3", "--class-weights", "1,1,1"});
  EXPECT_EQ(labels.code, 2);
  EXPECT_NE(labels.err.find("give --logits"), std::string::npos) << labels.err;
}

INSTANTIATE_TEST_SUITE_P(Encodings, EvalLogits,
                         testing::Values(encoding{"<f2", false, false}, encoding{"<f2", true, true},
                                         encoding{"<f4", false, true}, encoding{"<f4", true, false},
                                         encoding{"<f8", false, false},
                                         encoding{"<f8", true, true}),
                         testing::PrintToStringParamName());

TEST_F(EvalLogits, ListsWhatIsWrongAndCountsTheRest) {
  const std::string good = encode_scores(scattered_scores(), {"<f4", false, true});
  const labels target{height, width, std::vector<std::int64_t>(pixels, 1)};
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"classes", "has scores of 1 class, but --classes says 3"},
      {"integers", "holds elements of type '<i4'; scores are"},
      {"label", "has a label outside 0..2, the first at row 0, column 0: target 77"},
      {"rank", "has shape (35, 3); scores are"},
      {"size", "has 5 x 7 pixels, but its target"}};
  const auto zeros = [](const char* descr, const char* shape) {
    return frame_npy(npy_header_text(descr, false, shape), std::string(4 * 3 * pixels, '\0'));
  };
  write_text(folder_ / "classes.npy",
             frame_npy(npy_header_text("<f4", false, "(1, 5, 7)"), std::string(4 * pixels, '\0')));
  write_text(folder_ / "good.npy", good);
  write_text(folder_ / "integers.npy", zeros("<i4", "(3, 5, 7)"));
  write_text(folder_ / "label.npy", good);
  write_text(folder_ / "rank.npy", zeros("<f4", "(35, 3)"));
  write_text(folder_ / "size.npy", zeros("<f4", "(3, 7, 5)"));
  for (const char* name : {"classes", "good", "integers", "label", "rank", "size"}) {
    write_text(folder_ / (std::string(name) + "_target.png"), encode_png(target, 8));
  }
  labels bad = target;
  bad.values[0] = 77;
  write_text(folder_ / "label_target.png", encode_png(bad, 8));
  const outcome run = eval({"--classes", "3", "--format", "json"});
  EXPECT_EQ(run.code, 1);
  const json report = json::parse(run.out);
  EXPECT_EQ(report["totals"]["images"], 2);
  ASSERT_EQ(report["problems"].size(), wrong.size()) << run.err;
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    const std::string file = report["problems"][i]["file"];
    EXPECT_NE(file.find(wrong[i].first), std::string::npos) << file;
    const std::string text = report["problems"][i]["text"];
    EXPECT_NE(text.find(wrong[i].second), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace bitwhere::tool_test
