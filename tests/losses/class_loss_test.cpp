// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

#include "../support/backends.hpp"
#include "../support/conversion.hpp"
#include "../support/host.hpp"
#include "../support/promotion_table.hpp"
#include "../support/random.hpp"
#include "class_reference.hpp"

// Class losses on every backend: the values of torch and of the worked examples, what is excluded,
// what is counted beside them, the definition of the sums over classes, and the same bits whatever
// the layout.
namespace bitwhere::test {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan_f32 = std::numeric_limits<float>::quiet_NaN();

std::vector<std::uint8_t> bytes_of(const tensor& t) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(t.size() * t.type().bytes()));
  copy(t.on(), t, tensor_view(out.data(), t.type(), t.shape()));
  return out;
}

void expect_near(const std::vector<float>& got, const std::vector<float>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i]) || std::isinf(expected[i])) {
      EXPECT_TRUE(got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i]))) << i;
    } else {
      EXPECT_NEAR(got[i], expected[i], 1e-6f * std::fabs(expected[i]) + 0x1p-22f) << i;
    }
  }
}

class ClassLoss : public parity {
 protected:
  template <class T>
  tensor there(const std::vector<T>& values, const shape_t& shape) {
    return to(on(), bitwhere::view(values, shape));
  }
  template <class T>
  tensor there(const std::vector<T>& values) {
    return there(values, {static_cast<std::int64_t>(values.size())});
  }
  std::vector<float> host(const tensor& t) const { return values(t); }
  float one(const tensor& t) const { return host(t)[0]; }

  // The vectors that torch was measured with.
  const std::vector<float> x_ = {1, 2, 3, 1, 0, -1, 0, 0, 0};
  const std::vector<std::int64_t> y_ = {2, 0, -100};
  const std::vector<float> w_ = {1, 2, 4};
};

TEST_P(ClassLoss, TorchVectors) {
  const tensor x = there(x_, {3, 3});
  const tensor y = there(y_);
  const tensor w = there(w_);
  const auto each = loss_reduction::none;
  const auto loss = [&](const class_loss_options& options) {
    return host(cross_entropy(on(), x, y, options));
  };
  expect_near(loss({}), {0.407605946f});
  expect_near(loss({.weight = w}), {0.407605946f});
  expect_near(loss({.weight = w, .reduction = each}), {1.630423784f, 0.407605946f, 0});
  expect_near(loss({.weight = w, .reduction = loss_reduction::sum}), {2.038029671f});
  expect_near(loss({.label_smoothing = 0.1}), {0.507605910f});
  expect_near(loss({.weight = w, .label_smoothing = 0.1}), {0.498221874f});
  expect_near(loss({.weight = w, .label_smoothing = 0.1, .reduction = each}),
              {1.695822716f, 0.795286715f, 0});
}

TEST_P(ClassLoss, ForegroundWeightsWithEpsInTheDenominator) {
  // (N, C, H, W): the pixel in the middle is ignored.
  const tensor x =
      there(std::vector<float>{2, 0, 9, 0, 1, 0, 1, 9, 0, 1, 0, 0, -9, 3, 1}, {1, 3, 1, 5});
  std::vector<std::uint8_t> labels{0, 1, 255, 2, 0};
  const tensor y = to(on(), bitwhere::view(labels, {1, 1, 5}));
  const tensor w = there(std::vector<float>{1, 5, 5});
  class_reference of;
  of.class_weight = {1, 5, 5};
  const long double sum = of.of_label({2, 0, 0}, 0) + of.of_label({0, 1, 0}, 1) +
                          of.of_label({0, 0, 3}, 2) + of.of_label({1, 1, 1}, 0);
  for (const double eps : {1e-6, 0.5}) {
    const float loss =
        one(cross_entropy(on(), x, y, {.weight = w, .ignore_index = 255, .denominator_eps = eps}));
    EXPECT_NEAR(loss, static_cast<float>(sum / (12 + static_cast<long double>(eps))), 2e-7f);
  }
}

