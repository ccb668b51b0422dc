// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <limits>

#include "../support/device_name.hpp"
#include "../support/errors.hpp"

// Misuse of binary losses: a code, a text that names what is wrong, and an output untouched.
namespace bitwhere::test {
namespace {

class BinaryLossErrors : public testing::TestWithParam<std::string> {
 protected:
  context on{GetParam()};
  tensor x = to(on, bitwhere::view(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}));
  tensor t = to(on, bitwhere::view(std::vector<float>{0, 1, 0, 1, 0, 1}, {2, 3}));
  tensor out = to(on, bitwhere::view(std::vector<float>{7}));

  void TearDown() override {
    std::vector<float> host(1);
    copy(on, out, bitwhere::view(host));
    EXPECT_EQ(host[0], 7.0f) << "a failing call wrote its output";
  }
  tensor_view result() {
    return {out.data(), f32, std::span<const std::int64_t>{}, {}, out.device()};
  }
  void refused(errc code, std::initializer_list<std::string> parts, const tensor_view& values,
               const tensor_view& target, const binary_loss_options& options = {}) {
    expect_error(code, parts,
                 [&] { binary_cross_entropy_with_logits(on, values, target, options, result()); });
  }
};

TEST_P(BinaryLossErrors, Dtypes) {
  const tensor integers = empty(on, {2, 3}, i32);
  const tensor complex = empty(on, {2, 3}, c64);
  refused(errc::invalid_dtype, {"x", "i32", "f16"}, integers, t);
  refused(errc::invalid_dtype, {"x", "c64"}, complex, t);
  refused(errc::invalid_dtype, {"target", "c64"}, x, complex);
  refused(errc::invalid_dtype, {"weight", "i32"}, x, t, {.weight = integers});
  refused(errc::invalid_dtype, {"pos_weight", "i32"}, x, t, {.pos_weight = integers});
  expect_error(errc::invalid_dtype, {"out", "i64"},
               [&] { binary_cross_entropy(on, x, t, {}, empty(on, {}, i64)); });
  expect_error(errc::invalid_dtype, {"out", "f32", "f64"}, [&] {
    binary_cross_entropy(on, x, t, {.reduction = loss_reduction::none}, empty(on, {2, 3}, f64));
  });
}

TEST_P(BinaryLossErrors, Shapes) {
  const tensor row = empty(on, {3}, f32);
  const tensor four = empty(on, {4}, f32);
  const tensor cube = empty(on, {5, 2, 3}, f32);
  refused(errc::invalid_shape, {"target", "(3,)", "(2, 3)"}, x, row);
  refused(errc::invalid_shape, {"weight", "(4,)"}, x, t, {.weight = four});
  refused(errc::invalid_shape, {"weight", "(5, 2, 3)", "(2, 3)"}, x, t, {.weight = cube});
  refused(errc::invalid_shape, {"pos_weight", "(5, 2, 3)"}, x, t, {.pos_weight = cube});
  refused(errc::invalid_shape, {"(5, 2, 3)", "(2, 3)"}, x, t, {.mask = cube > 0});
  expect_error(errc::invalid_shape, {"out", "(3,)"},
               [&] { binary_cross_entropy(on, x, t, {}, row); });
}

TEST_P(BinaryLossErrors, Options) {
  const auto bad = errc::invalid_argument;
  refused(bad, {"denominator_eps", "-1"}, x, t, {.denominator_eps = -1});
  refused(bad, {"denominator_eps"}, x, t,
          {.denominator_eps = std::numeric_limits<double>::quiet_NaN()});
  refused(bad, {"denominator_eps", "means"}, x, t,
          {.reduction = loss_reduction::sum, .denominator_eps = 1});
  refused(bad, {"normaliser", "means"}, x, t,
          {.reduction = loss_reduction::sum, .over = normaliser::all});
  refused(bad, {"denominator", "-3"}, x, t, {.over = normaliser::given, .denominator = -3});
  refused(bad, {"denominator"}, x, t, {.denominator = 3});
  refused(bad, {"normaliser", "9"}, x, t, {.over = static_cast<normaliser>(9)});
  refused(bad, {"reduction", "-1"}, x, t, {.reduction = static_cast<loss_reduction>(-1)});
  refused(bad, {"empty_mean", "5"}, x, t, {.empty = static_cast<empty_mean>(5)});
  refused(bad, {"first_element", "-1"}, x, t, {.first_element = -1});
  refused(bad, {"ignore_count", "9"}, x, t, {.ignore = std::vector<std::int64_t>(9, 3)});
  refused(bad, {"leaves"}, x, t, {.mask = x > 0, .ignore = std::vector<std::int64_t>(8, 3)});
  const auto focal = [&](const binary_loss_options& options) {
    sigmoid_focal_loss(on, x, t, options, result());
  };
  expect_error(bad, {"gamma"}, [&] { focal({.gamma = -1}); });
  expect_error(bad, {"alpha", "2"}, [&] { focal({.alpha = 2}); });
  expect_error(bad, {"eps"}, [&] { binary_cross_entropy_eps(on, x, t, {.eps = -1}, result()); });
  const bw_tensor c_x = x.c();
  const bw_tensor c_out = result().c();
  EXPECT_EQ(bw_binary_loss(on.get(), 6, &c_x, &c_x, nullptr, nullptr, &c_out, nullptr),
            BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_binary_loss(on.get(), 0, nullptr, &c_x, nullptr, nullptr, &c_out, nullptr),
            BW_INVALID_ARGUMENT);
  const bw_loss_options unset = {};
  EXPECT_EQ(bw_binary_loss(on.get(), 0, &c_x, &c_x, nullptr, &unset, &c_out, nullptr),
            BW_INVALID_ARGUMENT);
}

TEST_P(BinaryLossErrors, OutputsThatOverlap) {
  const std::int64_t none[1] = {};
  const tensor_view first(x.data(), f32, std::span<const std::int64_t>(none, std::size_t{0}), {},
                          x.device());
  expect_error(errc::overlap, {"out", "x"}, [&] { binary_cross_entropy(on, x, t, {}, first); });
  expect_error(errc::overlap, {"out", "x"},
               [&] { binary_cross_entropy(on, x, t, {.reduction = loss_reduction::none}, x); });
}

TEST_P(BinaryLossErrors, SoftDice) {
  const auto refuses = [&](std::initializer_list<std::string> parts,
                           const binary_loss_options& options) {
    expect_error(errc::invalid_argument, parts,
                 [&] { soft_dice_loss(on, t, t, options, result()); });
  };
  refuses({"Dice", "reduction"}, {.reduction = loss_reduction::sum});
  refuses({"Dice", "reduction"}, {.reduction = loss_reduction::none});
  refuses({"Dice", "normaliser"}, {.over = normaliser::all});
  refuses({"pos_weight", "Dice"}, {.pos_weight = t});
}

INSTANTIATE_TEST_SUITE_P(Devices, BinaryLossErrors, testing::ValuesIn(devices()), device_name);

}  // namespace
}  // namespace bitwhere::test
