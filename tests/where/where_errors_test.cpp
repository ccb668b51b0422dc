// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <limits>

#include "../support/backends.hpp"
#include "../support/device_name.hpp"
#include "../support/errors.hpp"

// Misuse of where: a code, a text that names the argument, and outputs untouched.
namespace bitwhere::test {
namespace {

class WhereErrors : public testing::TestWithParam<std::string> {
 protected:
  context on{GetParam()};
  tensor x = to(on, bitwhere::view(std::vector<float>{1, 2, 3, 4}));
  tensor out = to(on, bitwhere::view(std::vector<float>{7, 7, 7, 7}));

  void TearDown() override {
    std::vector<float> host(4);
    copy(on, out, bitwhere::view(host));
    EXPECT_EQ(host, (std::vector<float>{7, 7, 7, 7})) << "a failing call wrote its output";
  }
};

TEST_P(WhereErrors, ConditionOfAnotherDtype) {
  expect_error(errc::invalid_dtype, {"condition", "bool", "f32"}, [&] { where(on, x, x, 0, out); });
  const tensor mask = to(on, bitwhere::view(std::vector<std::uint8_t>{1, 0, 1, 0}));
  expect_error(errc::invalid_dtype, {"condition", "u8", "x != 0"},
               [&] { where(on, mask, x, 0, out); });
}

TEST_P(WhereErrors, ShapesThatDoNotBroadcast) {
  const tensor three = to(on, bitwhere::view(std::vector<float>{1, 2, 3}));
  expect_error(errc::invalid_shape, {"y", "(3,)", "(4,)"}, [&] { where(on, x > 0, x, three); });
  expect_error(errc::invalid_shape, {"x", "(3,)", "condition"},
               [&] { where(on, x > 0, three, 0); });
}

TEST_P(WhereErrors, OutputOfAnotherShapeOrDtype) {
  const tensor five = empty(on, {5}, f32);
  expect_error(errc::invalid_shape, {"out", "(4,)", "(5,)"}, [&] { where(on, x > 0, x, 0, five); });
  const tensor doubles = empty(on, {4}, f64);
  expect_error(errc::invalid_dtype, {"out", "f32", "f64"},
               [&] { where(on, x > 0, x, 0, doubles); });
}

TEST_P(WhereErrors, OutputThatOverlaps) {
  const auto shifted = [&](std::int64_t by) {
    return tensor_view(static_cast<float*>(x.data()) + by, f32, shape_t{3}, {}, on.memory());
  };
  expect_error(errc::overlap, {"out", "x"},
               [&] { where(on, shifted(0) > 0, shifted(0), 0, shifted(1)); });
  expect_error(errc::overlap, {"out"}, [&] {
    where(on, x > 0, 1.0, 0.0, tensor_view(out.data(), f32, shape_t{4}, shape_t{0}, on.memory()));
  });
  expect_error(errc::overlap, {"out"}, [&] {
    const tensor_view windows(out.data(), f32, shape_t{2, 2}, shape_t{1, 1}, on.memory());
    where(on, tensor_view(x.data(), f32, shape_t{2, 2}, {}, on.memory()) > 0, 1.0, 0.0, windows);
  });
}

TEST_P(WhereErrors, OutputThatIsReadOnly) {
  const std::vector<float> constant(4);
  expect_error(errc::read_only, {"out"}, [&] { where(on, x > 0, x, 0, bitwhere::view(constant)); });
}

TEST_P(WhereErrors, NullDataWithElements) {
  const tensor_view nothing(nullptr, f32, shape_t{4}, {}, on.memory());
  expect_error(errc::invalid_argument, {"x", "NULL", "(4,)"},
               [&] { where(on, x > 0, nothing, 0, out); });
}

TEST_P(WhereErrors, SizesThatAreNegativeOrOverflow) {
  const shape_t negative{4, -1};
  expect_error(errc::invalid_shape, {"x", "-1", "dimension 1"},
               [&] { where(on, x > 0, tensor_view(x.data(), f32, negative, {}, on.memory()), 0); });
  const shape_t huge{1LL << 40, 1LL << 40};
  expect_error(errc::invalid_shape, {"x", "too many elements"},
               [&] { where(on, x > 0, tensor_view(x.data(), f32, huge, {}, on.memory()), 0); });
  const shape_t far{2, 2};
  const shape_t strides{std::numeric_limits<std::int64_t>::max() / 2, 1};
  expect_error(errc::invalid_shape, {"x", "stride"},
               [&] { where(on, x > 0, tensor_view(x.data(), f32, far, strides, on.memory()), 0); });
}

TEST_P(WhereErrors, DtypesAndLanesThatAreNotSupported) {
  const auto with = [&](bw_dtype type) {
    return tensor_view(x.data(), dtype(type), shape_t{1}, {}, on.memory());
  };
  expect_error(errc::invalid_dtype, {"x", "lanes"}, [&] {
    where(on, x > 0, with({BW_FLOAT, 32, 4}), 0);
  });
  expect_error(errc::invalid_dtype, {"x", "64 bits"}, [&] {
    where(on, x > 0, with({BW_UINT, 64, 1}), 0);
  });
}

TEST_P(WhereErrors, ScalarsThatDoNotFit) {
  const auto of = [&](dtype type) { return empty(on, {4}, type); };
  const auto refuse = [&](dtype type, const scalar& s, const char* text) {
    expect_error(errc::out_of_range, {"y", text}, [&] { where(on, x > 0, of(type), s); });
  };
  refuse(u8, 300, "300");
  refuse(u8, -1, "-1");
  refuse(i8, 1LL << 40, "i8");
  refuse(i32, 1LL << 31, "i32");
  refuse(f16, 1e6, "f16");
  refuse(f32, 1e300, "f32");
  refuse(c64, std::complex<double>(0, 1e300), "c64");
  refuse(i64, 1e300, "f32");
  refuse(f16, 1 << 20, "f16");
  expect_error(errc::invalid_dtype, {"f16", "complex32"},
               [&] { where(on, x > 0, of(f16), std::complex<float>(0, 1)); });
  // Infinity is not an overflow.
  where(on, x > 0, of(f16), std::numeric_limits<double>::infinity());
}

// A pointer is no scalar, and a comparison of comparisons is none.
static_assert(!std::is_convertible_v<const char*, scalar>);
static_assert(!std::is_convertible_v<int*, operand>);
static_assert(!std::is_convertible_v<float, tensor_view>);
template <class X>
concept chains = requires(X x) {
  0 < x < 1;
};
template <class X>
concept meets_bool = requires(X x) {
  (x > 0) && true;
};
static_assert(!chains<tensor_view> && !chains<tensor>);
static_assert(!meets_bool<tensor>);
static_assert(!std::is_convertible_v<condition, bool>);

TEST_P(WhereErrors, ConditionsThatAreNoTrees) {
  const bw_tensor c = x.c();
  const bw_tensor c_out = out.c();
  const bw_operand zero = {nullptr, scalar(0).c()};
  const auto refused = [&](const bw_condition& condition, const char* text) {
    EXPECT_EQ(bw_where(on.get(), &condition, {&c, {}}, zero, &c_out), BW_INVALID_ARGUMENT);
    EXPECT_NE(std::string(bw_message(on.get())).find(text), std::string::npos)
        << bw_message(on.get());
  };
  bw_condition positive = {sizeof(positive), BW_GT, 0, &c, zero, nullptr, nullptr};
  refused({sizeof(positive), BW_AND, 0, nullptr, {}, &positive, nullptr}, "NULL");
  refused({sizeof(positive), BW_NOT, 0, nullptr, {}, nullptr, nullptr}, "NULL");
  refused({sizeof(positive), BW_ISNAN, 0, nullptr, {}, nullptr, nullptr}, "NULL");
  bw_condition circle = {sizeof(circle), BW_NOT, 0, nullptr, {}, nullptr, nullptr};
  circle.left = &circle;
  refused(circle, "deeper");
  condition many = x > 0;
  for (int k = 1; k < BW_MAX_LEAVES; ++k) many = many && x < k;
  where(on, many, x, 0);
  expect_error(errc::invalid_argument, {"condition", "8 leaves"},
               [&] { where(on, many || x > 1, x, 0); });
}

TEST_P(WhereErrors, LeavesAreNamed) {
  const tensor three = to(on, bitwhere::view(std::vector<float>{1, 2, 3}));
  expect_error(errc::invalid_shape, {"condition's 2nd leaf", "(3,)", "(4,)"},
               [&] { where(on, x > 0 && three > 0, x, 0); });
  expect_error(errc::invalid_shape, {"condition's right side", "(3,)"},
               [&] { where(on, x > three, x, 0); });
  expect_error(errc::invalid_dtype, {"condition", "f32"}, [&] { where(on, x > 0 || x, x, 0); });
}

// What to allocate is asked first: every error comes before any memory is taken.
TEST_P(WhereErrors, AreFoundWithoutAnOutput) {
  const tensor integers = empty(on, {4}, i32);
  const bw_tensor c_integers = integers.c();
  const condition above = x > 0;
  const condition::c_tree c_above(above);
  bw_dtype type = {};
  std::int32_t ndim = 0;
  std::int64_t shape[BW_MAX_RANK];
  const auto result = [&](const scalar& y) {
    return bw_where_result(c_above.get(), {&c_integers, {}}, {nullptr, y.c()}, &type, &ndim, shape);
  };
  const bw_tensor c_x = x.c();
  EXPECT_EQ(bw_where_result(nullptr, {&c_x, {}}, {&c_x, {}}, &type, &ndim, shape),
            BW_INVALID_ARGUMENT);
  EXPECT_EQ(result(1LL << 40), BW_OUT_OF_RANGE);
  EXPECT_EQ(result(1.5), BW_OK);
  EXPECT_TRUE(dtype(type) == f32);
  EXPECT_EQ(result(7), BW_OK);
  EXPECT_EQ(ndim, 1);
  EXPECT_EQ(shape[0], 4);
  EXPECT_TRUE(dtype(type) == i32);
}

TEST_P(WhereErrors, ScalarsAreNamedShortly) {
  expect_error(errc::out_of_range, {"1e+300"}, [&] { where(on, x > 0, x, 1e300); });
}

TEST_P(WhereErrors, ComplexComparison) {
  const tensor c = empty(on, {4}, c64);
  expect_error(errc::invalid_dtype, {"condition", "c64"}, [&] { where(on, c > 0, 1, 0); });
  expect_error(errc::invalid_dtype, {"condition", "complex"},
               [&] { where(on, condition(BW_LT, x, std::complex<float>(1, 1)), 1, 0); });
}

TEST_P(WhereErrors, TensorsElsewhere) {
  const bw_device away = {BW_CUDA, 77};
  const tensor_view remote(x.data(), f32, shape_t{4}, {}, away);
  expect_error(errc::invalid_device, {"x", "cuda:77", GetParam()},
               [&] { where(on, x > 0, remote, 0, out); });
  if (!on.is_cpu()) {
    std::vector<float> host(4);
    expect_error(errc::invalid_device, {"x", "cpu", GetParam()},
                 [&] { where(on, x > 0, bitwhere::view(host), 0, out); });
  }
}

TEST_P(WhereErrors, StructsOfAnotherSize) {
  const bw_tensor c = x.c();
  const bw_tensor c_out = out.c();
  const bw_operand zero = {nullptr, scalar(0).c()};
  bw_condition condition = {0, BW_GT, 0, &c, zero, nullptr, nullptr};
  EXPECT_EQ(bw_where(on.get(), &condition, {&c, {}}, {&c, {}}, &c_out), BW_INVALID_ARGUMENT);
  EXPECT_NE(std::string(bw_message(on.get())).find("struct_bytes"), std::string::npos);
  condition = {sizeof(condition), 99, 0, &c, zero, nullptr, nullptr};
  EXPECT_EQ(bw_where(on.get(), &condition, {&c, {}}, {&c, {}}, &c_out), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_where(on.get(), nullptr, {&c, {}}, {&c, {}}, &c_out), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_where(nullptr, &condition, {&c, {}}, {&c, {}}, &c_out), BW_INVALID_ARGUMENT);
  condition = {sizeof(condition), BW_GT, 0, &c, zero, nullptr, nullptr};
  EXPECT_EQ(bw_where(on.get(), &condition, {&c, {}}, {&c, {}}, nullptr), BW_INVALID_ARGUMENT);
}

INSTANTIATE_TEST_SUITE_P(Devices, WhereErrors, testing::ValuesIn(devices()), device_name);

}  // namespace
}  // namespace bitwhere::test