TEST_P(ClassLoss, OneRow) {
  const tensor x = there(std::vector<float>{1, 2, 3});
  const std::vector<std::int32_t> label = {2};
  const tensor y = to(on(), bitwhere::view(label, {}));
  expect_near(host(cross_entropy(on(), x, y)), {0.407605946f});
  // An ignored one is what nothing is.
  EXPECT_TRUE(std::isnan(one(cross_entropy(on(), x, y, {.ignore_index = 2}))));
}

TEST_P(ClassLoss, LargeLogitsKeepTheirDigits) {
  const tensor x = there(std::vector<float>{1e4f, 1e4f - 1}, {1, 2});
  const tensor y = there(std::vector<std::int64_t>{1});
  EXPECT_EQ(one(cross_entropy(on(), x, y)), 1.31326163f);
}

TEST_P(ClassLoss, InfinitiesAndNan) {
  const tensor x = there(std::vector<float>{infinity, 0, 0, -infinity, 0, 0,                   //
                                            0, -infinity, 0, -infinity, -infinity, -infinity,  //
                                            0, nan_f32, 0, 0, infinity, 0},
                         {6, 3});
  const tensor y = there(std::vector<std::int64_t>{0, 1, 1, 1, 0, 0});
  expect_near(host(cross_entropy(on(), x, y, {.reduction = loss_reduction::none})),
              {nan_f32, 0.6931472f, infinity, nan_f32, nan_f32, nan_f32});
  // Every computed NaN is the canonical one.
  for (const float f : host(cross_entropy(on(), x, y, {.reduction = loss_reduction::none}))) {
    std::uint32_t bits;
    std::memcpy(&bits, &f, sizeof bits);
    EXPECT_TRUE(!std::isnan(f) || bits == 0x7fc00000u) << bits;
  }
}

TEST_P(ClassLoss, WhatIsExcludedAddsNothingWhateverItIs) {
  // A masked NaN, an ignored infinity, weights of 0 on infinite losses.
  const tensor x =
      there(std::vector<float>{nan_f32, 0, infinity, 0, -infinity, 0, 0, -infinity, 0, 0}, {5, 2});
  const tensor y = there(std::vector<std::uint8_t>{0, 255, 0, 1, 0});
  const tensor keep = there(std::vector<std::int32_t>{0, 1, 1, 1, 1});
  const tensor w = there(std::vector<float>{1, 0});
  const tensor v = there(std::vector<float>{1, 1, 0, 1, 3});
  class_loss_options options = {.weight = w,
                                .ignore_index = 255,
                                .element_weight = v,
                                .mask = keep != 0,
                                .reduction = loss_reduction::none};
  const std::vector<float> each = host(cross_entropy(on(), x, y, options));
  expect_near(each, {0, 0, 0, 0, 3 * 0.6931472f});
  for (std::size_t i = 0; i < 4; ++i) EXPECT_FALSE(std::signbit(each[i])) << i;
  options.reduction = loss_reduction::sum;
  EXPECT_EQ(one(cross_entropy(on(), x, y, options)), each[4]);
  options.reduction = loss_reduction::mean;
  const auto mean_over = [&](normaliser over, double denominator = 0) {
    options.over = over;
    options.denominator = denominator;
    return one(cross_entropy(on(), x, y, options));
  };
  EXPECT_EQ(mean_over(normaliser::usual), each[4] / 3);
  EXPECT_EQ(mean_over(normaliser::weights), each[4] / 3);
  EXPECT_EQ(mean_over(normaliser::valid), each[4] / 3);  // weight 0 still counts as valid
  EXPECT_EQ(mean_over(normaliser::all), static_cast<float>(double{each[4]} / 5));
  EXPECT_EQ(mean_over(normaliser::given, 8), each[4] / 8);
}

