// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "../support/backends.hpp"
#include "../support/conversion.hpp"
#include "../support/host.hpp"
#include "../support/promotion_table.hpp"

// Binary losses on every backend: the values of the worked examples and of torch, what masks,
// weights and bad elements do, and the bits of one portable thread.
namespace bitwhere::test {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan_f32 = std::numeric_limits<float>::quiet_NaN();
constexpr double nan_f64 = std::numeric_limits<double>::quiet_NaN();

// A tensor on the host, in any float dtype.
struct host_tensor {
  std::vector<std::uint8_t> bytes;
  dtype type;
  shape_t shape;

  host_tensor(const std::vector<double>& values, dtype of, shape_t with)
      : type(of), shape(std::move(with)) {
    for (const double v : values) {
      const auto element = element_of(of, {.real = v});
      bytes.insert(bytes.end(), element.begin(), element.end());
    }
  }
  [[nodiscard]] tensor_view view() { return {bytes.data(), type, shape}; }
};

using loss_function = std::function<tensor(const context&, const tensor_view&, const tensor_view&,
                                           const binary_loss_options&, bw_report*)>;

struct named_loss {
  const char* name;
  loss_function compute;
  bool probabilities;
};

const named_loss all_losses[] = {{"clamp",
                                  [](auto& on, auto& x, auto& t, auto& o, auto* r) {
                                    return binary_cross_entropy(on, x, t, o, r);
                                  },
                                  true},
                                 {"eps",
                                  [](auto& on, auto& x, auto& t, auto& o, auto* r) {
                                    return binary_cross_entropy_eps(on, x, t, o, r);
                                  },
                                  true},
                                 {"logits",
                                  [](auto& on, auto& x, auto& t, auto& o, auto* r) {
                                    return binary_cross_entropy_with_logits(on, x, t, o, r);
                                  },
                                  false},
                                 {"focal",
                                  [](auto& on, auto& x, auto& t, auto& o, auto* r) {
                                    return sigmoid_focal_loss(on, x, t, o, r);
                                  },
                                  false}};

class BinaryLoss : public parity {
 protected:
  tensor there(const std::vector<float>& values) { return to(on(), bitwhere::view(values)); }
  std::vector<float> host(const tensor& t) const {
    std::vector<float> out(static_cast<std::size_t>(t.size()));
    copy(on(), t, tensor_view(out.data(), f32, t.shape()));
    return out;
  }
  float one(const tensor& t) const { return host(t)[0]; }
};

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

TEST_P(BinaryLoss, WeightedWithEpsInsideTheLogarithms) {
  const tensor p = there({0.9f, 0.2f, 0.7f, 0.1f});
  const tensor t = there({1, 0, 1, 0});
  const tensor q = there({2});
  const float loss = one(binary_cross_entropy_eps(on(), p, t, {.pos_weight = q}));
  EXPECT_NEAR(loss, 0.3131419f, 0.3131419f * 1e-6f);
}

TEST_P(BinaryLoss, ProbabilitiesAtTheEnds) {
  const tensor p = there({0, 1, 0, 1, 0.25f});
  const tensor t = there({1, 0, 0, 1, 0.5f});
  const std::vector<float> clamp =
      host(binary_cross_entropy(on(), p, t, {.reduction = loss_reduction::none}));
  expect_near(clamp, {100, 100, 0, 0, 0.8369882f});
  EXPECT_TRUE(std::signbit(clamp[3])) << "torch's -0";
  // Perfect predictions give the negative loss of the eager formula.
  expect_near(host(binary_cross_entropy_eps(on(), p, t, {.reduction = loss_reduction::none})),
              {13.8155106f, 13.8155106f, -9.5367386e-07f, -9.5367386e-07f, 0.8369862f});
}

TEST_P(BinaryLoss, LogitsOfEverySize) {
  const tensor x = there({-200, -50, 0, 50, 200, -10});
  const tensor t = there({1, 1, 0.3f, 0, 0, 0});
  const binary_loss_options each = {.reduction = loss_reduction::none};
  expect_near(host(binary_cross_entropy_with_logits(on(), x, t, each)),
              {200, 50, 0.6931472f, 50, 200, 4.539889e-05f});
  const tensor q = there({3});
  expect_near(host(binary_cross_entropy_with_logits(
                  on(), x, t, {.pos_weight = q, .reduction = loss_reduction::none})),
              {600, 150, 1.1090355f, 50, 200, 4.539889e-05f});
}

TEST_P(BinaryLoss, InfiniteLogits) {
  const tensor x = there({infinity, -infinity, infinity, -infinity, nan_f32});
  const tensor t = there({1, 0, 0, 1, 1});
  const binary_loss_options each = {.reduction = loss_reduction::none};
  const std::vector<float> expected = {0, 0, infinity, infinity, nan_f32};
  expect_near(host(binary_cross_entropy_with_logits(on(), x, t, each)), expected);
  expect_near(host(sigmoid_focal_loss(on(), x, t, each)), expected);
}

TEST_P(BinaryLoss, FocalAgainstItsFormula) {
  const std::vector<float> logits = {-3, -0.5f, 0, 1.25f, 4};
  const std::vector<float> targets = {1, 0, 1, 0.5f, 1};
  const tensor x = there(logits);
  const tensor t = there(targets);
  for (const double gamma : {0.0, 1.0, 2.0, 1.5}) {
    for (const double alpha : {-1.0, 0.25}) {
      std::vector<float> expected;
      for (std::size_t i = 0; i < logits.size(); ++i) {
        const double p = 1 / (1 + std::exp(-double{logits[i]}));
        const double y = targets[i];
        const double entropy = -(y * std::log(p) + (1 - y) * std::log(1 - p));
        const double u = y * (1 - p) + (1 - y) * p;
        const double balance = alpha < 0 ? 1 : alpha * y + (1 - alpha) * (1 - y);
        expected.push_back(static_cast<float>(balance * entropy * std::pow(u, gamma)));
      }
      SCOPED_TRACE("gamma " + std::to_string(gamma) + " alpha " + std::to_string(alpha));
      expect_near(
          host(sigmoid_focal_loss(
              on(), x, t, {.reduction = loss_reduction::none, .alpha = alpha, .gamma = gamma})),
          expected);
    }
  }
}

// A part that is weighed with 0 is 0, an infinite one, too.
TEST_P(BinaryLoss, FocalAtInfinities) {
  std::vector<float> x{infinity, -infinity};
  std::vector<float> t{0, 1};
  const tensor at = to(on(), bitwhere::view(x));
  const tensor target = to(on(), bitwhere::view(t));
  const auto each = [&](double alpha) {
    return values(
        sigmoid_focal_loss(on(), at, target, {.reduction = loss_reduction::none, .alpha = alpha}));
  };
  EXPECT_EQ(each(1), (std::vector<float>{0, infinity}));
  EXPECT_EQ(each(0), (std::vector<float>{infinity, 0}));
}

TEST_P(BinaryLoss, PosWeightMayBeANumber) {
  const tensor x = to(on(), bitwhere::view(std::vector<float>{0.5f, -1, 2}));
  const tensor t = to(on(), bitwhere::view(std::vector<float>{1, 0, 1}));
  const tensor q = to(on(), bitwhere::view(std::vector<float>{2.5f}, shape_t{}));
  const auto loss = [&](const binary_loss_options& options) {
    return values(binary_cross_entropy_with_logits(on(), x, t, options));
  };
  EXPECT_EQ(loss({.pos_weight = 2.5}), loss({.pos_weight = q}));
  EXPECT_NE(loss({.pos_weight = 2.5}), loss({}));
}

// 2049 is no f16: a target of 2048, to which it would round, is not ignored but bad.
TEST_P(BinaryLoss, IgnoresNumbersExactly) {
  host_tensor x({0, 0, 0}, f16, {3});
  host_tensor t({2048, 1, 0}, f16, {3});
  const tensor at = to(on(), x.view());
  const tensor target = to(on(), t.view());
  data_report found(on());
  binary_cross_entropy_with_logits(on(), at, target, {.ignore = {2049}}, found.c());
  EXPECT_EQ(found.count(), 1);
  binary_cross_entropy_with_logits(on(), at, target, {.ignore = {2048}}, found.c());
  EXPECT_EQ(found.count(), 0);
}

TEST_P(BinaryLoss, WhatIsExcludedAddsNothingWhateverItIs) {
  // Masked NaN, ignored infinity, weight 0 on an infinite loss.
  const tensor x = there({nan_f32, infinity, -infinity, 0});
  const tensor t = to(on(), bitwhere::view(std::vector<std::uint8_t>{1, 255, 1, 1}));
  const tensor keep = to(on(), bitwhere::view(std::vector<std::int32_t>{0, 1, 1, 1}));
  const tensor w = there({1, 1, 0, 2});
  binary_loss_options options = {
      .weight = w, .mask = keep != 0, .ignore = {255}, .reduction = loss_reduction::none};
  const std::vector<float> each = host(binary_cross_entropy_with_logits(on(), x, t, options));
  expect_near(each, {0, 0, 0, 2 * 0.6931472f});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(std::signbit(each[static_cast<std::size_t>(i)]));

  options.reduction = loss_reduction::sum;
  EXPECT_EQ(one(binary_cross_entropy_with_logits(on(), x, t, options)), each[3]);
  options.reduction = loss_reduction::mean;
  const auto mean_over = [&](normaliser over, double denominator = 0) {
    options.over = over;
    options.denominator = denominator;
    return one(binary_cross_entropy_with_logits(on(), x, t, options));
  };
  // Weight 0 still counts as valid.
  EXPECT_EQ(mean_over(normaliser::usual), each[3] / 2);
  EXPECT_EQ(mean_over(normaliser::valid), each[3] / 2);
  EXPECT_EQ(mean_over(normaliser::weights), each[3] / 2);
  EXPECT_EQ(mean_over(normaliser::all), each[3] / 4);
  EXPECT_EQ(mean_over(normaliser::given, 8), each[3] / 8);
  options.denominator_eps = 2;
  EXPECT_EQ(mean_over(normaliser::all), static_cast<float>(double{each[3]} / 6));
}

TEST_P(BinaryLoss, OfNothing) {
  const tensor x = there({1, 2});
  const tensor t = there({-100, -100});
  binary_loss_options options = {.ignore = {-100}};
  EXPECT_TRUE(std::isnan(one(binary_cross_entropy_with_logits(on(), x, t, options))));
  options.empty = empty_mean::zero;
  EXPECT_EQ(one(binary_cross_entropy_with_logits(on(), x, t, options)), 0.0f);
  options.reduction = loss_reduction::sum;
  EXPECT_EQ(one(binary_cross_entropy_with_logits(on(), x, t, options)), 0.0f);
  const tensor none = empty(on(), {0, 3}, f32);
  EXPECT_TRUE(std::isnan(one(binary_cross_entropy_with_logits(on(), none, none))));
  EXPECT_EQ(
      one(binary_cross_entropy_with_logits(on(), none, none, {.reduction = loss_reduction::sum})),
      0.0f);
  EXPECT_EQ(binary_cross_entropy_with_logits(on(), none, none, {.reduction = loss_reduction::none})
                .size(),
            0);
}

TEST_P(BinaryLoss, BadElementsAreReportedAndLeftOut) {
  const tensor p = there({0.5f, -0.1f, 1.5f, nan_f32, 0.5f, 0.5f, 0.5f});
  const tensor t = there({1, 1, 1, 1, 2, nan_f32, 0});
  const binary_loss_options each = {.reduction = loss_reduction::none, .first_element = 100};
  data_report report(on());
  const float ln2 = 0.6931472f;
  expect_near(host(binary_cross_entropy(on(), p, t, each, report.c())), {ln2, 0, 0, 0, 0, 0, ln2});
  EXPECT_EQ(report.count(), 5);
  EXPECT_EQ(report.first_index(), 101);
  expect_near({one(binary_cross_entropy(on(), p, t, {}, report.c()))}, {ln2});
  EXPECT_EQ(report.count(), 5);
  EXPECT_EQ(report.first_index(), 1);
  // Of logits, any number will do; what is excluded is not bad.
  expect_near({one(binary_cross_entropy_with_logits(on(), p, t, {.mask = isfinite(p) && t <= 1},
                                                    report.c()))},
              {(0.474077f + 0.7443967f + 0.2014133f + 0.974077f) / 4});
  EXPECT_EQ(report.count(), 0);
  EXPECT_EQ(report.first_index(), -1);
}

TEST_P(BinaryLoss, LabelsOfSixtyFourBits) {
  constexpr std::int64_t beyond = std::int64_t{1} << 32;
  const tensor x = there({0, 0, 0, 0, 0});
  const tensor t =
      to(on(), bitwhere::view(std::vector<std::int64_t>{1, beyond, INT64_MIN, INT64_MAX, 0}));
  data_report report(on());
  const tensor loss = binary_cross_entropy_with_logits(
      on(), x, t, {.ignore = {INT64_MAX}, .reduction = loss_reduction::none}, report.c());
  expect_near(host(loss), {0.6931472f, 0, 0, 0, 0.6931472f});
  EXPECT_EQ(report.count(), 2);
  EXPECT_EQ(report.first_index(), 1);
  // The context still works.
  expect_near({one(binary_cross_entropy_with_logits(on(), x, there({1, 1, 1, 1, 1})))},
              {0.6931472f});
}

// What one portable thread gives is what every backend gives.
TEST_P(BinaryLoss, TheSameBitsEverywhere) {
  const context portable(context_options{.device = "cpu", .isa = "scalar", .threads = 1});
  random_integers random{23};
  const auto draw = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(random.below(1 << 20)) / (1 << 20);
  };
  const dtype float_dtypes[] = {f16, bf16, f32, f64};
  for (int repeat = 0; repeat < 28; ++repeat) {
    const dtype type = float_dtypes[repeat % 4];
    const std::int64_t rows = repeat % 7 == 6 ? 60 : 1 + static_cast<std::int64_t>(random.below(9));
    const std::int64_t columns =
        repeat % 7 == 6 ? 1111 : 1 + static_cast<std::int64_t>(random.below(90));
    const auto size = static_cast<std::size_t>(rows * columns);
    for (const named_loss& loss : all_losses) {
      SCOPED_TRACE(std::string(loss.name) + " " + describe(type) + " " + std::to_string(repeat));
      std::vector<double> values(size), targets(size), weights(static_cast<std::size_t>(columns)),
          positives(static_cast<std::size_t>(rows));
      for (double& v : values) v = loss.probabilities ? draw(-0.05, 1.05) : draw(-30, 30);
      for (double& v : targets)
        v = random.below(9) == 0 ? 255 : random.below(2) == 0 ? 0 : draw(0, 1);
      for (double& v : weights) v = random.below(4) == 0 ? 0 : draw(0, 3);
      for (double& v : positives) v = draw(0, 4);
      if (!loss.probabilities && size > 3) values[size / 2] = nan_f64;
      // Memory by columns, seen by rows: the same elements in another layout.
      host_tensor x(values, type, {columns, rows});
      host_tensor t(targets, repeat % 3 == 0 ? i32 : repeat % 3 == 1 ? type : f32, {columns, rows});
      host_tensor w(weights, f32, {columns});
      host_tensor q(positives, type, {rows, 1});
      const auto run = [&](const context& where, bool transposed, loss_reduction by, dtype out,
                           bw_report& found) {
        const tensor x_there = to(where, x.view());
        const tensor t_there = to(where, t.view());
        tensor_view x_seen = x_there.permute({1, 0});
        tensor_view t_seen = t_there.permute({1, 0});
        tensor x_rows = empty(where, {rows, columns}, type);
        tensor t_rows = empty(where, {rows, columns}, t.type);
        if (!transposed) {
          copy(where, x_seen, x_rows);
          copy(where, t_seen, t_rows);
          x_seen = static_cast<const tensor_view&>(x_rows);
          t_seen = static_cast<const tensor_view&>(t_rows);
        }
        const tensor w_there = to(where, w.view());
        const tensor q_there = to(where, q.view());
        binary_loss_options options = {.ignore = {255}, .reduction = by, .denominator_eps = 0};
        if (repeat % 2 == 0) options.weight = w_there;
        if (repeat % 3 == 0) options.pos_weight = q_there;
        if (repeat % 5 == 0) options.mask = x_seen < 0.75;
        if (by == loss_reduction::mean && repeat % 4 < 2) options.over = normaliser::weights;
        if (repeat % 8 == 5) options.gamma = 1.5;
        if (by != loss_reduction::none) options.type = out;
        data_report report(where);
        const tensor result = loss.compute(where, x_seen, t_seen, options, report.c());
        found = report.host();
        std::vector<std::uint8_t> bytes(static_cast<std::size_t>(result.size()) * (out.bits / 8));
        copy(where, result, tensor_view(bytes.data(), out, result.shape()));
        return bytes;
      };
      for (const loss_reduction by :
           {loss_reduction::none, loss_reduction::sum, loss_reduction::mean}) {
        const dtype out = by == loss_reduction::none ? type : float_dtypes[random.below(4)];
        bw_report wanted = {};
        bw_report found = {};
        const auto expected = run(portable, false, by, out, wanted);
        EXPECT_EQ(run(on(), repeat % 2 == 0, by, out, found), expected);
        EXPECT_EQ(found.count, wanted.count);
        EXPECT_EQ(found.first_index, wanted.first_index);
      }
    }
  }
}

