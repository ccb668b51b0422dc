// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <complex>

#include "../support/device_name.hpp"
#include "../support/errors.hpp"

// Misuse of the elementwise functions: a code, a text that names the argument, and an output
// untouched.
namespace bitwhere::test {
namespace {

class ElementwiseErrors : public testing::TestWithParam<std::string> {
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

TEST_P(ElementwiseErrors, DtypesThatHaveNoSuchFunction) {
  const tensor integers = empty(on, {4}, i32);
  expect_error(errc::invalid_dtype, {"x", "f32", "i32"}, [&] { (void)exp(on, integers); });
  const tensor complex = empty(on, {4}, c64);
  expect_error(errc::invalid_dtype, {"x", "c64"}, [&] { (void)softplus(on, complex); });
  expect_error(errc::invalid_dtype, {"x, y", "complex"}, [&] { (void)safe_div(on, x, complex); });
  expect_error(errc::invalid_dtype, {"x, y", "complex"},
               [&] { (void)safe_div(on, x, std::complex<double>(0, 1)); });
}

TEST_P(ElementwiseErrors, OutputsOfAnotherDtypeOrShape) {
  const tensor five = empty(on, {5}, f32);
  expect_error(errc::invalid_shape, {"out", "(4,)", "(5,)"}, [&] { log(on, x, {}, five); });
  const tensor doubles = empty(on, {4}, f64);
  expect_error(errc::invalid_dtype, {"out", "f32", "f64"}, [&] { log(on, x, {}, doubles); });
  expect_error(errc::invalid_dtype, {"out", "f32", "f64"},
               [&] { safe_div(on, x, 2, {}, doubles); });
  const std::vector<float> constant(4);
  expect_error(errc::read_only, {"out"}, [&] { log(on, x, {}, bitwhere::view(constant)); });
}

TEST_P(ElementwiseErrors, ShapesThatDoNotBroadcast) {
  const tensor three = empty(on, {3}, f32);
  expect_error(errc::invalid_shape, {"x", "condition"},
               [&] { (void)log(on, x, {.where = three > 0}); });
  expect_error(errc::invalid_shape, {"y", "x"}, [&] { (void)safe_div(on, x, three); });
}

TEST_P(ElementwiseErrors, OutputsThatOverlap) {
  const auto part = [&](std::int64_t from) {
    return tensor_view(static_cast<float*>(out.data()) + from, f32, shape_t{3}, {}, on.memory());
  };
  expect_error(errc::overlap, {"out", "x"}, [&] { exp(on, part(0), {}, part(1)); });
  expect_error(errc::overlap, {"out", "y"}, [&] { safe_div(on, 1, part(0), {}, part(1)); });
  const tensor three = empty(on, {3}, f32);
  expect_error(errc::overlap, {"out"}, [&] { exp(on, three, {.where = part(0) > 0}, part(1)); });
  const tensor_view still(out.data(), f32, shape_t{4}, shape_t{0}, on.memory());
  expect_error(errc::overlap, {"out"}, [&] { exp(on, x, {}, still); });
}

TEST_P(ElementwiseErrors, ValuesThatDoNotFit) {
  const tensor halves = empty(on, {4}, f16);
  expect_error(errc::out_of_range, {"otherwise", "f16"},
               [&] { (void)exp(on, halves, {.otherwise = 1e6}); });
  expect_error(errc::invalid_dtype, {"otherwise"},
               [&] { (void)exp(on, x, {.otherwise = std::complex<double>(0, 1)}); });
  expect_error(errc::out_of_range, {"y", "f16"}, [&] { (void)safe_div(on, halves, 1e6); });
}

TEST_P(ElementwiseErrors, StructsAndNumbersThatAreUnknown) {
  const bw_tensor c_x = x.c();
  const bw_tensor c_out = out.c();
  const auto code = [](bw_status status) { return static_cast<int>(status); };
  EXPECT_EQ(code(bw_elementwise(on.get(), 6, &c_x, nullptr, &c_out)), BW_INVALID_ARGUMENT);
  EXPECT_EQ(code(bw_elementwise(on.get(), -1, &c_x, nullptr, &c_out)), BW_INVALID_ARGUMENT);
  EXPECT_EQ(code(bw_elementwise(on.get(), BW_EXP, nullptr, nullptr, &c_out)), BW_INVALID_ARGUMENT);
  EXPECT_EQ(code(bw_elementwise(on.get(), BW_EXP, &c_x, nullptr, nullptr)), BW_INVALID_ARGUMENT);
  bw_guard unsized = {};
  EXPECT_EQ(code(bw_elementwise(on.get(), BW_EXP, &c_x, &unsized, &c_out)), BW_INVALID_ARGUMENT);
  bw_scalar strange = {};
  strange.kind = 9;
  const bw_guard odd = {sizeof(bw_guard), nullptr, &strange};
  EXPECT_EQ(code(bw_elementwise(on.get(), BW_EXP, &c_x, &odd, &c_out)), BW_INVALID_ARGUMENT);
  EXPECT_EQ(code(bw_elementwise(nullptr, BW_EXP, &c_x, nullptr, &c_out)), BW_INVALID_ARGUMENT);
  const bw_operand number = {nullptr, scalar(1).c()};
  bw_dtype type;
  std::int32_t rank;
  std::int64_t shape[BW_MAX_RANK];
  EXPECT_EQ(code(bw_elementwise_result(number, nullptr, nullptr, &type, &rank, shape)),
            BW_INVALID_ARGUMENT)
      << "a function of a scalar";
  EXPECT_EQ(code(bw_elementwise_result({&c_x, {}}, nullptr, nullptr, nullptr, &rank, shape)),
            BW_INVALID_ARGUMENT);
}

INSTANTIATE_TEST_SUITE_P(Devices, ElementwiseErrors, testing::ValuesIn(devices()), device_name);

}  // namespace
}  // namespace bitwhere::test