TEST_P(ClassLoss, OfNothing) {
  const tensor x = there(std::vector<float>{1, 2, 3, 4}, {2, 2});
  const tensor y = there(std::vector<std::int64_t>{-100, -100});
  EXPECT_TRUE(std::isnan(one(cross_entropy(on(), x, y))));
  EXPECT_EQ(one(cross_entropy(on(), x, y, {.empty = empty_mean::zero})), 0.0f);
  EXPECT_EQ(one(cross_entropy(on(), x, y, {.reduction = loss_reduction::sum})), 0.0f);
  expect_near(host(cross_entropy(on(), x, y, {.reduction = loss_reduction::none})), {0, 0});
  const tensor none = empty(on(), {2, 3, 0, 4}, f32);
  const tensor no_labels = empty(on(), {2, 0, 4}, i64);
  EXPECT_TRUE(std::isnan(one(cross_entropy(on(), none, no_labels))));
  EXPECT_EQ(one(cross_entropy(on(), none, no_labels, {.reduction = loss_reduction::sum})), 0.0f);
  // Weights of 0: valid, and divided by 0.
  const tensor zeros = there(std::vector<float>{0, 0});
  const tensor labels = there(std::vector<std::int64_t>{0, 1});
  EXPECT_TRUE(std::isnan(one(cross_entropy(on(), x, labels, {.weight = zeros}))));
}

TEST_P(ClassLoss, BadLabelsAreReportedAndNothingIsReadThroughThem) {
  constexpr std::int64_t low = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t high = std::numeric_limits<std::int64_t>::max();
  const tensor x = there(std::vector<float>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, {6, 2});
  const tensor y = there(std::vector<std::int64_t>{1, 2, -1, low, high, (std::int64_t{1} << 32)});
  const class_loss_options each = {.reduction = loss_reduction::none, .first_element = 40};
  data_report report(on());
  for (int again = 0; again < 2; ++again) {  // the context is usable afterwards
    expect_near(host(cross_entropy(on(), x, y, each, report.c())), {0.6931472f, 0, 0, 0, 0, 0});
    EXPECT_EQ(report.count(), 5);
    EXPECT_EQ(report.first_index(), 41);
    expect_near(host(nll_loss(on(), x, y, each, report.c())), {-0.0f, 0, 0, 0, 0, 0});
    EXPECT_EQ(report.count(), 5);
  }
  expect_near({one(cross_entropy(on(), x, y))}, {0.6931472f});
  // Ignored before the range is looked at, and in 64 bits; masked ones are not looked at.
  const tensor keep = there(std::vector<std::int32_t>{1, 1, 0, 1, 1, 0});
  expect_near(
      {one(cross_entropy(on(), x, y, {.ignore_index = low, .ignore = {high, 2}, .mask = keep != 0},
                         report.c()))},
      {0.6931472f});
  EXPECT_EQ(report.count(), 0);
  EXPECT_EQ(report.first_index(), -1);
}

TEST_P(ClassLoss, NllReadsLabels) {
  const tensor x = there(std::vector<float>{-1, -2, -3, -4, nan_f32, -6}, {2, 3});
  const tensor y = there(std::vector<std::int16_t>{2, 0});
  const tensor w = there(std::vector<float>{0.5f, 1, 2});
  expect_near(host(nll_loss(on(), x, y, {.weight = w, .reduction = loss_reduction::none})), {6, 2});
  EXPECT_EQ(one(nll_loss(on(), x, y, {.weight = w})), static_cast<float>(8.0 / 2.5));
}

TEST_P(ClassLoss, CountsFromTheSameRead) {
  const std::vector<float> logits = {0, 1, 1, 5, 5, 0, nan_f32, 9, 1, 0, 0, 3, 2, 1, 0, 0, 0, 1};
  const tensor x = there(logits, {6, 3});
  const tensor y = there(std::vector<std::uint8_t>{1, 1, 2, 255, 7, 2});
  confusion seen(on(), {.classes = 3, .ignore = {255}});
  data_report report(on());
  const class_loss_options options = {.ignore_index = 255};
  const tensor loss = cross_entropy(on(), x, y, options, {.cells = &seen}, report.c());
  const confusion expected = confusion_matrix(on(), x, y, {.classes = 3, .ignore = {255}});
  EXPECT_EQ(seen.host_counts(), expected.host_counts());
  EXPECT_EQ(seen.host_counts(), (std::vector<std::int64_t>{0, 0, 0, 1, 1, 0, 1, 0, 1}));
  EXPECT_EQ(report.count(), 1);
  EXPECT_EQ(report.first_index(), 4);
  const loss_and_accuracy both = cross_entropy_and_accuracy(on(), x, y, options);
  EXPECT_EQ(both.accuracy().correct, 2);
  EXPECT_EQ(both.accuracy().valid, 4);
  EXPECT_EQ(bytes_of(both.loss), bytes_of(loss));
  EXPECT_EQ(bytes_of(cross_entropy(on(), x, y, options)), bytes_of(loss));
  // A second batch adds to the first.
  cross_entropy(on(), x, y, options, {.cells = &seen});
  EXPECT_EQ(seen.host_counts(), (std::vector<std::int64_t>{0, 0, 0, 2, 2, 0, 2, 0, 2}));
}

