// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "../support/errors.hpp"

// Ratios of a confusion matrix: the formulas, every option, and what is refused.
namespace bitwhere::test {
namespace {

using labels = std::vector<std::int64_t>;

// rows: target 0 -> {1, 0, 0}, 1 -> {1, 2, 0}; class 2 does not occur
const labels absent_class{1, 0, 0, 1, 2, 0, 0, 0, 0};

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

// The ignored class was predicted on a valid pixel: a miss for the true class.
TEST(Scores, CountPredictionsOfAnIgnoredClassAsMisses) {
  const scores s = scores_for({0, 1, 2}, {1, 1, 2}, 3, {0});
  EXPECT_NEAR(s.mean_iou, 0.75, 1e-15);
  EXPECT_NEAR(s.accuracy, 2.0 / 3, 1e-15);
  EXPECT_TRUE(std::isnan(s.class_iou[0]));
}

TEST(Scores, OfNothingAreNan) {
  const scores s = scores_for({0, 1}, {255, 255}, 2, {255});
  EXPECT_EQ(s.valid, 0);
  for (const double ratio :
       {s.accuracy, s.mean_iou, s.mean_class_accuracy, s.mean_dice, s.mean_precision,
        s.frequency_weighted_iou, s.micro_iou, s.micro_dice}) {
    EXPECT_TRUE(std::isnan(ratio));
  }
  EXPECT_EQ(s.classes_in_mean_iou + s.classes_in_mean_accuracy + s.classes_in_mean_dice +
                s.classes_in_mean_precision,
            0);
}

TEST(Scores, FollowTheirFormulas) {
  // rows: target 0 -> {5, 1}, target 1 -> {2, 4}
  const scores s = scores_of(labels{5, 1, 2, 4}, 2);
  EXPECT_EQ(s.valid, 12);
  EXPECT_EQ(s.correct, 9);
  EXPECT_EQ(s.accuracy, 0.75);
  EXPECT_EQ(s.class_accuracy, (std::vector<double>{5.0 / 6, 4.0 / 6}));
  EXPECT_EQ(s.class_precision, (std::vector<double>{5.0 / 7, 4.0 / 5}));
  EXPECT_EQ(s.class_iou, (std::vector<double>{5.0 / 8, 4.0 / 7}));
  EXPECT_EQ(s.class_dice, (std::vector<double>{10.0 / 13, 8.0 / 11}));
  EXPECT_EQ(s.mean_class_accuracy, (5.0 / 6 + 4.0 / 6) / 2);
  EXPECT_EQ(s.mean_precision, (5.0 / 7 + 4.0 / 5) / 2);
  EXPECT_EQ(s.mean_iou, (5.0 / 8 + 4.0 / 7) / 2);
  EXPECT_EQ(s.mean_dice, (10.0 / 13 + 8.0 / 11) / 2);
  EXPECT_EQ(s.frequency_weighted_iou, (6 * (5.0 / 8) + 6 * (4.0 / 7)) / 12);
  EXPECT_EQ(s.micro_iou, 9.0 / 15);
  EXPECT_EQ(s.micro_dice, 18.0 / 24);
}

TEST(Scores, OfOneClassAreOne) {
  const scores s = scores_of(labels{7}, 1);
  EXPECT_EQ(s.valid, 7);
  for (const double ratio :
       {s.accuracy, s.mean_iou, s.mean_class_accuracy, s.mean_dice, s.mean_precision,
        s.frequency_weighted_iou, s.micro_iou, s.micro_dice}) {
    EXPECT_EQ(ratio, 1.0);
  }
}

TEST(Scores, ShowAbsentClassesAsTheyAreTold) {
  const double known = 1.0 / 2 + 2.0 / 3;
  const auto with = [](absent value) { return scores_of(absent_class, 3, {.absent_is = value}); };
  EXPECT_EQ(with(absent::skip).mean_iou, known / 2);
  EXPECT_EQ(with(absent::skip).classes_in_mean_iou, 2);
  EXPECT_EQ(with(absent::zero).mean_iou, known / 3);
  EXPECT_EQ(with(absent::zero).class_iou[2], 0.0);
  EXPECT_EQ(with(absent::one).mean_iou, (known + 1) / 3);
  EXPECT_EQ(with(absent::one).mean_class_accuracy, (1.0 + 2.0 / 3 + 1) / 3);
  EXPECT_EQ(with(absent::one).class_dice[2], 1.0);
  EXPECT_EQ(with(absent::one).classes_in_mean_dice, 3);
  EXPECT_TRUE(std::isnan(with(absent::nan).mean_iou));
  EXPECT_TRUE(std::isnan(with(absent::nan).mean_precision));
  EXPECT_EQ(with(absent::nan).classes_in_mean_iou, 3);
  // Ratios over all pixels do not see absent classes.
  EXPECT_EQ(with(absent::nan).micro_iou, 0.6);
  EXPECT_EQ(with(absent::nan).frequency_weighted_iou, (1 * (1.0 / 2) + 3 * (2.0 / 3)) / 4);
}

TEST(Scores, ShowSkippedClassesAsTheyAreTold) {
  const auto with = [](absent value) {
    return scores_of(absent_class, 3, {.ignore = {0}, .skipped_is = value});
  };
  for (const absent value : {absent::skip, absent::nan, absent::zero, absent::one}) {
    const scores s = with(value);
    EXPECT_EQ(s.mean_iou, 2.0 / 3);
    for (const auto& shown : {s.class_iou, s.class_dice, s.class_accuracy, s.class_precision}) {
      for (const double of : {shown[0], shown[2]}) {
        if (value == absent::zero || value == absent::one) {
          EXPECT_EQ(of, value == absent::one ? 1.0 : 0.0);
        } else {
          EXPECT_TRUE(std::isnan(of));
        }
      }
    }
  }
  EXPECT_EQ(scores_of(labels(4), 2, {.skipped_is = absent::one}).micro_iou, 1.0);
  EXPECT_EQ(scores_of(labels(4), 2, {.skipped_is = absent::zero}).micro_dice, 0.0);
}

// Of targets 0, which are ignored, nothing counts: neither as misses nor as false alarms.
TEST(Scores, LeaveRowsOfIgnoredClassesOut) {
  const labels counts{50, 60, 70, 1, 2, 0, 0, 3, 4};
  const scores s = scores_of(counts, 3, {.ignore = {0, 0, -1, 255}});
  EXPECT_EQ(s.valid, 10);
  EXPECT_EQ(s.correct, 6);
  EXPECT_EQ(s.class_iou[1], 2.0 / 6);
  EXPECT_EQ(s.class_precision[1], 2.0 / 5);
  EXPECT_EQ(s.class_iou[2], 4.0 / 7);
  EXPECT_EQ(s.micro_iou, 6.0 / 13);
  const scores in = scores_of(counts, 3, {.ignore = {0}, .ignored_in_mean = true});
  EXPECT_EQ(in.mean_iou, (0.0 + 2.0 / 6 + 4.0 / 7) / 3);
  EXPECT_EQ(in.micro_iou, 6.0 / 14);
  EXPECT_EQ(in.classes_in_mean_accuracy, 2);  // no target is class 0
  EXPECT_EQ(in.accuracy, s.accuracy);
  const scores mixed = scores_of(counts, 3,
                                 {.ignore = {0},
                                  .ignored_in_mean = true,
                                  .unseen_accuracy = absent::zero,
                                  .iou_without_ignored = true});
  EXPECT_EQ(mixed.mean_iou, s.mean_iou);
  EXPECT_EQ(mixed.micro_iou, s.micro_iou);
  EXPECT_EQ(mixed.mean_dice, in.mean_dice);
  EXPECT_EQ(mixed.mean_class_accuracy, (0.0 + 2.0 / 3 + 4.0 / 7) / 3);
}

// Class 1 is predicted only, class 2 in the target only.
TEST(Scores, DecideOnAccuracyOfUnseenAndPrecisionOfUnpredictedClasses) {
  const labels counts{4, 1, 0, 0, 0, 0, 3, 0, 0};
  const scores s = scores_of(counts, 3);
  EXPECT_EQ(s.mean_class_accuracy, (4.0 / 5 + 0) / 2);
  EXPECT_EQ(s.mean_precision, (4.0 / 7 + 0 + 0) / 3);
  const scores other =
      scores_of(counts, 3, {.unseen_accuracy = absent::zero, .unpredicted_absent = true});
  EXPECT_EQ(other.mean_class_accuracy, (4.0 / 5 + 0 + 0) / 3);
  EXPECT_EQ(other.mean_precision, (4.0 / 7 + 0) / 2);
  EXPECT_EQ(other.classes_in_mean_precision, 2);
  EXPECT_TRUE(std::isnan(other.class_precision[2]));
  EXPECT_EQ(other.mean_iou, s.mean_iou);
}

TEST(Scores, OfNothingAreWhatTheyAreTold) {
  const scores s = scores_of(labels(9), 3, {.nothing = absent::zero});
  for (const double ratio : {s.accuracy, s.mean_class_accuracy, s.mean_dice, s.mean_precision}) {
    EXPECT_EQ(ratio, 0.0);
  }
  EXPECT_TRUE(std::isnan(s.mean_iou));
  EXPECT_TRUE(std::isnan(s.frequency_weighted_iou));
  EXPECT_EQ(scores_of(labels(9), 3, {.nothing = absent::one}).accuracy, 1.0);
}

// Accuracy and IoU of classes 1 and 3, on valid pixels: 0 is not chosen, 2 is ignored.
TEST(Scores, OfChosenClasses) {
  const labels counts{9, 1, 0, 0, 2, 5, 1, 2, 3, 3, 3, 3, 0, 4, 0, 6};
  const scores s = scores_of(counts, 4, {.ignore = {2}, .selected = {3, 1}});
  EXPECT_EQ(s.valid, 20);
  EXPECT_EQ(s.correct, 11);
  EXPECT_EQ(s.accuracy, 11.0 / 20);
  EXPECT_EQ(s.mean_class_accuracy, (5.0 / 10 + 6.0 / 10) / 2);
  EXPECT_EQ(s.mean_iou, (5.0 / 15 + 6.0 / 12) / 2);
  EXPECT_EQ(s.micro_iou, 11.0 / 27);
  EXPECT_EQ(s.micro_dice, 22.0 / 38);
  EXPECT_EQ(s.frequency_weighted_iou, (10 * (5.0 / 15) + 10 * (6.0 / 12)) / 20);
  EXPECT_EQ(s.class_iou[0], 9.0 / 12);  // shown all the same
  const scores ignored = scores_of(counts, 4, {.ignore = {2}, .selected = {2}});
  EXPECT_EQ(ignored.valid, 0);
  EXPECT_TRUE(std::isnan(ignored.accuracy));
  EXPECT_TRUE(std::isnan(ignored.mean_iou));
}

// Counts stay exact; a ratio rounds its two sums once each, and divides.
TEST(Scores, KeepCountsAboveTwoTo53) {
  const std::int64_t odd = (std::int64_t{1} << 53) + 1;
  const scores s = scores_of(labels{odd, 2, 0, odd}, 2);
  EXPECT_EQ(s.valid, 2 * odd + 2);
  EXPECT_EQ(s.correct, 2 * odd);
  EXPECT_EQ(s.class_accuracy[0], 9007199254740992.0 / 9007199254740996.0);
  EXPECT_EQ(s.class_accuracy[1], 1.0);
}

TEST(Scores, TakeCountsUpToTheLargestSum) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const scores s = scores_of(labels{most - 1, 1, 0, 0}, 2);
  EXPECT_EQ(s.valid, most);
  EXPECT_EQ(s.correct, most - 1);
  EXPECT_EQ(s.class_dice[0], 1.0);  // of 2^64 - 4 and 2^64 - 3
  EXPECT_EQ(s.micro_dice, 1.0);
  expect_error(errc::invalid_argument, {"counts", "2^63"}, [&] {
    scores_of(labels{most, 1, 0, 0}, 2);
  });
  expect_error(errc::invalid_argument, {"counts", "2^63"}, [&] {
    scores_of(labels{most, 0, 0, 1}, 2);
  });
  EXPECT_EQ(scores_of(labels{most, 1, 0, 3}, 2, {.ignore = {0}}).valid, 3);
}

TEST(Scores, RefuseNegativeCounts) {
  expect_error(errc::invalid_argument, {"counts", "target 1", "prediction 0", "-7"}, [] {
    scores_of(labels{1, 2, -7, 4}, 2);
  });
  expect_error(errc::invalid_argument, {"counts", "negative"}, [] {
    scores_of(labels{1, 2, -7, 4}, 2, {.ignore = {1}});
  });
}

TEST(Scores, RefuseMatricesOfAnotherSize) {
  expect_error(errc::invalid_shape, {"counts"}, [] { scores_of(labels(3), 2); });
}

}  // namespace
}  // namespace bitwhere::test
