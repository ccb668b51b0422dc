// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <cmath>

// Ratios of a confusion matrix. The vectors are those that torchmetrics and cityscapesScripts
// give for these labels; where the two differ from other tools it says so.
namespace bitwhere::test {
namespace {

using labels = std::vector<std::int64_t>;

scores scores_for(const labels& prediction, const labels& target, std::int64_t classes,
                  const labels& ignore = {}) {
  const context cpu("cpu");
  return confusion_matrix(cpu, bitwhere::view(prediction), bitwhere::view(target),
                          {.classes = classes, .ignore = ignore})
      .ratios();
}

TEST(Scores, LeaveAbsentClassesOut) {
  const scores s = scores_for({0, 1, 0, 1}, {0, 1, 0, 0}, 3);
  EXPECT_NEAR(s.mean_iou, 7.0 / 12, 1e-15);
  EXPECT_EQ(s.classes_in_mean_iou, 2);
  EXPECT_TRUE(std::isnan(s.class_iou[2]));
  EXPECT_TRUE(std::isnan(s.class_accuracy[2]));
}

TEST(Scores, LeaveIgnoredClassesOut) {
  EXPECT_EQ(scores_for({2, 1, 0, 1}, {2, 1, 0, 0}, 3, {0}).mean_iou, 1.0);
}

// The ignored class was predicted on a valid pixel: a miss for the true class. mmsegmentation
// would also count a class of IoU 0 and give 0.5.
TEST(Scores, CountPredictionsOfAnIgnoredClassAsMisses) {
  const scores s = scores_for({0, 1, 2}, {1, 1, 2}, 3, {0});
  EXPECT_NEAR(s.mean_iou, 0.75, 1e-15);
  EXPECT_NEAR(s.accuracy, 2.0 / 3, 1e-15);
}

TEST(Scores, OfNothingAreNan) {
  const scores s = scores_for({0, 1}, {255, 255}, 2, {255});
  EXPECT_EQ(s.valid, 0);
  EXPECT_TRUE(std::isnan(s.accuracy));
  EXPECT_TRUE(std::isnan(s.mean_iou));
  EXPECT_TRUE(std::isnan(s.mean_class_accuracy));
  EXPECT_TRUE(std::isnan(s.frequency_weighted_iou));
}

TEST(Scores, FollowTheirFormulas) {
  // rows: target 0 -> {5, 1}, target 1 -> {2, 4}
  const labels counts{5, 1, 2, 4};
  const scores s = scores_of(counts, 2);
  EXPECT_EQ(s.valid, 12);
  EXPECT_EQ(s.correct, 9);
  EXPECT_EQ(s.accuracy, 0.75);
  EXPECT_EQ(s.class_accuracy, (std::vector<double>{5.0 / 6, 4.0 / 6}));
  EXPECT_EQ(s.class_iou, (std::vector<double>{5.0 / 8, 4.0 / 7}));
  EXPECT_EQ(s.mean_class_accuracy, (5.0 / 6 + 4.0 / 6) / 2);
  EXPECT_EQ(s.mean_iou, (5.0 / 8 + 4.0 / 7) / 2);
  EXPECT_EQ(s.frequency_weighted_iou, (6 * (5.0 / 8) + 6 * (4.0 / 7)) / 12);
}

}  // namespace
}  // namespace bitwhere::test