// All at once into the caller's tensors, of logits and of log-probabilities.
TEST_P(ClassLoss, CountsBothIntoTheCallersTensors) {
  const tensor x = there(std::vector<float>{-1, -2, -3, -4, nan_f32, -6, -5, -1, -2}, {3, 3});
  const tensor y = there(std::vector<std::int16_t>{2, 0, 1});
  const auto expect = [&](auto loss, std::vector<float> losses) {
    confusion seen(on(), {.classes = 3});
    const tensor agreement = there(std::vector<std::int64_t>{10, 20});
    const tensor out(on(), shape_t{3}, f32);
    loss(out, counted_predictions{.cells = &seen, .agreement = agreement});
    EXPECT_EQ(seen.host_counts(), (std::vector<std::int64_t>{0, 1, 0, 0, 1, 0, 1, 0, 0}));
    EXPECT_EQ(values<std::int64_t>(agreement), (std::vector<std::int64_t>{11, 23}));
    if (!losses.empty()) expect_near(host(out), losses);
  };
  const class_loss_options each = {.reduction = loss_reduction::none};
  expect(
      [&](const tensor& out, const counted_predictions& also) {
        nll_loss(on(), x, y, each, out, also);
        EXPECT_EQ(bytes_of(out), bytes_of(nll_loss(on(), x, y, each)));
      },
      {3, 4, 1});
  expect(
      [&](const tensor& out, const counted_predictions& also) {
        cross_entropy(on(), x, y, each, out, also);
        EXPECT_EQ(bytes_of(out), bytes_of(cross_entropy(on(), x, y, each)));
      },
      {});
}

float unit(random_integers& random) {
  return static_cast<float>(random.below(1 << 20)) / static_cast<float>(1 << 20);
}

// Logits of a number of classes as pixels, pixel by pixel.
struct some_logits {
  std::int64_t classes;
  std::int64_t pixels;
  std::vector<float> x;
  std::vector<std::int64_t> labels;
  std::vector<float> p;

  some_logits(std::int64_t c, std::int64_t n, std::uint64_t seed) : classes(c), pixels(n) {
    random_integers random(seed);
    for (std::int64_t i = 0; i < c * n; ++i) {
      const std::int64_t kind = random.below(40);
      x.push_back(kind == 0 ? -infinity : kind == 1 ? -0.0f : unit(random) * 24 - 12);
      p.push_back(kind < 4 ? 0.0f : unit(random));
    }
    for (std::int64_t i = 0; i < n; ++i) {
      labels.push_back(random.below(c));
      if (i % 5 == 3) labels.back() = -100;
    }
  }
  // The same with the classes before the pixels.
  [[nodiscard]] std::vector<float> planes(const std::vector<float>& rows) const {
    std::vector<float> out(rows.size());
    for (std::int64_t i = 0; i < pixels; ++i) {
      for (std::int64_t c = 0; c < classes; ++c) {
        out[static_cast<std::size_t>(c * pixels + i)] =
            rows[static_cast<std::size_t>(i * classes + c)];
      }
    }
    return out;
  }
};

constexpr std::int64_t class_counts[] = {1,   2,    3,    7,    8,    9,    16,  17,  21,
                                         31,  32,   33,   63,   65,   127,  128, 129, 150,
                                         300, 1000, 1023, 1024, 1025, 2049, 5000};

