// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <limits>

#include "../support/device_name.hpp"
#include "../support/errors.hpp"

// Misuse of class losses: a code, a text that names what is wrong, and outputs untouched.
namespace bitwhere::test {
namespace {

class ClassLossErrors : public testing::TestWithParam<std::string> {
 protected:
  context on{GetParam()};
  tensor x = to(on, bitwhere::view(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}));
  tensor y = to(on, bitwhere::view(std::vector<std::int64_t>{0, 2}));
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
               const tensor_view& target, const class_loss_options& options = {}) {
    expect_error(code, parts, [&] { cross_entropy(on, values, target, options, result()); });
  }
  bw_status call(int32_t kind, const bw_tensor* target, const bw_class_loss_options* options,
                 const bw_tensor* confusion, const bw_tensor* agreement) {
    const bw_tensor c_x = x.c();
    const bw_tensor c_out = result().c();
    return bw_class_loss(on.get(), kind, &c_x, target, options, nullptr, &c_out, confusion,
                         agreement, nullptr);
  }
};

TEST_P(ClassLossErrors, Dtypes) {
  const tensor integers = empty(on, {2, 3}, i32);
  const tensor three = empty(on, {3}, i32);
  refused(errc::invalid_dtype, {"x", "i32", "f16"}, integers, y);
  refused(errc::invalid_dtype, {"target", "bool"}, x, empty(on, {2}, boolean));
  refused(errc::invalid_dtype, {"target", "c64"}, x, empty(on, {2, 3}, c64));
  refused(errc::invalid_dtype, {"class_weight", "i32"}, x, y, {.weight = three});
  refused(errc::invalid_dtype, {"weight", "i32"}, x, y, {.element_weight = three});
  expect_error(errc::invalid_dtype, {"labels", "f32"}, [&] {
    nll_loss(on, x, empty(on, {2, 3}, f32), {}, result());
  });
  expect_error(errc::invalid_dtype, {"out", "i64"},
               [&] { cross_entropy(on, x, y, {}, empty(on, {}, i64)); });
  expect_error(errc::invalid_dtype, {"out", "f32", "f64"}, [&] {
    cross_entropy(on, x, y, {.reduction = loss_reduction::none}, empty(on, {2}, f64));
  });
}

TEST_P(ClassLossErrors, Shapes) {
  refused(errc::invalid_shape, {"target", "labels", "(3,)", "(2,)"}, x, empty(on, {3}, i64));
  refused(errc::invalid_shape, {"target", "labels", "(2, 3)"}, x, empty(on, {2, 3}, i64));
  refused(errc::invalid_shape, {"target", "probabilities", "(2, 1)"}, x, empty(on, {2, 1}, f32));
  refused(errc::invalid_shape, {"class_weight", "(2,)", "(3,)"}, x, y,
          {.weight = empty(on, {2}, f32)});
  refused(errc::invalid_shape, {"class_weight", "(3, 1)"}, x, y,
          {.weight = empty(on, {3, 1}, f32)});
  refused(errc::invalid_shape, {"weight", "(3,)", "(2,)"}, x, y,
          {.element_weight = empty(on, {3}, f32)});
  const tensor row = empty(on, {3}, f32);
  refused(errc::invalid_shape, {"(3,)", "(2,)"}, x, y, {.mask = row > 0});
  refused(errc::invalid_shape, {"x", "scalar"}, empty(on, {}, f32), empty(on, {}, i64));
  refused(errc::invalid_shape, {"x", "131073", "131072"}, empty(on, {1, 131073}, f32),
          empty(on, {1}, i64));
  refused(errc::invalid_shape, {"x", "0 elements"}, empty(on, {2, 0}, f32), y);
  expect_error(errc::invalid_shape, {"out", "(3,)"}, [&] { cross_entropy(on, x, y, {}, row); });
}

TEST_P(ClassLossErrors, Options) {
  const auto bad = errc::invalid_argument;
  refused(bad, {"label_smoothing", "-0.1"}, x, y, {.label_smoothing = -0.1});
  refused(bad, {"label_smoothing", "1.5"}, x, y, {.label_smoothing = 1.5});
  refused(bad, {"label_smoothing"}, x, y,
          {.label_smoothing = std::numeric_limits<double>::quiet_NaN()});
  expect_error(bad, {"label_smoothing", "BW_CROSS_ENTROPY"},
               [&] { nll_loss(on, x, y, {.label_smoothing = 0.1}, result()); });
  refused(bad, {"class_dim", "2"}, x, y, {.class_dim = 2});
  refused(bad, {"class_dim", "-3"}, x, y, {.class_dim = -3});
  refused(bad, {"first_element", "-1"}, x, y, {.first_element = -1});
  refused(bad, {"ignore_count", "257"}, x, y, {.ignore = std::vector<std::int64_t>(256, 3)});
  refused(bad, {"ignore", "labels", "probabilities"}, x, x, {.ignore_index = 2});
  refused(bad, {"normaliser", "means"}, x, y,
          {.reduction = loss_reduction::sum, .over = normaliser::all});
}

