// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

/// `bitwhere eval`: conventions, chosen classes and names.
#include "files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

using json = nlohmann::json;

/// A row of pixels as prediction and target, evaluated with three classes.
class EvalRules : public testing::Test {
 protected:
  outcome eval(const std::vector<std::int64_t>& prediction, const std::vector<std::int64_t>& target,
               const std::vector<std::string>& more) {
    const auto map = [](const std::vector<std::int64_t>& values) {
      return encode_npy({1, static_cast<std::int64_t>(values.size()), values}, "<i4");
    };
    write_text(folder_ / "p.npy", map(prediction));
    write_text(folder_ / "t.npy", map(target));
    std::vector<std::string> arguments{"eval", "--prediction", (folder_ / "p.npy").string(),
                                       "--target", (folder_ / "t.npy").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tool(arguments);
  }

  json report(const std::vector<std::int64_t>& prediction, const std::vector<std::int64_t>& target,
              std::vector<std::string> more) {
    more.insert(more.end(), {"--format", "json"});
    const outcome run = eval(prediction, target, more);
    EXPECT_EQ(run.code, 0) << run.err;
    return run.code == 0 ? json::parse(run.out) : json();
  }

  std::string names(const std::string& text) {
    write_text(folder_ / "names.txt", text);
    return (folder_ / "names.txt").string();
  }

  void expect_usage_error(const std::vector<std::string>& more, const std::string& text) {
    const outcome run = eval({0}, {0}, more);
    EXPECT_EQ(run.code, 2);
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(run.err.find("error: "), 0U) << run.err;
    EXPECT_NE(run.err.find(text), std::string::npos) << text << "\n" << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  }

  scratch_folder folder_;
};

/// What an evaluator says of three pixels; the figures are those of its authors' own code.
struct convention_case {
  const char* convention;
  double mean_iou;
  std::optional<double> iou_of_0;       ///< the ignored class, which is predicted once
  std::optional<double> iou_of_absent;  ///< of class 2, where neither map has it

