// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

/// Evaluates published segmentation data sets, where the environment says they lie, and compares
/// with an evaluation of them that was made without this library.
#include "files.hpp"

#include <gtest/gtest.h>

#include <bitwhere/context.hpp>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;

struct data_set {
  const char* name;
  const char* targets;
  const char* ignore;

  friend std::ostream& operator<<(std::ostream& out, const data_set& set) {
    return out << set.name << ' ' << set.targets;
  }
};

class RealData : public testing::TestWithParam<data_set> {};

void expect_ratio(const json& found, const json& expected, const std::string& what) {
  ASSERT_EQ(found.is_null(), expected.is_null()) << what;
  if (!expected.is_null()) {
    EXPECT_NEAR(found.get<double>(), expected.get<double>(), 1e-12) << what;
  }
}

void expect_totals(const json& report, const json& expected) {
  const json& totals = report["totals"];
  EXPECT_EQ(totals["images"], expected["images"]);
  EXPECT_EQ(totals["valid"], expected["valid"]);
  EXPECT_EQ(totals["correct"], expected["correct"]);
  EXPECT_EQ(totals["classes_in_mean_iou"], expected["classes_used"]);
  EXPECT_EQ(report["confusion"], expected["confusion"]);
  expect_ratio(totals["accuracy"], expected["accuracy"], "accuracy");
  expect_ratio(totals["mean_iou"], expected["miou"], "mean IoU");
  expect_ratio(totals["mean_class_accuracy"], expected["class_accuracy_mean"], "class accuracy");
  expect_ratio(totals["frequency_weighted_iou"], expected["fwiou"], "frequency weighted IoU");
  ASSERT_EQ(report["classes"].size(), expected["iou"].size());
  for (std::size_t c = 0; c < expected["iou"].size(); ++c) {
    expect_ratio(report["classes"][c]["iou"], expected["iou"][c], "IoU of " + std::to_string(c));
  }
}

void expect_images(const json& report, const json& expected) {
  ASSERT_EQ(report["images"].size(), expected.size());
  // The reports are sorted by name, the expectations as the data set lists its images.
  for (const json& image : expected) {
    const std::string name = image["id"];
    bool seen = false;
    for (const json& found : report["images"]) {
      if (found["name"] != name) continue;
      seen = true;
      EXPECT_EQ(found["valid"], image["valid"]) << name;
      EXPECT_EQ(found["correct"], image["correct"]) << name;
      EXPECT_EQ(json({found["height"], found["width"]}), image["shape"]) << name;
      expect_ratio(found["accuracy"], image["accuracy"], name);
      expect_ratio(found["mean_iou"], image["miou"], name);
    }
    EXPECT_TRUE(seen) << name;
  }
}

// An instruction set for the lifetime of the guard; "" leaves the choice to the library.
class chosen_isa {
 public:
  explicit chosen_isa(const std::string& isa) {
    if (!isa.empty()) setenv("BITWHERE_ISA", isa.c_str(), 1);
  }
  ~chosen_isa() { unsetenv("BITWHERE_ISA"); }
  chosen_isa(const chosen_isa&) = delete;
  chosen_isa& operator=(const chosen_isa&) = delete;
};

// Every device and instruction set here: the same numbers, and they are the reference's.
TEST_P(RealData, AgreesWithTheReference) {
  const char* folder = std::getenv("BITWHERE_TEST_DATA");
  if (folder == nullptr || !fs::exists(fs::path(folder) / "expected.json")) {
    GTEST_SKIP() << "BITWHERE_TEST_DATA names no folder with expected.json";
  }
  const data_set& set = GetParam();
  const fs::path root = fs::path(folder) / set.name;
  const json expected =
      json::parse(read_text(fs::path(folder) / "expected.json"))["datasets"][set.name];
  for (const std::string& device : devices()) {
    const std::vector<std::string> every_isa =
        device == "cpu" ? isas() : std::vector<std::string>{""};
    for (const std::string& isa : every_isa) {
      SCOPED_TRACE(device + " " + isa);
      const chosen_isa guard(isa);
      const outcome run = run_tool({"eval", "--prediction", (root / "predictions").string(),
                                    "--target", (root / set.targets).string(), "--classes",
                                    std::to_string(expected["num_classes"].get<int>()), "--ignore",
                                    set.ignore, "--device", device, "--json", "-"});
      ASSERT_EQ(run.code, 0) << run.err;
      const json report = json::parse(run.out);
      EXPECT_EQ(report["device"], device);
      if (!isa.empty()) {
        EXPECT_EQ(report["isa"], isa);
      }
      expect_totals(report, expected["total"]);
      expect_images(report, expected["per_image"]);
    }
  }
}

