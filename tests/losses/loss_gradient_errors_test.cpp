// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include "../support/device_name.hpp"
#include "../support/errors.hpp"

// What gradients of losses refuse.
namespace bitwhere::test {
namespace {

class LossGradientErrors : public testing::TestWithParam<std::string> {
 protected:
  context on_{GetParam()};
};

TEST_P(LossGradientErrors, NameWhatIsWrong) {
  const tensor x = to(on_, bitwhere::view(std::vector<float>{1, 2, 3, 1, 0, -1}, {2, 3}));
  const tensor y = to(on_, bitwhere::view(std::vector<std::int64_t>{2, 0}));
  const tensor good = empty(on_, {2, 3}, f32);
  const tensor one = to(on_, bitwhere::view(std::vector<float>{1}, {}));
  const tensor pair = to(on_, bitwhere::view(std::vector<float>{1, 2}));
  const auto refused = [&](errc code, const std::string& text, const class_loss_options& options) {
    expect_error(code, {text}, [&] { cross_entropy(on_, x, y, options); });
  };
  refused(errc::invalid_shape, "gradient", {.gradient = pair});
  refused(errc::invalid_dtype, "gradient", {.gradient = empty(on_, {2, 3}, f64)});
  refused(errc::invalid_argument, "upstream is for a gradient", {.upstream = one});
  refused(errc::invalid_shape, "upstream", {.gradient = good, .upstream = pair});
  refused(errc::invalid_argument, "divisor", {.gradient = good, .divisor = one});
  refused(errc::invalid_argument, "divisor", {.over = normaliser::tensor});
  refused(errc::invalid_shape, "divisor", {.over = normaliser::tensor, .divisor = pair});
  refused(errc::invalid_dtype, "divisor",
          {.over = normaliser::tensor, .divisor = empty(on_, {}, f16)});
  refused(errc::invalid_argument, "BW_LOSS_WEIGHTS has no gradient",
          {.reduction = loss_reduction::weights, .gradient = good});
  const std::int64_t shape[] = {2, 2};
  const std::int64_t strides[] = {3, 1};
  const tensor_view some_x(x.data(), f32, shape, strides, x.device());
  const tensor_view shifted(static_cast<float*>(x.data()) + 1, f32, shape, strides, x.device());
  expect_error(errc::overlap, {"gradient", "x"},
               [&] { cross_entropy(on_, some_x, y, {.gradient = shifted}); });
  const tensor p = to(on_, bitwhere::view(std::vector<float>{0.5f, 0.25f}));
  expect_error(errc::invalid_argument, {"gradient of soft Dice"}, [&] {
    soft_dice_loss(on_, p, p, {.reduction = loss_reduction::partial, .gradient = pair});
  });
  // What a mean is divided by is read while gradients and counts are written.
  const tensor_view inside(good.data(), f32, shape_t{}, {}, on_.memory());
  expect_error(errc::overlap, {"gradient", "divisor"}, [&] {
    cross_entropy(on_, x, y, {.over = normaliser::tensor, .gradient = good, .divisor = inside});
  });
  expect_error(errc::overlap, {"gradient", "divisor"}, [&] {
    binary_cross_entropy_with_logits(
        on_, x, x, {.over = normaliser::tensor, .gradient = good, .divisor = inside});
  });
  expect_error(errc::overlap, {"gradient", "target"},
               [&] { binary_cross_entropy(on_, pair, p, {.gradient = p}); });
}

INSTANTIATE_TEST_SUITE_P(Devices, LossGradientErrors, testing::ValuesIn(devices()), device_name);

}  // namespace
}  // namespace bitwhere::test
