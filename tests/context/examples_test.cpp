// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <limits>

#include "../support/backends.hpp"
#include "../support/errors.hpp"
#include "../support/host.hpp"

// The worked examples of the documentation, on every backend, through the C++ layer.
namespace bitwhere::test {
namespace {

using floats = std::vector<float>;
using bytes = std::vector<std::uint8_t>;

class Examples : public parity {
 protected:
  tensor mask(const bytes& truths, const shape_t& shape) const {
    bytes storage = truths;
    return to(on(), bitwhere::view(storage.data(), boolean, shape));
  }

  tensor matrix(const floats& data, const shape_t& shape) const {
    return to(on(), bitwhere::view(data, shape));
  }
};

TEST_P(Examples, ThreeWayChoice) {
  const tensor a = matrix({1, 2, 3, 4}, {4});
  const tensor b = matrix({10, 20, 30, 40}, {4});
  EXPECT_EQ(values(where(on(), mask({1, 0, 1, 0}, {4}), a, b)), (floats{1, 20, 3, 40}));
}

// Of a condition alone: coordinates, dimension by dimension and hit by hit.
TEST_P(Examples, IndicesOfACondition) {
  using indices = std::vector<std::int64_t>;
  const tensor x = matrix({0, 1, 2, 0}, {2, 2});
  const auto hits = where<2>(on(), x > 0);
  const auto& [rows, columns] = hits;
  EXPECT_EQ(values<std::int64_t>(on(), rows), (indices{0, 1}));
  EXPECT_EQ(values<std::int64_t>(on(), columns), (indices{1, 0}));
  const tensor coordinates = argwhere(on(), x > 0);
  EXPECT_EQ(shape_of(coordinates), (shape_t{2, 2}));
  EXPECT_EQ(values<std::int64_t>(coordinates), (indices{0, 1, 1, 0}));
}

// A scalar takes the tensor's dtype, on either side of the choice and of a comparison.
TEST_P(Examples, ScalarOperands) {
  using indices = std::vector<std::int64_t>;
  const tensor scores = matrix({0.9f, 0.2f, 0.1f, 0.7f}, {2, 2});
  const tensor kept = where(on(), mask({1, 0, 0, 1}, {2, 2}), scores, 0);
  EXPECT_EQ(values(kept), (floats{0.9f, 0, 0, 0.7f}));
  EXPECT_EQ(kept.type(), f32);
  const tensor replaced = where(on(), mask({1, 0, 0, 1}, {2, 2}), scores, -1.5);
  EXPECT_EQ(values(replaced), (floats{0.9f, -1.5f, -1.5f, 0.7f}));
  EXPECT_EQ(replaced.type(), f32);
  const auto large = where<2>(on(), scores > 0.5);
  EXPECT_EQ(values<std::int64_t>(large.columns()), (indices{0, 1, 0, 1}));
  EXPECT_EQ(where<2>(on(), scores > 0.9).size(), 0) << "0.9 is compared as f32";
}

TEST_P(Examples, Broadcasting) {
  const tensor a = matrix({1, 2, 3, 4}, {2, 2});
  const tensor b = matrix({100}, {1, 1});
  EXPECT_EQ(values(where(on(), mask({1, 0, 0, 1}, {2, 2}), a, b)), (floats{1, 100, 100, 4}));
}

TEST_P(Examples, MaskInANetwork) {
  const tensor l = matrix({0.2f, -0.5f, 0.7f, -1.0f}, {4});
  const tensor zeros = matrix({0, 0, 0, 0}, {4});
  EXPECT_EQ(values(where(on(), l > 0, l, zeros)), (floats{0.2f, 0, 0.7f, 0}));
  const tensor with_scalar = where(on(), l > 0, l, 0);
  EXPECT_EQ(values(with_scalar), (floats{0.2f, 0, 0.7f, 0}));
  EXPECT_EQ(with_scalar.type(), f32);
}

TEST_P(Examples, GuardsTheLogarithm) {
  const tensor x = matrix({0.5f, 0, 1}, {3});
  const tensor positive = where(on(), x > 0, x, 1e-6);
  EXPECT_EQ(values(positive), (floats{0.5f, 1e-6f, 1}));
  const floats logarithms = values(log(on(), positive));
  EXPECT_NEAR(logarithms[0], -0.6931472, 0.6931472e-6);
  EXPECT_NEAR(logarithms[1], -13.8155106, 13.8155106e-6);
  EXPECT_EQ(logarithms[2], 0);
  // The same without a tensor in between.
  const floats guarded = values(safe_log(on(), x, {.otherwise = -9}));
  EXPECT_EQ(guarded, (floats{logarithms[0], -9, 0}));
}

TEST_P(Examples, KeepsThePositivesScores) {
  const tensor logits = matrix({0.9f, 0.3f, 0.8f, 0.1f}, {4});
  const tensor labels = to(on(), bitwhere::view(std::vector<std::int64_t>{1, 0, 1, 0}));
  EXPECT_EQ(values(where(on(), labels == 1, logits, 0)), (floats{0.9f, 0, 0.8f, 0}));
}

TEST_P(Examples, MasksAnImage) {
  const tensor image = matrix({100, 120, 130, 90, 0, 50, 255, 200, 180}, {3, 3});
  EXPECT_EQ(values(where(on(), image > 100, image, 0)),
            (floats{0, 120, 130, 0, 0, 0, 255, 200, 180}));
}

TEST_P(Examples, DividesByNoZero) {
  const tensor d = matrix({4, 0, -0.0f, -2}, {4});
  const tensor safe = where(on(), d != 0, d, 1e-6);
  EXPECT_EQ(values(safe), (floats{4, 1e-6f, 1e-6f, -2}));
  EXPECT_EQ(safe.type(), f32);
  const tensor x = matrix({1, 2, 3, 4}, {4});
  EXPECT_EQ(values(safe_div(on(), x, d)), (floats{0.25f, 0, 0, -2}));
  EXPECT_EQ(values(safe_div(on(), 8, d, {.otherwise = 1e-6})), (floats{2, 1e-6f, 1e-6f, -4}));
}

TEST_P(Examples, CleansNanAndInfinity) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const tensor x = matrix({1, nan, 2, inf}, {4});
  EXPECT_EQ(values(where(on(), isfinite(x), x, 0)), (floats{1, 0, 2, 0}));
}

// The shape comes from the predicate, the dtype from the numbers.
TEST_P(Examples, MasksTheForeground) {
  const tensor label =
      to(on(), bitwhere::view(std::vector<std::int64_t>{0, 0, 1, 1, 1, 0}, {2, 3}));
  const tensor foreground = where(on(), label == 1, 1.0, 0.0);
  EXPECT_EQ(values(foreground), (floats{0, 0, 1, 1, 1, 0}));
  EXPECT_EQ(foreground.type(), f32);
  EXPECT_EQ(shape_of(foreground), (shape_t{2, 3}));
}

// The mean of a loss inside the foreground, and the sum of what is finite.
TEST_P(Examples, ReducesUnderACondition) {
  const tensor label =
      to(on(), bitwhere::view(std::vector<std::int64_t>{0, 0, 1, 1, 1, 0}, {2, 3}));
  const tensor loss = matrix({9, 9, 0.25f, 0.5f, 1.5f, 9}, {2, 3});
  EXPECT_EQ(mean(on(), loss, {.where = label == 1}).item<float>(), 0.75f);
  EXPECT_EQ(values(mean(on(), loss, {.where = label == 1, .dims = {1}})), (floats{0.25f, 1}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const tensor x = matrix({1, 2, nan, 4}, {4});
  EXPECT_EQ(sum(on(), x, {.where = isfinite(x)}).item<float>(), 7);
  EXPECT_EQ(mean(on(), x, {.where = isfinite(x)}).item<float>(), 2.3333333f);
  EXPECT_EQ(argmax(on(), x, {.where = isfinite(x)}).item<std::int64_t>(), 3);
  // Shards merge to the bits of one pass.
  partial all(on(), reducer::mean, matrix({1, 2}, {2}));
  all.merge(partial(on(), reducer::mean, matrix({4}, {1})));
  EXPECT_EQ(all.finish().item<float>(), 2.3333333f);
}

TEST_P(Examples, NamesWhatIsMisused) {
  const tensor x = matrix({1, 2, 3, 4, 5, 6}, {2, 3});
  const tensor y = matrix({1, 2}, {2});
  expect_error(errc::invalid_dtype, {"condition", "bool", "f32"}, [&] { where(on(), x, x, 0); });
  expect_error(errc::invalid_shape, {"y", "(2,)", "(2, 3)"}, [&] { where(on(), x > 0, x, y); });
  const tensor_view remote(x.data(), f32, x.shape(), {}, {BW_CUDA, 99});
  expect_error(errc::invalid_device, {"y", "cuda:99", on().device()},
               [&] { where(on(), x > 0, x, remote); });
  if (!on().is_cpu()) {
    const floats host(6);
    expect_error(errc::invalid_device, {"x", "cpu", on().device()}, [&] {
      where(on(), x > 0, bitwhere::view(host, {2, 3}), x);
    });
  }
  EXPECT_EQ(values(where(on(), x > 3, 1.0, 0.0)), (floats{0, 0, 0, 1, 1, 1}));
}

TEST_P(Examples, AccuracyWithoutIgnoredPixels) {
  const tensor prediction = to(on(), bitwhere::view(bytes{1, 2, 0, 0, 1, 2}, {2, 3}));
  const tensor target = to(on(), bitwhere::view(bytes{1, 255, 0, 0, 1, 255}, {2, 3}));
  const accuracy_result seen = accuracy(on(), prediction, target, {255});
  EXPECT_EQ(seen.correct, 4);
  EXPECT_EQ(seen.valid, 4);
  EXPECT_EQ(seen.ratio(), 1.0);
  const confusion counts =
      confusion_matrix(on(), prediction, target, {.classes = 3, .ignore = {255}});
  EXPECT_EQ(counts.accuracy(), 1.0);
  EXPECT_EQ(counts.mean_iou(), 1.0);
  EXPECT_EQ(counts.host_counts(), (std::vector<std::int64_t>{2, 0, 0, 0, 2, 0, 0, 0, 0}));
}

TEST_P(Examples, ColorsOfALabelMap) {
  const tensor labels = to(on(), bitwhere::view(bytes{0, 1, 2, 1, 2, 0}, {2, 3}));
  const colored seen = colorize(on(), labels, {{0, 0, 0}, {255, 0, 0}, {0, 255, 0}});
  EXPECT_EQ(shape_of(seen.image), (shape_t{2, 3, 3}));
  EXPECT_EQ(values<std::uint8_t>(seen.image),
            (bytes{0, 0, 0, 255, 0, 0, 0, 255, 0, 255, 0, 0, 0, 255, 0, 0, 0, 0}));
  EXPECT_EQ(seen.report.count(), 0);
}

TEST_P(Examples, AccuracyAndIouOfChosenClasses) {
  const tensor prediction = to(on(), bitwhere::view(bytes{0, 1, 1, 2, 2, 2, 0, 1}, {2, 4}));
  const tensor target = to(on(), bitwhere::view(bytes{0, 1, 2, 2, 2, 0, 255, 255}, {2, 4}));
  const confusion counts =
      confusion_matrix(on(), prediction, target, {.classes = 4, .ignore = {255}});
  const scores chosen = counts.ratios(score_options{.ignore = {255}, .selected = {1, 2}});
  EXPECT_EQ(chosen.valid, 4);
  EXPECT_EQ(chosen.correct, 3);
  EXPECT_EQ(chosen.accuracy, 0.75);
  EXPECT_EQ(chosen.class_iou[1], 0.5);
  EXPECT_EQ(chosen.class_iou[2], 0.5);
  EXPECT_EQ(chosen.mean_iou, 0.5);
  // The same from scores, whose largest is the prediction.
  floats one_hot(32, 0.0F);
  const bytes classes{0, 1, 1, 2, 2, 2, 0, 1};
  for (std::size_t i = 0; i < classes.size(); ++i) one_hot[classes[i] * 8 + i] = 1;
  const tensor logits = to(on(), bitwhere::view(one_hot, {1, 4, 2, 4}));
  const tensor batch = to(on(), bitwhere::view(bytes{0, 1, 2, 2, 2, 0, 255, 255}, {1, 2, 4}));
  EXPECT_EQ(confusion_matrix(on(), logits, batch, {.classes = 4, .ignore = {255}}).host_counts(),
            counts.host_counts());
}

INSTANTIATE_TEST_SUITE_P(Backends, Examples, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