// A strided output gets what a contiguous one does, and its gaps stay.
TEST_P(BinaryLoss, IntoStridedOutputs) {
  const tensor x = there({-1, 0, 1, 2});
  const tensor t = there({1, 0, 1, 0});
  const binary_loss_options each = {.reduction = loss_reduction::none};
  const std::vector<float> expected = host(binary_cross_entropy_with_logits(on(), x, t, each));
  const tensor wide = there(std::vector<float>(8, 7.0f));
  const std::int64_t four[] = {4};
  const std::int64_t two[] = {2};
  const tensor_view every_other(wide.data(), f32, four, two, wide.device());
  binary_cross_entropy_with_logits(on(), x, t, each, every_other);
  const std::vector<float> got = host(wide);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(got[2 * i], expected[i]);
    EXPECT_EQ(got[2 * i + 1], 7.0f);
  }
}

TEST_P(BinaryLoss, SoftDice) {
  const tensor p = there({0.5f, 0.25f, 1, 0, 0.75f, 0.5f});
  const tensor t = there({1, 0, 1, 0, 1, 255});
  const tensor w = there({1, 2, 1, 4, 0, 1});
  binary_loss_options options = {.ignore = {255}};
  // Of the first five: I = 2.25, D = 2.5 + 3, with squares 1.875 + 3.
  EXPECT_EQ(one(soft_dice_loss(on(), p, t, options)), static_cast<float>(1 - 4.5 / 5.5));
  options.squared = true;
  EXPECT_EQ(one(soft_dice_loss(on(), p, t, options)), static_cast<float>(1 - 4.5 / 4.875));
  options.denominator_eps = 1;
  EXPECT_EQ(one(soft_dice_loss(on(), p, t, options)), static_cast<float>(1 - 5.5 / 5.875));
  options.squared = false;
  options.weight = w;  // I = 1.5, D = 1.5 + 0.5 + 2
  EXPECT_EQ(one(soft_dice_loss(on(), p, t, options)), static_cast<float>(1 - 4.0 / 5.0));
  options.reduction = loss_reduction::partial;
  options.denominator_eps = 0;
  const loss_partial words(soft_dice_loss(on(), p, t, options));
  EXPECT_EQ(one(words.finish({.denominator_eps = 1})), static_cast<float>(1 - 4.0 / 5.0));
  // Of nothing, and of two empty sets.
  const tensor zeros = there({0, 0});
  EXPECT_TRUE(std::isnan(one(soft_dice_loss(on(), zeros, zeros))));
  EXPECT_EQ(one(soft_dice_loss(on(), zeros, zeros, {.empty = empty_mean::zero})), 0.0f);
  EXPECT_EQ(one(soft_dice_loss(on(), zeros, zeros, {.denominator_eps = 1})), 0.0f);
  data_report report(on());
  const tensor outside = there({0.5f, 1.5f});
  EXPECT_EQ(one(soft_dice_loss(on(), outside, there({1, 1}), {}, report.c())),
            static_cast<float>(1 - 1 / 1.5));
  EXPECT_EQ(report.count(), 1);
  EXPECT_EQ(report.first_index(), 1);
}