TEST_P(ClassLoss, LayoutsGiveTheSameBits) {
  for (const std::int64_t c : class_counts) {
    const std::int64_t n = c > 300 ? 19 : 70;
    const some_logits of(c, n, static_cast<std::uint64_t>(c));
    const tensor rows = there(of.x, {n, c});
    const tensor planes = there(of.planes(of.x), {1, c, n});
    const tensor p_rows = there(of.p, {n, c});
    const tensor p_planes = there(of.planes(of.p), {1, c, n});
    const shape_t across = {n, c};
    const shape_t steps = {1, n};
    const tensor_view p_across(p_planes.data(), f32, across, steps, p_planes.device());
    const tensor labels = there(of.labels);
    const tensor one_row = there(of.labels, {1, n});
    for (const loss_reduction by : {loss_reduction::none, loss_reduction::mean}) {
      for (const double smoothing : {0.0, 0.1}) {
        SCOPED_TRACE(std::to_string(c) + " classes, smoothing " + std::to_string(smoothing));
        const class_loss_options options = {.label_smoothing = smoothing, .reduction = by};
        EXPECT_EQ(bytes_of(cross_entropy(on(), rows, labels, options)),
                  bytes_of(cross_entropy(on(), planes, one_row, options)));
        EXPECT_EQ(bytes_of(cross_entropy(on(), rows, p_rows, options)),
                  bytes_of(cross_entropy(on(), planes, p_planes, options)));
        EXPECT_EQ(bytes_of(cross_entropy(on(), rows, p_across, options)),
                  bytes_of(cross_entropy(on(), planes, p_planes, options)));
      }
    }
    const loss_and_accuracy by_rows = cross_entropy_and_accuracy(on(), rows, labels);
    const loss_and_accuracy by_planes = cross_entropy_and_accuracy(on(), planes, one_row);
    EXPECT_EQ(by_rows.accuracy().correct, by_planes.accuracy().correct);
    const accuracy_result expected = accuracy(on(), rows, labels, {-100});
    EXPECT_EQ(by_rows.accuracy().correct, expected.correct);
    EXPECT_EQ(by_rows.accuracy().valid, expected.valid);
  }
}

// In one row the sum is that of its definition, computed here with the library's own exp and log.
TEST_P(ClassLoss, SumsInTheOrderOfTheClasses) {
  for (const std::int64_t c : class_counts) {
    const some_logits of(c, 1, 1000 + static_cast<std::uint64_t>(c));
    if (of.x[0] == -infinity && c == 1) continue;
    const std::int64_t tiles = (c + 1023) / 1024;
    std::vector<float> largest(static_cast<std::size_t>(tiles), -infinity);
    for (std::int64_t i = 0; i < c; ++i) {
      float& m = largest[static_cast<std::size_t>(i / 1024)];
      m = std::max(m, of.x[static_cast<std::size_t>(i)]);
    }
    const float m = *std::max_element(largest.begin(), largest.end());
    const auto exps = [&](const std::vector<float>& v) {
      return host(bitwhere::exp(on(), there(v)));
    };
    std::vector<float> differences;
    for (std::int64_t i = 0; i < c; ++i) {
      differences.push_back(of.x[static_cast<std::size_t>(i)] -
                            largest[static_cast<std::size_t>(i / 1024)]);
    }
    const std::vector<float> e = exps(differences);
    std::vector<float> sums;
    std::vector<float> behind;
    for (std::int64_t k = 0; k < tiles; ++k) {
      const std::int64_t n = std::min<std::int64_t>(c - k * 1024, 1024);
      sums.push_back(defined_tile_sum<float>(
          n, [&](std::int64_t i) { return e[static_cast<std::size_t>(k * 1024 + i)]; }));
      behind.push_back(largest[static_cast<std::size_t>(k)] - m);
    }
    const std::vector<float> scale = exps(behind);
    const float sum = tiles == 1 ? sums[0] : defined_tile_sum<float>(tiles, [&](std::int64_t k) {
      return sums[static_cast<std::size_t>(k)] * scale[static_cast<std::size_t>(k)];
    });
    const float log_sum = one(bitwhere::log(on(), there(std::vector<float>{sum})));
    const auto label = static_cast<std::size_t>(c / 2);
    const float expected = log_sum - (of.x[label] - m);
    const tensor y = there(std::vector<std::int32_t>{static_cast<std::int32_t>(label)});
    EXPECT_EQ(one(cross_entropy(on(), there(of.x, {1, c}), y)), expected) << c << " classes";
  }
}

