// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include "../support/device_name.hpp"
#include "../support/errors.hpp"

// Misuse of the gradients of operations: a code, a text that names the argument, and outputs
// untouched.
namespace bitwhere::test {
namespace {

class OperationGradientErrors : public testing::TestWithParam<std::string> {
 protected:
  context on{GetParam()};
  tensor x = to(on, bitwhere::view(std::vector<float>{1, 2, 3, 4}));
  tensor upstream = to(on, bitwhere::view(std::vector<float>{1, 1, 1, 1}));
  tensor out = to(on, bitwhere::view(std::vector<float>{7, 7, 7, 7}));
  tensor five = empty(on, {5}, f32);
  tensor whole = empty(on, {4}, i32);

  void TearDown() override {
    std::vector<float> host(4);
    copy(on, out, bitwhere::view(host));
    EXPECT_EQ(host, (std::vector<float>{7, 7, 7, 7})) << "a failing call wrote its output";
  }

  tensor_view part(std::int64_t from, std::int64_t size) const {
    return {static_cast<float*>(out.data()) + from, f32, shape_t{size}, {}, on.memory()};
  }
};

TEST_P(OperationGradientErrors, OfWhere) {
  expect_error(errc::invalid_argument, {"gradient_x", "gradient_y"},
               [&] { where_gradient(on, x > 0, upstream, gradient_targets{}); });
  expect_error(errc::invalid_dtype, {"upstream", "i32"},
               [&] { where_gradient(on, x > 0, whole, {.x = out}); });
  expect_error(errc::invalid_dtype, {"gradient_y", "i32"},
               [&] { where_gradient(on, x > 0, upstream, {.y = whole}); });
  expect_error(errc::invalid_shape, {"gradient_x", "(5,)"},
               [&] { where_gradient(on, x > 0, upstream, {.x = five}); });
  // A side that is not asked for may be larger: upstream alone knows.
  const tensor one = to(on, bitwhere::view(std::vector<float>{1}, shape_t{}));
  expect_error(errc::invalid_shape, {"upstream", "(4,)"},
               [&] { where_gradient(on, x > 0, one, {.x = out}); });
  expect_error(errc::invalid_shape, {"upstream"}, [&] {
    (void)where_gradient(on, x > 0, upstream, x, empty(on, {2, 4}, i32));
  });
  expect_error(errc::invalid_dtype, {"condition", "f32"},
               [&] { where_gradient(on, x, upstream, {.x = out}); });
  expect_error(errc::overlap, {"gradient_y", "gradient_x"},
               [&] { where_gradient(on, five > 0, five, {.x = part(0, 1), .y = part(0, 1)}); });
  expect_error(errc::overlap, {"gradient_x"},
               [&] { where_gradient(on, part(0, 3) > 0, part(0, 3), {.x = part(1, 3)}); });
  expect_error(errc::overlap, {"gradient_y", "one gradient"}, [&] {
    where_gradient(on, part(0, 2) > 0, part(2, 2), {.x = part(0, 2), .y = part(2, 2)});
  });
  const tensor_view still(out.data(), f32, shape_t{4}, shape_t{0}, on.memory());
  expect_error(errc::overlap, {"gradient_x", "strides"},
               [&] { where_gradient(on, x > 0, upstream, {.x = still}); });
  const std::vector<float> constant(4);
  expect_error(errc::read_only, {"gradient_x"},
               [&] { where_gradient(on, x > 0, upstream, {.x = bitwhere::view(constant)}); });
}

TEST_P(OperationGradientErrors, OfReductions) {
  const tensor one = to(on, bitwhere::view(std::vector<float>{1}, shape_t{}));
  expect_error(errc::invalid_dtype, {"gradient", "i32"}, [&] { sum_gradient(on, one, {}, whole); });
  expect_error(errc::invalid_shape, {"upstream", "(4,)"},
               [&] { sum_gradient(on, upstream, {}, out); });
  expect_error(errc::invalid_argument, {"denominator_eps"},
               [&] { sum_gradient(on, one, {.denominator_eps = 1}, out); });
  expect_error(errc::invalid_argument, {"denominator_eps", "divisor"},
               [&] { mean_gradient(on, one, {.denominator_eps = 1}, out, one); });
  expect_error(errc::invalid_shape, {"divisor", "(4,)"},
               [&] { mean_gradient(on, one, {}, out, upstream); });
  expect_error(errc::invalid_argument, {"over", "2"},
               [&] { sum_gradient(on, one, {.dims = {2}}, out); });
  expect_error(errc::overlap, {"gradient", "condition"},
               [&] { sum_gradient(on, one, {.where = part(0, 3) > 0}, part(1, 3)); });
  // Of one result, kept as a dimension: it would change while its gradient is spread.
  const reduce_options kept = {.keepdim = true};
  const tensor ones = to(on, bitwhere::view(std::vector<float>{1}, shape_t{1}));
  expect_error(errc::overlap, {"gradient", "upstream"},
               [&] { sum_gradient(on, part(2, 1), kept, out); });
  expect_error(errc::overlap, {"gradient", "upstream"},
               [&] { mean_gradient(on, part(2, 1), kept, out, ones); });
  expect_error(errc::overlap, {"gradient", "divisor"},
               [&] { mean_gradient(on, ones, kept, out, part(2, 1)); });
  const bw_tensor c_one = one.c();
  const bw_tensor c_out = out.c();
  for (const std::int32_t reducer : {2, 4, 5, 7, 99}) {
    EXPECT_EQ(bw_reduce_gradient(on.get(), reducer, &c_one, nullptr, nullptr, &c_out),
              BW_INVALID_ARGUMENT);
  }
  EXPECT_EQ(bw_reduce_gradient(on.get(), BW_SUM, &c_one, nullptr, &c_one, &c_out),
            BW_INVALID_ARGUMENT)
      << "a sum is not divided";
}

TEST_P(OperationGradientErrors, OfFunctions) {
  expect_error(errc::invalid_dtype, {"x", "i32"},
               [&] { elementwise_gradient(on, BW_EXP, whole, upstream, {}, out); });
  expect_error(errc::invalid_shape, {"upstream", "(5,)"},
               [&] { elementwise_gradient(on, BW_EXP, x, five, {}, out); });
  expect_error(errc::invalid_dtype, {"gradient", "f32", "f16"},
               [&] { elementwise_gradient(on, BW_EXP, x, upstream, {}, empty(on, {4}, f16)); });
  expect_error(errc::invalid_shape, {"gradient", "(5,)"},
               [&] { elementwise_gradient(on, BW_EXP, x, upstream, {}, five); });
  expect_error(errc::overlap, {"gradient", "x"}, [&] {
    elementwise_gradient(on, BW_EXP, part(0, 3), empty(on, {3}, f32), {}, part(1, 3));
  });
  expect_error(errc::invalid_argument, {"function", "7"}, [&] {
    elementwise_gradient(on, static_cast<bw_function>(7), x, upstream, {}, out);
  });
  expect_error(errc::invalid_argument, {"gradient_x", "scalar"},
               [&] { safe_div_gradient(on, 1, x, upstream, {}, {.x = out}); });
  expect_error(errc::invalid_dtype, {"x", "i32"},
               [&] { safe_div_gradient(on, whole, x, upstream, {}, {.x = out}); });
  expect_error(errc::invalid_argument, {"gradient_x", "gradient_y"},
               [&] { safe_div_gradient(on, x, x, upstream, {}, gradient_targets{}); });
}

INSTANTIATE_TEST_SUITE_P(Devices, OperationGradientErrors, testing::ValuesIn(devices()),
                         device_name);

}  // namespace
}  // namespace bitwhere::test
