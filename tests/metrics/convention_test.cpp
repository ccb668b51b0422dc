// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <cmath>
#include <limits>
#include <ostream>

// Where evaluators differ: labels for which they print different numbers, and those numbers. They
// come from torchmetrics 1.9, mmsegmentation 1.2 and cityscapesScripts 2.3.
namespace bitwhere::test {
namespace {

using labels = std::vector<std::int64_t>;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

void expect_ratio(double found, double expected, const char* what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(found)) << what << " is " << found;
  } else {
    EXPECT_NEAR(found, expected, 1e-15) << what;
  }
}

scores scores_of_maps(const labels& prediction, const labels& target, std::int64_t classes,
                      const score_options& how) {
  labels counts(static_cast<std::size_t>(classes * classes));
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] >= classes) continue;  // 255
    ++counts[static_cast<std::size_t>(target[i] * classes + prediction[i])];
  }
  return scores_of(counts, classes, how);
}

struct sample {
  const char* name;
  labels prediction;
  labels target;
  std::int64_t classes;
  labels ignore;
  double torchmetrics_iou;
  double torchmetrics_micro_iou;
  double torchmetrics_accuracy;  // macro
  double torchmetrics_dice;      // macro f1_score
  double mmseg_iou;
  double mmseg_accuracy;
  double mmseg_dice;
  double mmseg_precision;
  double cityscapes_iou;

  friend std::ostream& operator<<(std::ostream& out, const sample& one) { return out << one.name; }
};

class Conventions : public testing::TestWithParam<sample> {
 protected:
  static scores of(convention whose) {
    const sample& s = GetParam();
    return scores_of_maps(s.prediction, s.target, s.classes,
                          score_options{.ignore = s.ignore}.as(whose));
  }
};

TEST_P(Conventions, Torchmetrics) {
  const scores s = of(convention::torchmetrics);
  expect_ratio(s.mean_iou, GetParam().torchmetrics_iou, "mean IoU");
  expect_ratio(s.micro_iou, GetParam().torchmetrics_micro_iou, "micro IoU");
  expect_ratio(s.mean_class_accuracy, GetParam().torchmetrics_accuracy, "mean class accuracy");
  expect_ratio(s.mean_dice, GetParam().torchmetrics_dice, "mean Dice");
  for (const double shown : s.class_iou) EXPECT_FALSE(std::isnan(shown));
}

TEST_P(Conventions, Mmseg) {
  const scores s = of(convention::mmseg);
  expect_ratio(s.mean_iou, GetParam().mmseg_iou, "mIoU");
  expect_ratio(s.mean_class_accuracy, GetParam().mmseg_accuracy, "mAcc");
  expect_ratio(s.mean_dice, GetParam().mmseg_dice, "mDice");
  expect_ratio(s.mean_precision, GetParam().mmseg_precision, "mPrecision");
}

TEST_P(Conventions, Cityscapes) {
  expect_ratio(of(convention::cityscapes).mean_iou, GetParam().cityscapes_iou, "score average");
  expect_ratio(of(convention::bitwhere).mean_iou, GetParam().cityscapes_iou, "bitwhere's own");
}

