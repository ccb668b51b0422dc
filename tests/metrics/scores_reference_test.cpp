// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <algorithm>
#include <bitwhere/scores.hpp>
#include <cmath>
#include <functional>
#include <optional>

#include "../support/random.hpp"

// Random matrices under random options, against the definitions written out class by class in
// long double: true and false positives and negatives, and means of lists.
namespace bitwhere::test {
namespace {

using labels = std::vector<std::int64_t>;
using real = long double;

struct outcomes {
  real hit = 0;           // true positives
  real missed = 0;        // false negatives
  real false_alarms = 0;  // false positives
};

struct reference {
  const labels& counts;
  std::int64_t classes;
  const score_options& how;

  static bool holds(const labels& list, std::int64_t c) {
    return std::find(list.begin(), list.end(), c) != list.end();
  }
  bool ignored(std::int64_t c) const { return holds(how.ignore, c); }
  bool selected(std::int64_t c) const { return how.selected.empty() || holds(how.selected, c); }
  real cell(std::int64_t t, std::int64_t p) const {
    return ignored(t) ? 0 : static_cast<real>(counts[static_cast<std::size_t>(t * classes + p)]);
  }
  outcomes of(std::int64_t c) const {
    outcomes out;
    out.hit = cell(c, c);
    for (std::int64_t other = 0; other < classes; ++other) {
      if (other == c) continue;
      out.missed += cell(c, other);
      out.false_alarms += cell(other, c);
    }
    return out;
  }

  static real number(absent value) {
    if (value == absent::zero) return 0;
    return value == absent::one ? 1 : std::nanl("");
  }

  using ratio = std::function<std::optional<real>(const outcomes&)>;

  // The value class by class, and the mean.
  struct answer {
    std::vector<real> shown;
    real mean = 0;
    std::int64_t count = 0;
  };
  answer average(bool with_ignored, absent of_nothing, const ratio& formula) const {
    answer out;
    std::vector<real> terms;
    for (std::int64_t c = 0; c < classes; ++c) {
      std::optional<real> value;
      if (with_ignored || !ignored(c)) {
        value = formula(of(c));
        if (!value && how.absent_is != absent::skip) value = number(how.absent_is);
      }
      out.shown.push_back(value.value_or(number(how.skipped_is)));
      if (value && selected(c)) terms.push_back(*value);
    }
    out.count = static_cast<std::int64_t>(terms.size());
    for (const real term : terms) out.mean += term / static_cast<real>(terms.size());
    if (terms.empty()) out.mean = number(of_nothing);
    return out;
  }
};

std::optional<real> quotient(real part, real whole) {
  if (whole == 0) return std::nullopt;
  return part / whole;
}

void expect_near(double found, real expected, const std::string& what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(found)) << what << " is " << found;
  } else {
    EXPECT_NEAR(found, static_cast<double>(expected), 1e-14) << what;
  }
}

void expect_same(const std::vector<double>& found, double mean, std::int64_t count,
                 const reference::answer& expected, const std::string& what) {
  for (std::size_t c = 0; c < found.size(); ++c) {
    expect_near(found[c], expected.shown[c], what + " of class " + std::to_string(c));
  }
  expect_near(mean, expected.mean, "mean " + what);
  EXPECT_EQ(count, expected.count) << what;
}

void expect_means(const scores& s, const reference& naive) {
  const score_options& how = naive.how;
  const bool in = how.ignored_in_mean;
  const auto occurs = [](const outcomes& o) { return o.hit + o.missed + o.false_alarms > 0; };
  expect_same(s.class_iou, s.mean_iou, s.classes_in_mean_iou,
              naive.average(in && !how.iou_without_ignored, absent::nan,
                            [](const outcomes& o) {
                              return quotient(o.hit, o.hit + o.missed + o.false_alarms);
                            }),
              "IoU");
  expect_same(s.class_dice, s.mean_dice, s.classes_in_mean_dice,
              naive.average(in, how.nothing,
                            [](const outcomes& o) {
                              return quotient(2 * o.hit, 2 * o.hit + o.missed + o.false_alarms);
                            }),
              "Dice");
  expect_same(s.class_accuracy, s.mean_class_accuracy, s.classes_in_mean_accuracy,
              naive.average(in, how.nothing,
                            [&](const outcomes& o) {
                              const auto value = quotient(o.hit, o.hit + o.missed);
                              const bool zero = how.unseen_accuracy == absent::zero && occurs(o);
                              return !value && zero ? std::optional<real>(0) : value;
                            }),
              "accuracy");
  expect_same(s.class_precision, s.mean_precision, s.classes_in_mean_precision,
              naive.average(in, how.nothing,
                            [&](const outcomes& o) {
                              const auto value = quotient(o.hit, o.hit + o.false_alarms);
                              const bool zero = !how.unpredicted_absent && occurs(o);
                              return !value && zero ? std::optional<real>(0) : value;
                            }),
              "precision");
}

