// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <cmath>

#include "../support/backends.hpp"

// What a confusion matrix counts, by example.
namespace bitwhere::test {
namespace {

using labels = std::vector<std::int64_t>;

class MetricsSemantics : public parity {
 protected:
  confusion count(const labels& prediction, const labels& target, std::int64_t classes,
                  const labels& ignore = {}) {
    return confusion_matrix(on(), to(on(), bitwhere::view(prediction)),
                            to(on(), bitwhere::view(target)),
                            {.classes = classes, .ignore = ignore});
  }
};

TEST_P(MetricsSemantics, RowsAreTargets) {
  EXPECT_EQ(count({1, 1, 0}, {0, 0, 1}, 2).host_counts(), (labels{0, 2, 1, 0}));
}

// ignore comes before the range check, may name a class, and hides the prediction.
TEST_P(MetricsSemantics, IgnoresBeforeItChecks) {
  const confusion seen = count({99, 0, 1, -5}, {255, 1, 0, 1}, 2, {255, 1});
  EXPECT_EQ(seen.host_counts(), (labels{0, 1, 0, 0}));
  EXPECT_EQ(seen.bad_labels(), 0);
  EXPECT_EQ(seen.first_bad_label(), -1);
}

// 2^32 + 1 is not class 1.
TEST_P(MetricsSemantics, ComparesLabelsIn64Bits) {
  const confusion seen = count({(1LL << 32) + 1, 1}, {1, (1LL << 32) + 1}, 2);
  EXPECT_EQ(seen.host_counts(), (labels{0, 0, 0, 0}));
  EXPECT_EQ(seen.bad_labels(), 2);
  const accuracy_result equal = accuracy(on(), to(on(), bitwhere::view(labels{(1LL << 32) + 1})),
                                         to(on(), bitwhere::view(std::vector<std::int32_t>{1})));
  EXPECT_EQ(equal.correct, 0);
}

// A dtype that cannot hold the ignored value does not wrap it: -1 is not 255.
TEST_P(MetricsSemantics, DoesNotWrapIgnoredValues) {
  const tensor t = to(on(), bitwhere::view(std::vector<std::uint8_t>{255, 0}));
  EXPECT_EQ(accuracy(on(), t, t, {-1}).valid, 2);
  EXPECT_EQ(accuracy(on(), t, t, {255}).valid, 1);
}

TEST_P(MetricsSemantics, ReportsGlobalIndicesOfShards) {
  confusion seen(on(), {.classes = 2});
  seen.add(to(on(), bitwhere::view(labels{0, 7})), to(on(), bitwhere::view(labels{0, 0})), 1000);
  seen.add(to(on(), bitwhere::view(labels{9, 0})), to(on(), bitwhere::view(labels{0, 0})), 500);
  EXPECT_EQ(seen.bad_labels(), 2);
  EXPECT_EQ(seen.first_bad_label(), 500);
}

TEST_P(MetricsSemantics, CountsNothingInNothing) {
  const confusion seen = count({}, {}, 2);
  EXPECT_EQ(seen.host_counts(), (labels{0, 0, 0, 0}));
  EXPECT_TRUE(std::isnan(seen.accuracy()));
  EXPECT_TRUE(std::isnan(seen.mean_iou()));
  EXPECT_EQ(count({1}, {1}, 2).host_counts(), (labels{0, 0, 0, 1})) << "and something in something";
}

INSTANTIATE_TEST_SUITE_P(Backends, MetricsSemantics, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
