// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <complex>
#include <limits>

#include "../support/device_name.hpp"
#include "../support/errors.hpp"

// Misuse of nan_to_num: a code, a text that names the argument, and an output untouched.
namespace bitwhere::test {
namespace {

class NanToNumErrors : public testing::TestWithParam<std::string> {
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

TEST_P(NanToNumErrors, ReplacementsThatDoNotFit) {
  const tensor halves = empty(on, {4}, f16);
  expect_error(errc::out_of_range, {"nan", "f16"},
               [&] { (void)nan_to_num(on, halves, {.nan = 1e6}); });
  expect_error(errc::out_of_range, {"posinf", "f16"},
               [&] { (void)nan_to_num(on, halves, {.posinf = 1 << 20}); });
  expect_error(errc::out_of_range, {"neginf", "f32", "1e+300"},
               [&] { nan_to_num(on, x, {.neginf = 1e300}, out); });
  const tensor complex = empty(on, {4}, c64);
  expect_error(errc::out_of_range, {"posinf"},
               [&] { (void)nan_to_num(on, complex, {.posinf = 1e300}); });
}

TEST_P(NanToNumErrors, ReplacementsThatAreComplex) {
  const std::complex<double> i(0, 1);
  expect_error(errc::invalid_dtype, {"nan", "real"}, [&] { nan_to_num(on, x, {.nan = i}, out); });
  const tensor complex = empty(on, {4}, c64);
  expect_error(errc::invalid_dtype, {"neginf", "real"},
               [&] { (void)nan_to_num(on, complex, {.neginf = i}); });
  const tensor integers = empty(on, {4}, i32);
  expect_error(errc::invalid_dtype, {"posinf", "real"},
               [&] { (void)nan_to_num(on, integers, {.posinf = i}); });
}

TEST_P(NanToNumErrors, OutputsOfAnotherDtypeOrShape) {
  const tensor five = empty(on, {5}, f32);
  expect_error(errc::invalid_shape, {"out", "(4,)", "(5,)"}, [&] { nan_to_num(on, x, {}, five); });
  const tensor doubles = empty(on, {4}, f64);
  expect_error(errc::invalid_dtype, {"out", "f32", "f64"}, [&] { nan_to_num(on, x, {}, doubles); });
  const std::vector<float> constant(4);
  expect_error(errc::read_only, {"out"}, [&] { nan_to_num(on, x, {}, bitwhere::view(constant)); });
}

TEST_P(NanToNumErrors, OutputsThatOverlap) {
  const auto part = [&](std::int64_t from) {
    return tensor_view(static_cast<float*>(out.data()) + from, f32, shape_t{3}, {}, on.memory());
  };
  expect_error(errc::overlap, {"out", "x"}, [&] { nan_to_num(on, part(0), {}, part(1)); });
  const tensor_view still(out.data(), f32, shape_t{4}, shape_t{0}, on.memory());
  expect_error(errc::overlap, {"out"}, [&] { nan_to_num(on, x, {}, still); });
}

TEST_P(NanToNumErrors, CountersThatOverlapOrAreMisaligned) {
  const auto at = [&](const tensor& of, std::size_t byte) {
    return reinterpret_cast<bw_replaced*>(static_cast<std::uint8_t*>(of.data()) + byte);
  };
  const tensor room = empty(on, {64}, u8);
  for (const std::size_t byte : {std::size_t{1}, std::size_t{4}}) {
    expect_error(errc::invalid_argument, {"replaced", "8"},
                 [&] { nan_to_num(on, x, {}, out, at(room, byte)); });
  }
  expect_error(errc::overlap, {"replaced"}, [&] { nan_to_num(on, x, {}, out, at(out, 0)); });
  expect_error(errc::overlap, {"replaced"}, [&] { nan_to_num(on, x, {}, out, at(x, 8)); });
}

TEST_P(NanToNumErrors, TensorsElsewhere) {
  const tensor_view remote(x.data(), f32, shape_t{4}, {}, {BW_CUDA, 77});
  expect_error(errc::invalid_device, {"x", "cuda:77"}, [&] { nan_to_num(on, remote, {}, out); });
  expect_error(errc::invalid_device, {"out", "cuda:77"}, [&] { nan_to_num(on, x, {}, remote); });
}

TEST_P(NanToNumErrors, StructsOfAnotherSize) {
  const bw_tensor c_x = x.c();
  const bw_tensor c_out = out.c();
  const bw_nan_to_num_options options = {};
  EXPECT_EQ(bw_nan_to_num(on.get(), &c_x, &options, &c_out, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_nan_to_num(on.get(), nullptr, nullptr, &c_out, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_nan_to_num(on.get(), &c_x, nullptr, nullptr, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_nan_to_num(nullptr, &c_x, nullptr, &c_out, nullptr), BW_INVALID_ARGUMENT);
  const bw_scalar unknown = {17, 0, {.integer = 0}};
  const bw_nan_to_num_options odd = {sizeof(odd), &unknown, nullptr, nullptr, 0, 0};
  EXPECT_EQ(bw_nan_to_num(on.get(), &c_x, &odd, &c_out, nullptr), BW_INVALID_ARGUMENT);
}

INSTANTIATE_TEST_SUITE_P(Devices, NanToNumErrors, testing::ValuesIn(devices()), device_name);

}  // namespace
}  // namespace bitwhere::test