  friend std::ostream& operator<<(std::ostream& out, const convention_case& one) {
    return out << one.convention;
  }
};

class EvalConventions : public EvalRules, public testing::WithParamInterface<convention_case> {};

json ratio(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

TEST_P(EvalConventions, GiveTheNumbersOfTheirEvaluators) {
  const convention_case& expected = GetParam();
  const std::vector<std::string> options{"--classes",        "3", "--ignore", "0", "--convention",
                                         expected.convention};
  const json of_ignored = report({0, 1, 2}, {1, 1, 2}, options);
  EXPECT_EQ(of_ignored["convention"], expected.convention);
  EXPECT_EQ(of_ignored["totals"]["mean_iou"], expected.mean_iou);
  EXPECT_EQ(of_ignored["classes"][0]["iou"], ratio(expected.iou_of_0));
  EXPECT_EQ(of_ignored["classes"][0]["ignored"], true);
  const json of_absent = report({1, 0}, {1, 1}, options);
  EXPECT_EQ(of_absent["classes"][2]["iou"], ratio(expected.iou_of_absent));
  const outcome table = eval({0, 1, 2}, {1, 1, 2}, options);
  EXPECT_NE(table.out.find("\nconvention "), std::string::npos);
  EXPECT_NE(table.out.find(std::string(" ") + expected.convention + "\n"), std::string::npos)
      << table.out;
}

INSTANTIATE_TEST_SUITE_P(
    All, EvalConventions,
    testing::Values(convention_case{"bitwhere", 0.75, std::nullopt, std::nullopt},
                    convention_case{"torchmetrics", 0.75, 0, 0},
                    convention_case{"mmseg", 0.5, 0, std::nullopt},
                    convention_case{"cityscapes", 0.75, std::nullopt, std::nullopt}),
    testing::PrintToStringParamName());

TEST_F(EvalRules, RatiosAreThoseOfTheCounts) {
  // [[1 0 0] [1 2 0] [0 0 0]]: hits 1 and 2, unions 2 and 3.
  const json all = report({0, 0, 1, 1}, {0, 1, 1, 1}, {"--classes", "3"});
  const json& totals = all["totals"];
  EXPECT_NEAR(totals["mean_iou"].get<double>(), (1 / 2.0 + 2 / 3.0) / 2, 1e-15);
  EXPECT_NEAR(totals["micro_iou"].get<double>(), 3 / 5.0, 1e-15);
  EXPECT_NEAR(totals["mean_dice"].get<double>(), (2 / 3.0 + 4 / 5.0) / 2, 1e-15);
  EXPECT_NEAR(totals["micro_dice"].get<double>(), 6 / 8.0, 1e-15);
  EXPECT_NEAR(totals["mean_precision"].get<double>(), (1 / 2.0 + 1) / 2, 1e-15);
  EXPECT_NEAR(totals["mean_class_accuracy"].get<double>(), (1 + 2 / 3.0) / 2, 1e-15);
  EXPECT_EQ(all["classes"][0]["precision"], 0.5);
  EXPECT_NEAR(all["classes"][0]["dice"].get<double>(), 2 / 3.0, 1e-15);
  EXPECT_EQ(all["images"][0]["mean_dice"], totals["mean_dice"]);
  EXPECT_EQ(all["partial"], false);
  EXPECT_EQ(all["images_done"], 1);
  EXPECT_EQ(all["images_total"], 1);
}

TEST_F(EvalRules, SelectsClasses) {
  const std::string file = names("sky\nroad\nold car\n");
  const std::vector<std::string> by_name{"--classes", file, "--select", "old car", "sky"};
  const json chosen = report({0, 1, 2, 1}, {0, 1, 2, 2}, by_name);
  EXPECT_EQ(chosen["selected"], json({2, 0}));
  EXPECT_EQ(chosen["totals"]["mean_iou"], 0.75);
  EXPECT_EQ(chosen["totals"]["valid"], 3);
  EXPECT_EQ(chosen["classes"].size(), 3U);
  EXPECT_EQ(chosen["classes"][1]["selected"], false);
  EXPECT_EQ(chosen["images"][0]["mean_iou"], 0.75);
  EXPECT_EQ(report({0, 1, 2, 1}, {0, 1, 2, 2}, {"--classes", file, "--select", "2", "0"}), chosen);
  const outcome table = eval({0, 1, 2, 1}, {0, 1, 2, 2}, by_name);
  EXPECT_EQ(table.out.find("road"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("(2 of 2 classes occur)"), std::string::npos) << table.out;
  EXPECT_EQ(report({0}, {0}, {"--classes", "3"})["selected"], json(nullptr));
}

TEST_F(EvalRules, NamesStandBesideTheNumber) {
  const std::string file = names("sky\nroad\ncar\n");
  const json named = report({0}, {0}, {"--classes", "3", "--names", file});
  EXPECT_EQ(named, report({0}, {0}, {"--classes", file}));
  EXPECT_EQ(named["classes"][1]["name"], "road");
}

TEST_F(EvalRules, RejectsWrongRules) {
  const auto three = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"--classes", "3"});
    return more;
  };
  expect_usage_error(three({"--convention", "voc"}),
                     "--convention voc: not one of bitwhere, torchmetrics, mmseg, cityscapes");
  expect_usage_error(three({"--select", "3"}), "--select 3: not an integer from 0 to 2");
  expect_usage_error(three({"--select", "-1"}), "--select -1: not an integer from 0 to 2");
  expect_usage_error(three({"--select", "1", "2", "--select", "1"}),
                     "--select 1: class 1 is selected twice");
  expect_usage_error(three({"--select", "road"}), "names need --names");
  const std::string file = names("sky\nroad\ncar\n");
  expect_usage_error({"--classes", file, "--select", "bus"},
                     "--select bus: no class has this name");
  expect_usage_error({"--classes", file, "--select", "road", "1"},
                     "--select 1: class 1 is selected twice");
  expect_usage_error({"--classes", "4", "--names", file}, "has 3 names, but --classes says 4");
  expect_usage_error({"--classes", file, "--names", file}, "names the classes, too");
  expect_usage_error(three({"--names", "no/file"}), "--names no/file: no file that can be read");
  expect_usage_error(three({"--names", folder_.path().string()}), "no file that can be read");
  const std::string twice = names("# three\nsky\nroad\n\nsky\n");
  expect_usage_error({"--classes", twice}, "lines 2 and 5 have the same name: sky");
  expect_usage_error(three({"--names", twice}), "lines 2 and 5 have the same name: sky");
}

}  // namespace
}  // namespace bitwhere::tool_test
