// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "../support/array.hpp"
#include "../support/backends.hpp"
#include "../support/reference.hpp"

// The largest of a pixel's scores on every backend, alone and inside the metrics, against a search
// by definition.
namespace bitwhere::test {
namespace {

constexpr dtype score_dtypes[] = {f16, bf16, f32, f64};

double score_of(dtype type, const std::uint8_t* element) {
  std::uint16_t half = 0;
  if (type.bits == 16) {
    std::memcpy(&half, element, sizeof(half));
    return value_of_half(half, type == bf16);
  }
  if (type == f64) {
    double value = 0;
    std::memcpy(&value, element, sizeof(value));
    return value;
  }
  float value = 0;
  std::memcpy(&value, element, sizeof(value));
  return static_cast<double>(value);
}

// Of the scores along `dim`, the index of the largest for every other index, row-major.
std::vector<std::int64_t> search(const array& scores, std::size_t dim) {
  shape_t rest = scores.shape;
  rest[dim] = 1;
  std::vector<std::int64_t> out;
  for_each_index(rest, [&](const shape_t& index) {
    shape_t at = index;
    std::int64_t best = 0;
    double top = 0;
    for (std::int64_t c = 0; c < scores.shape[dim]; ++c) {
      at[dim] = c;
      const double value = score_of(scores.type, scores.element(at));
      const bool first_nan = std::isnan(value) && !std::isnan(top);
      if (c == 0 || value > top || first_nan) {
        best = c;
        top = value;
      }
    }
    out.push_back(best);
  });
  return out;
}

shape_t without(const shape_t& shape, std::size_t dim) {
  shape_t out = shape;
  out.erase(out.begin() + static_cast<std::ptrdiff_t>(dim));
  return out;
}

class Argmax : public parity {
 protected:
  std::vector<std::int64_t> indices(const array& scores, std::size_t dim, dtype type = i64) {
    const placed x(on(), scores);
    const tensor out = argmax(on(), x.view(), static_cast<std::int32_t>(dim), type);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(out.size() * type.bytes()));
    copy(on(), out,
         bitwhere::view(bytes.data(), type, shape_t(out.shape().begin(), out.shape().end())));
    std::vector<std::int64_t> wide(static_cast<std::size_t>(out.size()));
    for (std::size_t i = 0; i < wide.size(); ++i) {
      std::memcpy(&wide[i], bytes.data() + i * static_cast<std::size_t>(type.bytes()),
                  static_cast<std::size_t>(type.bytes()));
    }
    return wide;
  }
};

// Every dtype, layout and dimension; sizes of classes around those of vectors, warps and tiles.
TEST_P(Argmax, FindsTheFirstOfTheLargest) {
  random_integers random(40);
  for (const dtype type : score_dtypes) {
    for (const layout chosen : all_layouts) {
      for (const shape_t& shape : {shape_t{3, 5, 7}, shape_t{2, 21, 33}, shape_t{4, 2, 70}}) {
        for (std::size_t dim = 0; dim < 3; ++dim) {
          SCOPED_TRACE(std::to_string(type.bits) + " " + describe(chosen) + " " +
                       std::to_string(dim));
          const array scores = make_array(type, shape, chosen, random);
          EXPECT_EQ(indices(scores, dim), search(scores, dim));
        }
      }
    }
  }
}

TEST_P(Argmax, TakesAnyNumberOfClasses) {
  random_integers random(41);
  for (const dtype type : score_dtypes) {
    for (const std::int64_t classes :
         {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000}) {
      SCOPED_TRACE(classes);
      const array rows = make_array(type, {5, classes}, layout::dense, random);
      EXPECT_EQ(indices(rows, 1), search(rows, 1));
      const array planes = make_array(type, {classes, 67}, layout::dense, random);
      EXPECT_EQ(indices(planes, 0), search(planes, 0));
    }
  }
}

TEST_P(Argmax, TakesManyPixels) {
  random_integers random(42);
  const array planes = make_array(f32, {2, 3, 70001}, layout::dense, random);
  EXPECT_EQ(indices(planes, 1), search(planes, 1));
  const array rows = make_array(f16, {70001, 3}, layout::dense, random);
  EXPECT_EQ(indices(rows, 1), search(rows, 1));
  if (!GetParam().is_cuda()) {
    EXPECT_EQ(most_workers(), GetParam().threads);
  }
}

TEST_P(Argmax, NamesItsPath) {
  random_integers random(43);
  indices(make_array(f32, {9, 100}, layout::dense, random), 0);
  indices(make_array(f32, {9, 100}, layout::dense, random), 1);
  const std::string apart = GetParam().is_cuda() ? "argmax.threads" : "argmax.planes";
  const std::string side_by_side = GetParam().is_cuda() ? "argmax.warps" : "argmax.rows";
  EXPECT_EQ(kernels_since(), (std::vector<std::string>{apart, side_by_side}));
}

TEST_P(Argmax, BreaksTiesByTheLowestIndex) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> rows = {0,        3,   3,        -0.0F,     0,         -1,
                                   nan,      1,   nan,      1,         2,         nan,
                                   infinity, nan, infinity, -infinity, -infinity, -infinity};
  const tensor x = to(on(), bitwhere::view(rows, {6, 3}));
  const tensor out = argmax(on(), x, -1, u8);
  std::vector<std::uint8_t> host(6);
  copy(on(), out, bitwhere::view(host));
  EXPECT_EQ(host, (std::vector<std::uint8_t>{1, 0, 0, 2, 1, 0}));
}