TEST_P(BinaryLoss, ShardsFinishToOnePass) {
  std::vector<float> logits;
  std::vector<float> targets;
  std::vector<float> weights;
  for (int i = 0; i < 5000; ++i) {
    logits.push_back(std::ldexp(static_cast<float>(i % 101 - 50), i % 7 - 6));
    targets.push_back(i == 3210 ? 2.0f : static_cast<float>(i % 2));
    weights.push_back(static_cast<float>(i % 5));
  }
  const auto part = [](const std::vector<float>& of, std::ptrdiff_t begin, std::ptrdiff_t end) {
    return std::vector<float>(of.begin() + begin, of.begin() + end);
  };
  const auto words_of = [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
    const tensor w = there(part(weights, begin, end));
    return binary_cross_entropy_with_logits(
        on(), there(part(logits, begin, end)), there(part(targets, begin, end)),
        {.weight = w, .reduction = loss_reduction::partial, .first_element = begin});
  };
  loss_partial all(words_of(3000, 5000));
  all.merge(words_of(0, 1));
  all.merge(words_of(1, 3000));
  const tensor w = there(weights);
  for (const normaliser over : {normaliser::usual, normaliser::weights, normaliser::all}) {
    EXPECT_EQ(one(all.finish({.over = over})),
              one(binary_cross_entropy_with_logits(on(), there(logits), there(targets),
                                                   {.weight = w, .over = over})));
  }
  data_report report(on());
  static_cast<void>(all.finish({}, report.c()));
  EXPECT_EQ(report.count(), 1);
  EXPECT_EQ(report.first_index(), 3210);
}

INSTANTIATE_TEST_SUITE_P(Backends, BinaryLoss, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