INSTANTIATE_TEST_SUITE_P(
    All, Conventions,
    testing::Values(
        sample{"absent_class",
               {0, 1, 0, 1},
               {0, 1, 0, 0},
               3,
               {},
               7.0 / 12,
               3.0 / 5,
               5.0 / 6,
               (4.0 / 5 + 2.0 / 3) / 2,
               7.0 / 12,
               5.0 / 6,
               (4.0 / 5 + 2.0 / 3) / 2,
               3.0 / 4,
               7.0 / 12},
        sample{"ignored_class", {2, 1, 0, 1}, {2, 1, 0, 0}, 3, {0}, 1, 1, 1, 1, 1, 1, 1, 1, 1},
        sample{"predicted_ignored_class",
               {0, 1, 2},
               {1, 1, 2},
               3,
               {0},
               3.0 / 4,
               2.0 / 3,
               1.0 / 2,
               (2.0 / 3 + 1) / 3,
               1.0 / 2,
               3.0 / 4,
               (2.0 / 3 + 1) / 3,
               2.0 / 3,
               3.0 / 4},
        sample{"unpredicted_class",
               {0, 0, 1},
               {0, 2, 1},
               3,
               {},
               1.0 / 2,
               1.0 / 2,
               2.0 / 3,
               (2.0 / 3 + 1) / 3,
               1.0 / 2,
               2.0 / 3,
               (2.0 / 3 + 1) / 3,
               3.0 / 4,
               1.0 / 2},
        sample{"unseen_class",
               {0, 2, 1},
               {0, 0, 1},
               3,
               {},
               1.0 / 2,
               1.0 / 2,
               1.0 / 2,
               (2.0 / 3 + 1) / 3,
               1.0 / 2,
               3.0 / 4,
               (2.0 / 3 + 1) / 3,
               2.0 / 3,
               1.0 / 2},
        sample{
            "nothing", {0, 1}, {255, 255}, 2, {255}, none, 0, 0, 0, none, none, none, none, none}),
    [](const auto& one) { return std::string(one.param.name); });

// What older releases and other settings of the evaluators do is a matter of options.

TEST(ConventionOptions, OfTorchmetricsWithAbsentClassesInTheMean) {  // up to 0.11
  EXPECT_NEAR(scores_of_maps({0, 1, 0, 1}, {0, 1, 0, 0}, 3, {.absent_is = absent::zero}).mean_iou,
              7.0 / 18, 1e-15);
  EXPECT_NEAR(scores_of_maps({2, 1, 0, 1}, {2, 1, 0, 0}, 3,
                             {.ignore = {0}, .absent_is = absent::zero, .ignored_in_mean = true})
                  .mean_iou,
              2.0 / 3, 1e-15);
}

TEST(ConventionOptions, OfMmsegWithNumbersForNan) {
  const labels prediction{0, 1, 0, 1};
  const labels target{0, 1, 0, 0};
  score_options how = score_options{}.as(convention::mmseg);
  how.absent_is = absent::zero;
  how.nothing = absent::zero;
  EXPECT_NEAR(scores_of_maps(prediction, target, 3, how).mean_iou, 7.0 / 18, 1e-15);
  EXPECT_NEAR(scores_of_maps(prediction, target, 3, how).mean_precision, 1.5 / 3, 1e-15);
  EXPECT_EQ(scores_of_maps({}, {}, 3, how).accuracy, 0.0);
  how.absent_is = absent::one;
  EXPECT_NEAR(scores_of_maps(prediction, target, 3, how).mean_class_accuracy, (5.0 / 3 + 1) / 3,
              1e-15);
}

TEST(ConventionOptions, KeepWhatNoEvaluatorDecides) {
  const score_options before{.ignore = {3, 255}, .selected = {1, 2}};
  for (const convention whose : {convention::bitwhere, convention::torchmetrics, convention::mmseg,
                                 convention::cityscapes}) {
    const score_options after = before.as(whose);
    EXPECT_EQ(after.ignore, before.ignore);
    EXPECT_EQ(after.selected, before.selected);
  }
}

TEST(ConventionOptions, ReplaceAllThatEvaluatorsDecide) {
  const score_options set{.absent_is = absent::one,
                          .skipped_is = absent::one,
                          .ignored_in_mean = true,
                          .unseen_accuracy = absent::zero,
                          .iou_without_ignored = true,
                          .unpredicted_absent = true,
                          .nothing = absent::one};
  for (const convention whose : {convention::bitwhere, convention::cityscapes}) {
    const score_options after = set.as(whose);
    EXPECT_EQ(after.absent_is, absent::skip);
    EXPECT_EQ(after.skipped_is, absent::skip);
    EXPECT_FALSE(after.ignored_in_mean);
    EXPECT_EQ(after.unseen_accuracy, absent::skip);
    EXPECT_FALSE(after.iou_without_ignored);
    EXPECT_FALSE(after.unpredicted_absent);
    EXPECT_EQ(after.nothing, absent::skip);
  }
}

}  // namespace
}  // namespace bitwhere::test