TEST_P(ClassLoss, AccurateAgainstLongDouble) {
  for (const std::int64_t c : {2, 21, 150, 1000, 3000}) {
    const some_logits of(c, 6, 77 + static_cast<std::uint64_t>(c));
    class_reference plain;
    class_reference smooth;
    smooth.smoothing = 0.2;
    std::vector<float> weights;
    random_integers random(5);
    for (std::int64_t k = 0; k < c; ++k) weights.push_back(unit(random) * 2);
    plain.class_weight.assign(weights.begin(), weights.end());
    smooth.class_weight = plain.class_weight;
    std::vector<float> by_label;
    std::vector<float> smoothed;
    std::vector<float> by_p;
    for (std::int64_t i = 0; i < 6; ++i) {
      const auto at = static_cast<std::size_t>(i * c);
      std::vector<double> x(
          of.x.begin() + static_cast<std::ptrdiff_t>(at),
          of.x.begin() + static_cast<std::ptrdiff_t>(at + static_cast<std::size_t>(c)));
      for (double& v : x) v = std::isinf(v) ? -50 : v;
      const std::vector<double> p(
          of.p.begin() + static_cast<std::ptrdiff_t>(at),
          of.p.begin() + static_cast<std::ptrdiff_t>(at + static_cast<std::size_t>(c)));
      const std::int64_t label = of.labels[static_cast<std::size_t>(i)];
      const bool ignored = label < 0;
      const auto l = static_cast<std::size_t>(ignored ? 0 : label);
      by_label.push_back(ignored ? 0 : static_cast<float>(plain.of_label(x, l)));
      smoothed.push_back(ignored ? 0 : static_cast<float>(smooth.of_label(x, l)));
      by_p.push_back(static_cast<float>(smooth.of_probabilities(x, p)));
    }
    std::vector<float> finite = of.x;
    for (float& v : finite) v = std::isinf(v) ? -50 : v;
    const tensor x = there(finite, {6, c});
    const tensor y = there(of.labels);
    const tensor p = there(of.p, {6, c});
    const tensor w = there(weights);
    const auto each = loss_reduction::none;
    const auto close = [&](const tensor& got, const std::vector<float>& expected) {
      const std::vector<float> values = host(got);
      for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_NEAR(values[i], expected[i], 3e-6f * std::fabs(expected[i]) + 0x1p-22f)
            << c << " classes, pixel " << i;
      }
    };
    close(cross_entropy(on(), x, y, {.weight = w, .reduction = each}), by_label);
    close(cross_entropy(on(), x, y, {.weight = w, .label_smoothing = 0.2, .reduction = each}),
          smoothed);
    close(cross_entropy(on(), x, p, {.weight = w, .label_smoothing = 0.2, .reduction = each}),
          by_p);
  }
}

TEST_P(ClassLoss, ProbabilitiesAreTakenAsTheyAre) {
  const tensor x = there(std::vector<float>{1, 2, 3, 0, 0, -infinity}, {2, 3});
  const tensor p = there(std::vector<float>{0, 0, 7, 0.5f, 0.5f, 0}, {2, 3});
  const std::vector<float> each =
      host(cross_entropy(on(), x, p, {.reduction = loss_reduction::none}));
  // 0 times an infinite loss is 0.
  expect_near(each, {7 * 0.407605946f, 0.6931472f});
  // The mean divides by the pixels.
  EXPECT_NEAR(one(cross_entropy(on(), x, p)), (each[0] + each[1]) / 2, 1e-6f);
}

TEST_P(ClassLoss, ClassesInAnyDimension) {
  const some_logits of(5, 24, 9);
  const tensor last = there(of.x, {2, 3, 4, 5});
  const tensor first = there(of.planes(of.x), {5, 2, 3, 4});
  const tensor labels = there(of.labels, {2, 3, 4});
  const tensor one_by_one =
      cross_entropy(on(), last, labels, {.reduction = loss_reduction::none, .class_dim = -1});
  EXPECT_EQ(shape_t(one_by_one.shape().begin(), one_by_one.shape().end()), (shape_t{2, 3, 4}));
  EXPECT_EQ(bytes_of(one_by_one),
            bytes_of(cross_entropy(on(), first, labels,
                                   {.reduction = loss_reduction::none, .class_dim = 0})));
}