TEST_P(Argmax, WritesEveryDtypeInEveryLayout) {
  random_integers random(44);
  const shape_t shape{6, 5, 9};
  const array scores = make_array(f32, shape, layout::dense, random);
  const std::vector<std::int64_t> expected = search(scores, 1);
  for (const dtype type : {u8, i8, i16, i32, i64}) {
    EXPECT_EQ(indices(scores, 1, type), expected);
    for (const layout chosen :
         {layout::transposed, layout::reversed, layout::sliced, layout::misaligned}) {
      SCOPED_TRACE(describe(chosen));
      array want = make_array(type, without(shape, 1), chosen, random);
      const placed x(on(), scores);
      const placed out(on(), want);
      argmax(on(), x.view(), 1, out.view());
      std::size_t i = 0;
      for_each_index(want.shape, [&](const shape_t& index) {
        std::memcpy(const_cast<std::uint8_t*>(want.at(index)), &expected[i++],
                    static_cast<std::size_t>(type.bytes()));
      });
      EXPECT_EQ(out.bytes(), want.bytes) << "an index, or something beside them";
    }
  }
}

// --- Metrics from scores, under conditions, with weights. ---

struct tally {
  std::vector<std::int64_t> counts;
  bw_report report = {0, -1};
  accuracy_result accuracy;
};

// `counted`: a byte a pixel.
tally count(const std::vector<std::int64_t>& prediction, const std::vector<std::int64_t>& target,
            const std::vector<std::uint8_t>& counted, std::int64_t classes, std::int64_t ignore,
            std::int64_t weight) {
  tally out;
  out.counts.assign(static_cast<std::size_t>(classes * classes), 0);
  for (std::size_t i = 0; i < target.size(); ++i) {
    const std::int64_t t = target[i];
    const std::int64_t p = prediction[i];
    if (counted[i] == 0 || t == ignore) continue;
    out.accuracy.valid += weight;
    if (t == p) out.accuracy.correct += weight;
    if (t < 0 || t >= classes || p < 0 || p >= classes) {
      if (out.report.count++ == 0) out.report.first_index = static_cast<std::int64_t>(i);
    } else {
      out.counts[static_cast<std::size_t>(t * classes + p)] += weight;
    }
  }
  return out;
}

std::vector<std::int64_t> draw_labels(std::int64_t n, std::int64_t classes,
                                      random_integers& random) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(n));
  for (std::int64_t& label : out) {
    const std::int64_t kind = random.below(12);
    label = kind == 0 ? 255 : kind == 1 ? classes + random.below(3) : random.below(classes);
  }
  return out;
}

class ScoredPixels : public parity {
 protected:
  void expect_tally(const tally& expected, const tensor_view& prediction, const tensor_view& target,
                    const label_options& options) {
    const confusion seen = confusion_matrix(on(), prediction, target, options);
    EXPECT_EQ(seen.host_counts(), expected.counts);
    EXPECT_EQ(seen.bad_labels(), expected.report.count);
    EXPECT_EQ(seen.first_bad_label(), expected.report.first_index);
    const accuracy_result got = accuracy(on(), prediction, target, options);
    EXPECT_EQ(got.correct, expected.accuracy.correct);
    EXPECT_EQ(got.valid, expected.accuracy.valid);
  }
};

TEST_P(ScoredPixels, CountAsTheirArgmaxDoes) {
  random_integers random(45);
  for (const dtype type : score_dtypes) {
    for (const layout chosen : all_layouts) {
      for (const std::int32_t dim : {1, -1}) {
        for (const std::int64_t classes : {5, 70, 130}) {
          SCOPED_TRACE(std::to_string(type.bits) + " " + describe(chosen) + " " +
                       std::to_string(dim) + " " + std::to_string(classes));
          const shape_t shape = dim == 1 ? shape_t{2, classes, 31} : shape_t{2, 31, classes};
          const array scores = make_array(type, shape, chosen, random);
          const std::vector<std::int64_t> labels = draw_labels(62, classes, random);
          const tally expected = count(search(scores, dim == 1 ? 1 : 2), labels,
                                       std::vector<std::uint8_t>(62, 1), classes, 255, 1);
          const placed x(on(), scores);
          const tensor t = to(on(), bitwhere::view(labels, {2, 31}));
          expect_tally(expected, x.view(), t,
                       {.classes = classes, .ignore = {255}, .class_dim = dim});
        }
      }
    }
  }
}