TEST_P(ClassLossErrors, TheCInterface) {
  const bw_tensor c_y = y.c();
  EXPECT_EQ(call(2, &c_y, nullptr, nullptr, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(call(-1, &c_y, nullptr, nullptr, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(call(0, nullptr, nullptr, nullptr, nullptr), BW_INVALID_ARGUMENT);
  bw_class_loss_options options = {};
  EXPECT_EQ(call(0, &c_y, &options, nullptr, nullptr), BW_INVALID_ARGUMENT) << "struct_bytes is 0";
  options = {sizeof options, nullptr, 0, 1, 2};
  EXPECT_EQ(call(0, &c_y, &options, nullptr, nullptr), BW_INVALID_ARGUMENT) << "accumulate is 2";
}

TEST_P(ClassLossErrors, Counts) {
  const bw_tensor c_x = x.c();
  const bw_tensor c_y = y.c();
  const auto refuses = [&](bw_status status, const tensor& confusion, const tensor& agreement) {
    const bw_tensor c_confusion = confusion.c();
    const bw_tensor c_agreement = agreement.c();
    EXPECT_EQ(call(0, &c_y, nullptr, &c_confusion, &c_agreement), status);
  };
  const tensor square = empty(on, {3, 3}, i64);
  const tensor two = empty(on, {2}, i64);
  refuses(BW_INVALID_SHAPE, empty(on, {2, 2}, i64), two);
  refuses(BW_INVALID_DTYPE, empty(on, {3, 3}, i32), two);
  refuses(BW_INVALID_SHAPE, square, empty(on, {3}, i64));
  bw_tensor c_square = square.c();
  bw_tensor c_part = two.c();
  c_part.data = c_square.data;
  EXPECT_EQ(call(0, &c_y, nullptr, &c_square, &c_part), BW_OVERLAP);
  // Probabilities have no label to count against.
  EXPECT_EQ(call(0, &c_x, nullptr, &c_square, nullptr), BW_INVALID_ARGUMENT);
}

TEST_P(ClassLossErrors, Partials) {
  const class_loss_options partial = {.reduction = loss_reduction::partial};
  expect_error(errc::invalid_shape, {"out", "(19,)", "(33,)"},
               [&] { cross_entropy(on, x, y, partial, empty(on, {19}, i64)); });
  expect_error(errc::invalid_dtype, {"out", "f32"},
               [&] { cross_entropy(on, x, y, partial, empty(on, {33}, f32)); });
  refused(errc::invalid_argument, {"normaliser", "means"}, x, y,
          {.reduction = loss_reduction::partial, .over = normaliser::all});
  const loss_partial words(cross_entropy(on, x, y, partial));
  expect_error(errc::invalid_argument, {"mean", "sum"},
               [&] { static_cast<void>(words.finish({.reduction = loss_reduction::none})); });
  expect_error(errc::invalid_dtype, {"out", "i64"},
               [&] { static_cast<void>(words.finish({.type = i64})); });
  expect_error(errc::invalid_shape, {"partial", "(5,)"},
               [&] { static_cast<void>(loss_partial(empty(on, {5}, i64)).finish()); });
  expect_error(errc::invalid_dtype, {"partial", "f64"},
               [&] { static_cast<void>(loss_partial(empty(on, {33}, f64)).finish()); });
  EXPECT_EQ(bw_loss_partial_words(f32, nullptr), BW_INVALID_ARGUMENT);
  std::int64_t count = 0;
  EXPECT_EQ(bw_loss_partial_words(i32, &count), BW_INVALID_DTYPE);
  EXPECT_EQ(bw_loss_partial_words(bf16, &count), BW_OK);
  EXPECT_EQ(count, 33);
  EXPECT_EQ(bw_loss_partial_words(f64, &count), BW_OK);
  EXPECT_EQ(count, 147);
}

TEST_P(ClassLossErrors, Overlaps) {
  const tensor_view inside(x.data(), f32, std::span<const std::int64_t>{}, {}, x.device());
  expect_error(errc::overlap, {"out", "x"}, [&] { cross_entropy(on, x, y, {}, inside); });
  const tensor w = empty(on, {3}, f32);
  const tensor_view of_weight(w.data(), f32, std::span<const std::int64_t>{}, {}, w.device());
  expect_error(errc::overlap, {"out", "class_weight"},
               [&] { cross_entropy(on, x, y, {.weight = w}, of_weight); });
}

INSTANTIATE_TEST_SUITE_P(Devices, ClassLossErrors, testing::ValuesIn(devices()), device_name);

}  // namespace
}  // namespace bitwhere::test