TEST_P(ClassLoss, NarrowFloatsAreComputedInF32) {
  random_integers random(11);
  std::vector<double> x;
  std::vector<std::int64_t> labels;
  for (int i = 0; i < 40 * 150; ++i) x.push_back(static_cast<double>(random.below(193) - 96) / 8);
  for (int i = 0; i < 40; ++i) labels.push_back(random.below(150));
  const tensor y = there(labels);
  const auto in = [&](dtype type) {
    std::vector<std::uint8_t> bytes;
    for (const double v : x) {
      const auto element = element_of(type, {.real = v});
      bytes.insert(bytes.end(), element.begin(), element.end());
    }
    return to(on(), tensor_view(bytes.data(), type, shape_t{40, 150}));
  };
  const auto mean = [&](dtype type) {
    return values<double>(cross_entropy(on(), in(type), y, {.type = f64}))[0];
  };
  EXPECT_EQ(mean(f16), mean(f32));
  EXPECT_EQ(mean(bf16), mean(f32));
  EXPECT_NE(mean(f64), mean(f32));
  const std::vector<double> wide =
      values<double>(cross_entropy(on(), in(f64), y, {.reduction = loss_reduction::none}));
  const class_reference plain;
  for (std::size_t i = 0; i < wide.size(); ++i) {
    const std::vector<double> row(x.begin() + static_cast<std::ptrdiff_t>(i * 150),
                                  x.begin() + static_cast<std::ptrdiff_t>(i * 150 + 150));
    const auto expected =
        static_cast<double>(plain.of_label(row, static_cast<std::size_t>(labels[i])));
    EXPECT_NEAR(wide[i], expected, 1e-13 * expected) << i;
  }
}

TEST_P(ClassLoss, IntoStridedOutputs) {
  const tensor x = there(x_, {3, 3});
  const tensor y = there(y_);
  const class_loss_options each = {.reduction = loss_reduction::none};
  const std::vector<float> expected = host(cross_entropy(on(), x, y, each));
  const tensor wide = there(std::vector<float>(6, 7.0f));
  const shape_t three = {3};
  const shape_t two = {2};
  const tensor_view every_other(wide.data(), f32, three, two, wide.device());
  cross_entropy(on(), x, y, each, every_other);
  const std::vector<float> got = host(wide);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(got[2 * i], expected[i]);
    EXPECT_EQ(got[2 * i + 1], 7.0f);
  }
}

// Every backend gives the bits of one portable thread, in rooms of many blocks.
TEST_P(ClassLoss, TheBitsOfOneThread) {
  const context one_thread({.device = "cpu", .isa = "scalar", .threads = 1});
  for (const std::int64_t c : {2, 21, 150, 1500}) {
    const std::int64_t n = on().device() == "cpu" ? 120000 / c : 24000 / c;
    const some_logits of(c, n, 500 + static_cast<std::uint64_t>(c));
    const std::vector<float> planes = of.planes(of.x);
    std::vector<float> weights;
    for (std::int64_t k = 0; k < c; ++k) weights.push_back(static_cast<float>(k % 7) / 3);
    const auto losses = [&](const context& with, loss_reduction by) {
      const tensor x = to(with, bitwhere::view(planes, {1, c, n}));
      const tensor y = to(with, bitwhere::view(of.labels, {1, n}));
      const tensor w = to(with, bitwhere::view(weights, {c}));
      const loss_and_accuracy got =
          cross_entropy_and_accuracy(with, x, y, {.weight = w, .reduction = by});
      return std::pair(bytes_of(got.loss), values<std::int64_t>(got.agreement));
    };
    for (const auto by : {loss_reduction::none, loss_reduction::mean}) {
      EXPECT_EQ(losses(on(), by), losses(one_thread, by)) << c << " classes";
    }
  }
}

// What a context has asked for, whatever it has given back since.
bw_allocator counting(std::size_t& asked) {
  return {&asked,
          [](void* user, std::size_t bytes, std::size_t alignment, bw_device, void*) {
            *static_cast<std::size_t*>(user) += bytes;
            return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
          },
          [](void*, void* memory, std::size_t, bw_device, void*) { std::free(memory); }};
}