TEST_P(ScoredPixels, CountUnderAConditionWithAWeight) {
  random_integers random(46);
  for (const std::int64_t n : {1, 63, 64, 65, 1000, 70000}) {
    const std::int64_t classes = 21;
    std::vector<std::uint8_t> mask(static_cast<std::size_t>(n));
    for (std::uint8_t& m : mask)
      m = random.below(3) == 0 ? 0 : static_cast<std::uint8_t>(random.below(255) + 1);
    const std::vector<std::int64_t> target = draw_labels(n, classes, random);
    const std::vector<std::int64_t> prediction = draw_labels(n, classes, random);
    const tally expected = count(prediction, target, mask, classes, 255, 5);
    const tensor p = to(on(), bitwhere::view(prediction));
    const tensor t = to(on(), bitwhere::view(target));
    const tensor m = to(on(), bitwhere::view(mask.data(), boolean, {n}));
    const tensor narrow = [&] {
      std::vector<std::int16_t> values(target.begin(), target.end());
      return to(on(), bitwhere::view(values));
    }();
    for (const tensor* labels : {&t, &narrow}) {
      expect_tally(expected, p, *labels,
                   {.classes = classes, .ignore = {255}, .pixel_weight = 5, .where = m});
      expect_tally(
          expected, p, *labels,
          {.classes = classes, .ignore = {255}, .pixel_weight = 5, .where = !!m && t < 300});
    }
  }
}

// More classes than private bins hold: the weight goes where counts are shared.
TEST_P(ScoredPixels, CountManyClassesUnderACondition) {
  random_integers random(47);
  const std::int64_t classes = 600;
  const std::vector<std::int64_t> target = draw_labels(5000, classes, random);
  const std::vector<std::int64_t> prediction = draw_labels(5000, classes, random);
  std::vector<std::uint8_t> below(5000);
  for (std::size_t i = 0; i < below.size(); ++i) below[i] = target[i] < 300 ? 1 : 0;
  const tensor p = to(on(), bitwhere::view(prediction));
  const tensor t = to(on(), bitwhere::view(target));
  expect_tally(count(prediction, target, below, classes, 255, 3), p, t,
               {.classes = classes, .ignore = {255}, .pixel_weight = 3, .where = t < 300});
}

TEST_P(ScoredPixels, TakeConditionsThatBroadcast) {
  random_integers random(48);
  const array scores = make_array(f32, {2, 4, 6, 50}, layout::dense, random);
  const std::vector<std::int64_t> target = draw_labels(600, 4, random);
  const std::vector<float> column = {1, -1, 0, 2, 5, -3};
  std::vector<std::uint8_t> counted(600);
  for (std::size_t i = 0; i < counted.size(); ++i) counted[i] = column[i / 50 % 6] > 0 ? 1 : 0;
  const placed x(on(), scores);
  const tensor t = to(on(), bitwhere::view(target, {2, 6, 50}));
  const tensor c = to(on(), bitwhere::view(column, {6, 1}));
  expect_tally(count(search(scores, 1), target, counted, 4, 255, 1), x.view(), t,
               {.classes = 4, .ignore = {255}, .where = c > 0});
}

// 5 where the condition holds and 1 elsewhere.
TEST_P(ScoredPixels, WeighByCondition) {
  random_integers random(49);
  const std::vector<std::int64_t> target = draw_labels(4000, 6, random);
  const std::vector<std::int64_t> prediction = draw_labels(4000, 6, random);
  std::vector<std::uint8_t> front(4000);
  std::vector<std::uint8_t> rest(4000);
  for (std::size_t i = 0; i < front.size(); ++i) {
    front[i] = target[i] != 0 ? 1 : 0;
    rest[i] = target[i] != 0 ? 0 : 1;
  }
  const tally heavy = count(prediction, target, front, 6, 255, 5);
  const tally light = count(prediction, target, rest, 6, 255, 1);
  const tensor p = to(on(), bitwhere::view(prediction));
  const tensor t = to(on(), bitwhere::view(target));
  confusion seen(on(), {.classes = 6, .ignore = {255}});
  seen.add_where(t != 0, 5, p, t);
  seen.add_where(t == 0, 1, p, t);
  std::vector<std::int64_t> sum = heavy.counts;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += light.counts[i];
  EXPECT_EQ(seen.host_counts(), sum);
  EXPECT_EQ(seen.bad_labels(), heavy.report.count + light.report.count);
}

INSTANTIATE_TEST_SUITE_P(Backends, Argmax, testing::ValuesIn(backends()), name_of);
INSTANTIATE_TEST_SUITE_P(Backends, ScoredPixels, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
