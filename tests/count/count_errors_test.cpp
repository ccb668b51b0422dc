// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include "../support/device_name.hpp"
#include "../support/errors.hpp"

// Misuse of count_nonzero: a code, a text that names what is wrong, and an output untouched.
namespace bitwhere::test {
namespace {

class CountErrors : public testing::TestWithParam<std::string> {
 protected:
  context on{GetParam()};
  tensor x = to(on, bitwhere::view(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}));
  tensor out = to(on, bitwhere::view(std::vector<std::int64_t>{7, 7, 7}));

  void TearDown() override {
    std::vector<std::int64_t> host(3);
    copy(on, out, bitwhere::view(host));
    EXPECT_EQ(host, (std::vector<std::int64_t>{7, 7, 7})) << "a failing call wrote its output";
  }
};

TEST_P(CountErrors, DimensionsOutOfRange) {
  for (const std::int32_t d : {2, 3, -3, INT32_MAX, INT32_MIN}) {
    expect_error(errc::invalid_argument, {"over", std::to_string(d), "(2, 3)"},
                 [&] { count_nonzero(on, x != 0, {.dims = {d}}, out); });
    expect_error(errc::invalid_argument, {"over", std::to_string(d)}, [&] {
      count_nonzero(on, x != 0, {.dims = {0, d}});
    });
  }
}

TEST_P(CountErrors, DimensionsNamedTwice) {
  for (const std::vector<std::int32_t>& dims :
       {std::vector<std::int32_t>{0, 0}, {0, -2}, {1, 0, -1}}) {
    expect_error(errc::invalid_argument, {"over", "twice"},
                 [&] { count_nonzero(on, x != 0, {dims}, out); });
  }
}

TEST_P(CountErrors, OutputsOfAnotherDtypeOrShape) {
  const tensor narrow = empty(on, {3}, i32);
  expect_error(errc::invalid_dtype, {"out", "i64", "i32"},
               [&] { count_nonzero(on, x != 0, {.dims = {0}}, narrow); });
  expect_error(errc::invalid_shape, {"out", "(2,)", "(3,)"},
               [&] { count_nonzero(on, x != 0, {.dims = {1}}, out); });
  expect_error(errc::invalid_shape, {"out", "(1, 3)", "(3,)"},
               [&] { count_nonzero(on, x != 0, {.dims = {0}, .keepdim = true}, out); });
  expect_error(errc::invalid_shape, {"out", "()"}, [&] { count_nonzero(on, x != 0, {}, out); });
}

TEST_P(CountErrors, OutputsThatOverlap) {
  const tensor_view labels(out.data(), i64, shape_t{2, 3}, shape_t{0, 1}, on.memory());
  expect_error(errc::overlap, {"out", "condition"},
               [&] { count_nonzero(on, labels != 0, {.dims = {0}}, out); });
  const tensor_view still(out.data(), i64, shape_t{3}, shape_t{0}, on.memory());
  expect_error(errc::overlap, {"out"}, [&] { count_nonzero(on, x != 0, {.dims = {0}}, still); });
}

TEST_P(CountErrors, ConditionsThatAreNone) {
  expect_error(errc::invalid_dtype, {"condition", "f32"},
               [&] { count_nonzero(on, condition(x), {.dims = {0}}, out); });
  const bw_tensor c_out = out.c();
  EXPECT_EQ(bw_count_nonzero(on.get(), nullptr, nullptr, &c_out), BW_INVALID_ARGUMENT);
  const condition holds = x != 0;
  const condition::c_tree c(holds);
  EXPECT_EQ(bw_count_nonzero(on.get(), c.get(), nullptr, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_count_nonzero(nullptr, c.get(), nullptr, &c_out), BW_INVALID_ARGUMENT);
  bw_reduction over = {sizeof(over), nullptr, 1, 0, 0};
  EXPECT_EQ(bw_count_nonzero(on.get(), c.get(), &over, &c_out), BW_INVALID_ARGUMENT);
  over = {0, nullptr, 0, 0, 0};
  EXPECT_EQ(bw_count_nonzero(on.get(), c.get(), &over, &c_out), BW_INVALID_ARGUMENT);
}

TEST_P(CountErrors, TensorsElsewhere) {
  const tensor_view remote(x.data(), f32, shape_t{2, 3}, {}, {BW_CUDA, 77});
  expect_error(errc::invalid_device, {"condition", "cuda:77"},
               [&] { count_nonzero(on, remote != 0, {.dims = {0}}, out); });
  const tensor_view away(out.data(), i64, shape_t{3}, {}, {BW_CUDA, 77});
  expect_error(errc::invalid_device, {"out", "cuda:77"},
               [&] { count_nonzero(on, x != 0, {.dims = {0}}, away); });
}

TEST_P(CountErrors, ShapesAreKnownBeforeMemoryIs) {
  const condition some = x != 0;
  const condition::c_tree c(some);
  const std::int32_t dims[] = {-1};
  bw_reduction over = {sizeof(over), dims, 1, 1, 0};
  std::int32_t ndim = 0;
  std::int64_t shape[BW_MAX_RANK] = {};
  EXPECT_EQ(bw_count_nonzero_result(c.get(), &over, &ndim, shape), BW_OK);
  EXPECT_EQ(ndim, 2);
  EXPECT_EQ(shape[0], 2);
  EXPECT_EQ(shape[1], 1);
  EXPECT_EQ(bw_count_nonzero_result(c.get(), nullptr, &ndim, shape), BW_OK);
  EXPECT_EQ(ndim, 0);
  EXPECT_EQ(bw_count_nonzero_result(c.get(), &over, nullptr, shape), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_count_nonzero_result(nullptr, &over, &ndim, shape), BW_INVALID_ARGUMENT);
}

INSTANTIATE_TEST_SUITE_P(Devices, CountErrors, testing::ValuesIn(devices()), device_name);

}  // namespace
}  // namespace bitwhere::test