// No softmax is stored anywhere: what a call needs does not depend on the number of pixels.
TEST(ClassLossMemory, DoesNotGrowWithThePixels) {
  const auto needed = [](std::int64_t classes, std::int64_t pixels) {
    std::size_t asked = 0;
    const bw_allocator functions = counting(asked);
    const std::vector<float> x(static_cast<std::size_t>(classes * pixels), 0.5f);
    const std::vector<std::int64_t> y(static_cast<std::size_t>(pixels), 3);
    const context cpu({.device = "cpu", .threads = 1, .allocator = &functions});
    const tensor_view scores = bitwhere::view(x, {1, classes, pixels});
    const tensor_view labels = bitwhere::view(y, {1, pixels});
    const tensor agreement = to(cpu, bitwhere::view(std::vector<std::int64_t>{0, 0}));
    const std::size_t before = asked;
    const tensor loss =
        cross_entropy(cpu, scores, labels, {.label_smoothing = 0.1}, {.agreement = agreement});
    EXPECT_NEAR(loss.item<float>(), std::log(static_cast<float>(classes)), 1e-5f);
    std::vector<float> slopes(x.size());
    cross_entropy(cpu, scores, labels, {.gradient = bitwhere::view(slopes, {1, classes, pixels})});
    return asked - before;
  };
  const std::size_t of_few = needed(21, 10000);
  EXPECT_LT(of_few, std::size_t{400} << 10);
  EXPECT_EQ(needed(21, 300000), of_few);
  EXPECT_LT(needed(3000, 200), std::size_t{500} << 10);
  EXPECT_EQ(needed(3000, 3000), needed(3000, 200));
}

// Shards, in any order and from any backend, finish to the bits of one pass.
TEST_P(ClassLoss, ShardsFinishToOnePass) {
  const some_logits of(21, 300, 8);
  std::vector<float> weights;
  for (int k = 0; k < 21; ++k) weights.push_back(static_cast<float>(k % 5) / 3);
  std::vector<std::int64_t> labels = of.labels;
  labels[250] = 21;
  const tensor x = there(of.x, {300, 21});
  const tensor y = there(labels);
  const tensor w = there(weights);
  const auto words_of = [&](std::int64_t begin, std::int64_t end, bool weighted) {
    const tensor part_x = there(
        std::vector<float>(of.x.begin() + begin * 21, of.x.begin() + end * 21), {end - begin, 21});
    const tensor part_y =
        there(std::vector<std::int64_t>(labels.begin() + begin, labels.begin() + end));
    class_loss_options options = {.reduction = loss_reduction::partial, .first_element = begin};
    if (weighted) options.weight = w;
    return cross_entropy(on(), part_x, part_y, options);
  };
  for (const bool weighted : {false, true}) {
    loss_partial all(words_of(170, 300, weighted));
    all.merge(words_of(0, 17, weighted));
    all.merge(words_of(17, 17, weighted));
    all.merge(words_of(17, 170, weighted));
    EXPECT_EQ(bytes_of(all.words()), bytes_of(words_of(0, 300, weighted)));
    class_loss_options options;
    if (weighted) options.weight = w;
    for (const normaliser over : {normaliser::usual, normaliser::valid, normaliser::all}) {
      options.over = over;
      EXPECT_EQ(bytes_of(all.finish({.over = over})), bytes_of(cross_entropy(on(), x, y, options)));
    }
    options.over = normaliser::usual;
    options.reduction = loss_reduction::sum;
    data_report report(on());
    EXPECT_EQ(bytes_of(all.finish({.reduction = loss_reduction::sum}, report.c())),
              bytes_of(cross_entropy(on(), x, y, options)));
    EXPECT_EQ(report.count(), 1);
    EXPECT_EQ(report.first_index(), 250);
    // On the host the words are the same, and so is what they finish to.
    const context cpu("cpu");
    EXPECT_EQ(bytes_of(loss_partial(to(cpu, all.words())).finish()), bytes_of(all.finish()));
  }
  data_report report(on());
  loss_partial unlike(words_of(0, 10, false));
  unlike.merge(words_of(10, 20, true));
  EXPECT_TRUE(std::isnan(one(unlike.finish({}, report.c()))));
  EXPECT_EQ(report.count(), 1);
  EXPECT_EQ(report.first_index(), -1);
}

INSTANTIATE_TEST_SUITE_P(Backends, ClassLoss, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
