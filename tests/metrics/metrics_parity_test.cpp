// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "../support/array.hpp"
#include "../support/backends.hpp"

// Label metrics on every backend against a count by definition.
namespace bitwhere::test {
namespace {

constexpr dtype label_dtypes[] = {u8, i8, i16, i32, i64};

std::int64_t label_at(const array& a, const shape_t& index) {
  std::int64_t value = 0;
  std::memcpy(&value, a.at(index), static_cast<std::size_t>(a.type.bytes()));
  const int unused = 64 - a.type.bits;
  return a.type == u8
             ? value
             : static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << unused) >> unused;
}

void set_label(array& a, const shape_t& index, std::int64_t value) {
  std::memcpy(const_cast<std::uint8_t*>(a.at(index)), &value,
              static_cast<std::size_t>(a.type.bytes()));
}

// Labels mostly inside the classes, some ignored, some bad.
array make_labels(dtype type, const shape_t& shape, layout chosen, std::int64_t classes,
                  random_integers& random) {
  array a = make_array(type, shape, chosen, random);
  const std::int64_t rare[] = {255,
                               -1,
                               classes,
                               -100,
                               std::numeric_limits<std::int64_t>::min(),
                               std::numeric_limits<std::int64_t>::max(),
                               classes - 1};
  std::int64_t run = 0;
  for_each_index(shape, [&](const shape_t& index) {
    // Runs, as in images.
    if (random.below(4) == 0) run = random.below(classes);
    const bool odd = random.below(16) == 0;
    set_label(a, index, odd ? rare[random.below(7)] : run);
  });
  return a;
}

struct naive {
  std::vector<std::int64_t> counts;
  bw_report report = {0, -1};
  accuracy_result accuracy;
};

naive count(const array& prediction, const array& target, std::int64_t classes,
            const std::vector<std::int64_t>& ignore) {
  naive out;
  out.counts.assign(static_cast<std::size_t>(classes * classes), 0);
  std::int64_t element = 0;
  for_each_index(target.shape, [&](const shape_t& index) {
    const std::int64_t t = label_at(target, index);
    const std::int64_t p = label_at(prediction, index);
    const std::int64_t at = element++;
    if (std::find(ignore.begin(), ignore.end(), t) != ignore.end()) return;
    ++out.accuracy.valid;
    if (t == p) ++out.accuracy.correct;
    if (t < 0 || t >= classes || p < 0 || p >= classes) {
      if (out.report.count++ == 0) out.report.first_index = at;
      return;
    }
    ++out.counts[static_cast<std::size_t>(t * classes + p)];
  });
  return out;
}

class MetricsParity : public parity {
 protected:
  void expect_counts(const array& prediction, const array& target, std::int64_t classes,
                     const std::vector<std::int64_t>& ignore) {
    const naive expected = count(prediction, target, classes, ignore);
    const placed p(on(), prediction);
    const placed t(on(), target);
    const confusion seen =
        confusion_matrix(on(), p.view(), t.view(), {.classes = classes, .ignore = ignore});
    EXPECT_EQ(seen.host_counts(), expected.counts);
    EXPECT_EQ(seen.bad_labels(), expected.report.count);
    EXPECT_EQ(seen.first_bad_label(), expected.report.first_index);
    const accuracy_result got = accuracy(on(), p.view(), t.view(), ignore);
    EXPECT_EQ(got.correct, expected.accuracy.correct);
    EXPECT_EQ(got.valid, expected.accuracy.valid);
  }
};

TEST_P(MetricsParity, CountsEveryPairOfDtypesInEveryLayout) {
  random_integers random(20);
  for (const dtype p_type : label_dtypes) {
    for (const dtype t_type : label_dtypes) {
      for (const layout chosen : all_layouts) {
        SCOPED_TRACE(std::to_string(p_type.bits) + " " + std::to_string(t_type.bits) + " " +
                     describe(chosen));
        const shape_t shape{7, 11, 5};
        expect_counts(make_labels(p_type, shape, chosen, 5, random),
                      make_labels(t_type, shape, layout::dense, 5, random), 5, {255, -1, 3});
        expect_counts(make_labels(p_type, shape, layout::dense, 5, random),
                      make_labels(t_type, shape, chosen, 5, random), 5, {255});
      }
    }
  }
}

TEST_P(MetricsParity, CountsEverySize) {
  random_integers random(21);
  for (std::int64_t n = 0; n <= 131; ++n) {
    expect_counts(make_labels(i64, {n}, layout::dense, 3, random),
                  make_labels(u8, {n}, layout::dense, 3, random), 3, {255});
  }
  for (const std::int64_t n : {1023, 1024, 1025, 65535, 65537, 200003}) {
    expect_counts(make_labels(i64, {n}, layout::dense, 21, random),
                  make_labels(i64, {n}, layout::dense, 21, random), 21, {255});
  }
  if (!GetParam().is_cuda()) {
    EXPECT_EQ(most_workers(), std::min(GetParam().threads, 4));
  }
}

// Few, more than four copies hold, more than private bins hold, more than shared memory holds.
TEST_P(MetricsParity, CountsAnyNumberOfClasses) {
  random_integers random(22);
  for (const std::int64_t classes : {1, 2, 22, 23, 110, 111, 512, 513, 1000}) {
    SCOPED_TRACE(classes);
    expect_counts(make_labels(i32, {40000}, layout::dense, classes, random),
                  make_labels(i32, {40000}, layout::dense, classes, random), classes, {-1});
  }
}

// Bins of a thread that no cache close to it holds.
TEST_P(MetricsParity, CountsManyPixelsOfManyClasses) {
  random_integers random(25);
  expect_counts(make_labels(i16, {500000}, layout::dense, 700, random),
                make_labels(i16, {500000}, layout::dense, 700, random), 700, {-1});
}

// Runs of every length, across tiles, of good, bad and ignored pairs.
TEST_P(MetricsParity, CountsLongRuns) {
  random_integers random(26);
  for (const dtype type : label_dtypes) {
    for (const std::int64_t classes : {3, 600}) {
      array p = make_labels(type, {30000}, layout::dense, 3, random);
      array t = make_labels(type, {30000}, layout::dense, 3, random);
      for (std::int64_t i = 0; i < 30000;) {
        const std::int64_t end = std::min<std::int64_t>(30000, i + 1 + random.below(700));
        const std::int64_t labels[] = {0, 1, 2, 100, -1};
        const std::int64_t pair[] = {labels[random.below(5)], labels[random.below(5)]};
        for (; i < end; ++i) {
          set_label(p, {i}, pair[0]);
          set_label(t, {i}, pair[1]);
        }
      }
      expect_counts(p, t, classes, {100});
    }
  }
}

TEST_P(MetricsParity, CountsOneClassOnly) {
  const std::vector<std::int64_t> labels(300000, 2);
  const tensor p = to(on(), bitwhere::view(labels));
  const confusion seen = confusion_matrix(on(), p, p, {.classes = 3});
  EXPECT_EQ(seen.host_counts(), (std::vector<std::int64_t>{0, 0, 0, 0, 0, 0, 0, 0, 300000}));
}

TEST_P(MetricsParity, TakesALongIgnoreList) {
  random_integers random(23);
  std::vector<std::int64_t> ignore;
  for (std::int64_t v = 0; v < 256; ++v) ignore.push_back(v % 2 == 0 ? v : -v);
  expect_counts(make_labels(i16, {5000}, layout::dense, 40, random),
                make_labels(i16, {5000}, layout::dense, 40, random), 40, ignore);
}

TEST_P(MetricsParity, ShardsAddUpToOnePass) {
  random_integers random(24);
  const std::int64_t n = 10007;
  const array prediction = make_labels(u8, {n}, layout::dense, 6, random);
  const array target = make_labels(i32, {n}, layout::dense, 6, random);
  const naive expected = count(prediction, target, 6, {255});
  const placed p(on(), prediction);
  const placed t(on(), target);
  confusion whole(on(), {.classes = 6, .ignore = {255}});
  confusion other(on(), {.classes = 6, .ignore = {255}});
  for (std::int64_t begin = 0; begin < n;) {
    const std::int64_t length = std::min(n - begin, 1 + random.below(999));
    const auto part = [&](const placed& from) {
      const tensor_view v = from.view();
      const shape_t shape{length};
      return tensor_view(static_cast<std::uint8_t*>(v.data()) + begin * v.type().bytes(), v.type(),
                         shape, {}, v.device());
    };
    (random.below(2) == 0 ? whole : other).add(part(p), part(t), begin);
    begin += length;
  }
  whole.merge(other);
  EXPECT_EQ(whole.host_counts(), expected.counts);
  EXPECT_EQ(whole.bad_labels(), expected.report.count);
  EXPECT_EQ(whole.first_bad_label(), expected.report.first_index);
}

TEST_P(MetricsParity, GoesOnAfterBadLabels) {
  const std::vector<std::int64_t> bad{std::numeric_limits<std::int64_t>::min(), -1, 3,
                                      std::numeric_limits<std::int64_t>::max(), 1};
  const tensor p = to(on(), bitwhere::view(bad));
  for (int repeat = 0; repeat < 2; ++repeat) {
    const confusion seen = confusion_matrix(on(), p, p, {.classes = 3});
    EXPECT_EQ(seen.bad_labels(), 4);
    EXPECT_EQ(seen.first_bad_label(), 0);
    EXPECT_EQ(seen.host_counts()[4], 1);
    EXPECT_THROW(seen.require_good_labels(), error);
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, MetricsParity, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