// The scores of each case beside its target, and the counts and ratios of their largest.
TEST(RealLogits, AgreeWithTheReference) {
  const char* folder = std::getenv("BITWHERE_TEST_DATA");
  if (folder == nullptr || !fs::exists(fs::path(folder) / "expected.json")) {
    GTEST_SKIP() << "BITWHERE_TEST_DATA names no folder with expected.json";
  }
  const json expected =
      json::parse(read_text(fs::path(folder) / "expected.json"))["datasets"]["camvid"];
  const fs::path logits = fs::path(folder) / "camvid" / "logits";
  for (const std::string& device : devices()) {
    SCOPED_TRACE(device);
    const auto eval = [&](const fs::path& path) {
      return run_tool({"eval", "--logits", path.string(), "--classes", "11", "--ignore", "11",
                       "--foreground", "2", "6", "8", "9", "10", "--foreground-weight", "5",
                       "--device", device, "--format", "json"});
    };
    const auto expect_loss = [](const json& got, const json& expected_loss) {
      for (const auto& [ours, theirs] : {std::pair("mean", "mean_weighted"), {"sum", "sum"}}) {
        const auto value = expected_loss[theirs].get<double>();
        EXPECT_NEAR(got[ours].get<double>(), value, 1e-6 * value) << ours;
      }
    };
    json sum(std::vector<std::vector<std::int64_t>>(11, std::vector<std::int64_t>(11)));
    for (const json& one : expected["logit_cases"]) {
      const std::string id = one["id"];
      SCOPED_TRACE(id);
      const outcome run = eval(logits / (id + ".npy"));
      ASSERT_EQ(run.code, 0) << run.err;
      const json report = json::parse(run.out);
      json metrics = one["argmax_metrics"];
      metrics["images"] = 1;
      expect_totals(report, metrics);
      for (const json& numbers : {report["totals"], report["images"][0]}) {
        expect_loss(numbers["loss"], one["cross_entropy"]["none"]);
        expect_loss(numbers["weighted_loss"], one["cross_entropy"]["fg5"]);
      }
      for (std::size_t t = 0; t < 11; ++t) {
        for (std::size_t p = 0; p < 11; ++p) {
          sum[t][p] =
              sum[t][p].get<std::int64_t>() + metrics["confusion"][t][p].get<std::int64_t>();
        }
      }
    }
    // Beside them lie scores of the foreground, which have no targets.
    const outcome all = eval(logits);
    EXPECT_EQ(all.code, 1);
    EXPECT_NE(all.err.find("_fg_prob.npy: has no target"), std::string::npos) << all.err;
    const json report = json::parse(all.out);
    EXPECT_EQ(report["totals"]["images"], expected["logit_cases"].size());
    EXPECT_EQ(report["confusion"], sum);
    double total = 0;
    for (const json& one : expected["logit_cases"]) {
      total += one["cross_entropy"]["fg5"]["sum"].get<double>();
    }
    EXPECT_NEAR(report["totals"]["weighted_loss"]["sum"].get<double>(), total, 1e-6 * total);
  }
}

INSTANTIATE_TEST_SUITE_P(All, RealData,
                         testing::Values(data_set{"camvid", "targets", "11"},
                                         data_set{"voc", "targets", "255"},
                                         data_set{"labelme", "targets", "255"},
                                         data_set{"labelme", "targets_npy", "-1"}),
                         [](const auto& one) {
                           return std::string(one.param.name) + "_" + one.param.targets;
                         });

}  // namespace
}  // namespace bitwhere::tool_test