void expect_totals(const scores& s, const reference& naive) {
  const score_options& how = naive.how;
  real valid = 0;
  real correct = 0;
  real unions = 0;
  real both = 0;
  real weighted = 0;
  for (std::int64_t c = 0; c < naive.classes; ++c) {
    if (!naive.selected(c)) continue;
    const outcomes o = naive.of(c);
    const real all = o.hit + o.missed + o.false_alarms;
    valid += o.hit + o.missed;
    correct += o.hit;
    if (all > 0) weighted += (o.hit + o.missed) * o.hit / all;
    const bool in = how.ignored_in_mean || !naive.ignored(c);
    if (in && (!how.iou_without_ignored || !naive.ignored(c))) unions += all;
    if (in) both += all + o.hit;
  }
  EXPECT_EQ(static_cast<real>(s.valid), valid);
  EXPECT_EQ(static_cast<real>(s.correct), correct);
  expect_near(s.accuracy, quotient(correct, valid).value_or(reference::number(how.nothing)),
              "accuracy");
  expect_near(s.frequency_weighted_iou, quotient(weighted, valid).value_or(std::nanl("")),
              "fw IoU");
  const real skipped = reference::number(how.skipped_is);
  expect_near(s.micro_iou, quotient(correct, unions).value_or(skipped), "micro IoU");
  expect_near(s.micro_dice, quotient(2 * correct, both).value_or(skipped), "micro Dice");
}

absent any_absent(random_integers& random) { return static_cast<absent>(random.below(4)); }

score_options any_options(random_integers& random, std::int64_t classes) {
  score_options how;
  for (std::int64_t n = random.below(3); n > 0; --n)
    how.ignore.push_back(random.below(classes + 2));
  if (random.below(3) == 0) {
    for (std::int64_t c = classes - 1; c >= 0; --c) {
      if (random.below(2) == 0) how.selected.push_back(c);
    }
  }
  how.absent_is = any_absent(random);
  how.skipped_is = any_absent(random);
  how.nothing = any_absent(random);
  how.ignored_in_mean = random.below(2) == 0;
  how.iou_without_ignored = random.below(2) == 0;
  how.unpredicted_absent = random.below(2) == 0;
  how.unseen_accuracy = random.below(2) == 0 ? absent::zero : absent::skip;
  return how;
}

// Sums stay below 2^63, where long double is exact, too.
labels any_counts(random_integers& random, std::int64_t classes) {
  const std::int64_t most = random.below(2) == 0 ? 5 : std::int64_t{1} << 54;
  const std::int64_t zeros = random.below(10);
  labels counts(static_cast<std::size_t>(classes * classes));
  for (std::int64_t& cell : counts) cell = random.below(10) < zeros ? 0 : random.below(most);
  for (std::int64_t c = 0; c < classes; ++c) {
    if (random.below(4) != 0) continue;
    const bool row = random.below(2) == 0;
    for (std::int64_t i = 0; i < classes; ++i) {
      counts[static_cast<std::size_t>(row ? c * classes + i : i * classes + c)] = 0;
    }
  }
  return counts;
}

class ScoresReference : public testing::TestWithParam<std::int64_t> {};

TEST_P(ScoresReference, Agrees) {
  const std::int64_t classes = GetParam();
  random_integers random(static_cast<std::uint64_t>(classes));
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const labels counts = any_counts(random, classes);
    const score_options how = any_options(random, classes);
    const scores s = scores_of(counts, classes, how);
    const reference naive{counts, classes, how};
    expect_means(s, naive);
    expect_totals(s, naive);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Classes, ScoresReference, testing::Values(1, 2, 3, 7, 20));

}  // namespace
}  // namespace bitwhere::test
