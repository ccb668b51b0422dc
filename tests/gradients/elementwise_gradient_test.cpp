// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "../elementwise/formulas.hpp"
#include "../support/host.hpp"
#include "gradient_parity.hpp"

// Gradients of the elementwise functions and of the division on every backend, bit by bit against
// the formula of one element, and the formulas against mathematics.
namespace bitwhere::test {
namespace {

dtype computed(dtype type) { return type == f64 ? f64 : f32; }

class ElementwiseGradient : public gradient_parity {
 protected:
  ElementwiseGradient() : gradient_parity(33) {}
};

const auto everywhere = [](const shape_t&) { return true; };

// Slopes of every index of `shape` as an array of what they are computed in.
template <class Slope>
array slopes_over(const shape_t& shape, dtype type, Slope slope) {
  array out = blank_array(type, shape, layout::dense);
  for_each_index(shape, [&](const shape_t& index) {
    const auto element = slope(index);
    std::memcpy(out.bytes.data() + out.offset(index), element.data(), element.size());
  });
  return out;
}

TEST_P(ElementwiseGradient, OfEveryFunctionDtypeAndLayout) {
  const shape_t shapes[] = {{5, 7, 3}, {3, 130}, {67}};
  for (const bw_function f : all_functions) {
    for (const dtype type : all_floats) {
      for (const layout laid : all_layouts) {
        const shape_t& shape = shapes[random.below(3)];
        const array x = make_array(type, shape, laid, random);
        const array upstream = make_array(any_float(), {shape.back()}, layout::dense, random);
        const array out = blank_array(type, shape, distinct_layout());
        const placed at_x(on(), x);
        const placed at_upstream(on(), upstream);
        const array slopes = slopes_over(shape, computed(type), [&](const shape_t& index) {
          return slope_of(f, type, x.element(index), upstream.type, upstream.element(index),
                          computed(type));
        });
        SCOPED_TRACE(std::string(title_of(f)) + " " + describe(type) + " " + describe(laid) +
                     " times " + describe(upstream.type));
        const placed plain(on(), out);
        elementwise_gradient(on(), f, at_x.view(), at_upstream.view(), {}, plain.view());
        EXPECT_TRUE(plain.bytes() == gathered(slopes, shape, everywhere, out));
        const judged condition = maker.tree(shape, 1 + static_cast<int>(random.below(3)));
        const placed guarded(on(), out);
        elementwise_gradient(on(), f, at_x.view(), at_upstream.view(), {condition.asked, -3.5},
                             guarded.view());
        EXPECT_TRUE(guarded.bytes() == gathered(slopes, shape, condition.truth, out));
      }
    }
  }
}

// x without the rows of the condition: its gradient is their sum.
TEST_P(ElementwiseGradient, AddsOverWhatWasBroadcast) {
  const struct {
    shape_t x;
    shape_t whole;
  } shapes[] = {{{7}, {3, 7}}, {{4, 1}, {4, 33}}, {{}, {5, 3}}, {{2, 1}, {2, 0}}};
  for (const auto& of : shapes) {
    for (const dtype type : all_floats) {
      const bw_function f = all_functions[random.below(6)];
      const array x = make_array(type, of.x, layout::dense, random);
      const array upstream = make_array(any_float(), of.whole, any_layout(), random);
      const array out = blank_array(type, of.x, distinct_layout());
      const placed at_x(on(), x);
      const placed at_upstream(on(), upstream);
      const placed to(on(), out);
      const judged condition = truth_of(maker.make(boolean, of.whole, any_layout()));
      const array slopes = slopes_over(of.whole, computed(type), [&](const shape_t& index) {
        return slope_of(f, type, x.element(index_in(of.x, index)), upstream.type,
                        upstream.element(index), computed(type));
      });
      SCOPED_TRACE(std::string(title_of(f)) + " " + describe(type));
      elementwise_gradient(on(), f, at_x.view(), at_upstream.view(), {condition.asked}, to.view());
      EXPECT_TRUE(to.bytes() == gathered(slopes, of.whole, condition.truth, out));
    }
  }
}

TEST_P(ElementwiseGradient, IsZeroBehindTheGuard) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const tensor x = to(on(), bitwhere::view(std::vector<float>{0.5f, 0, -1, nan, inf, -inf, -0.0f}));
  const tensor upstream =
      to(on(), bitwhere::view(std::vector<float>{1, inf, nan, -1, 2, -inf, -5}));
  const std::vector<float> g = values(safe_log_gradient(on(), x, upstream));
  const float wanted[] = {2, 0, 0, 0, 0, 0, 0};
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(g[i]), std::bit_cast<std::uint32_t>(wanted[i])) << i;
  }
  const tensor y = to(on(), bitwhere::view(std::vector<float>{2, 0, -0.0f, 0, 4, 0, 0}));
  const gradient_pair both = safe_div_gradient(on(), x, y, upstream);
  const float by_x[] = {0.5f, 0, 0, 0, 0.5f, 0, 0};
  const float by_y[] = {-0.125f, 0, 0, 0, -inf, 0, 0};
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(values(*both.x)[i]),
              std::bit_cast<std::uint32_t>(by_x[i]))
        << i;
    EXPECT_EQ(std::bit_cast<std::uint32_t>(values(*both.y)[i]),
              std::bit_cast<std::uint32_t>(by_y[i]))
        << i;
  }
}

TEST_P(ElementwiseGradient, TakesThePlaceOfXOrUpstream) {
  for (const layout laid : distinct_layouts) {
    for (const dtype type : all_floats) {
      const array x = make_array(type, {40, 33}, laid, random);
      const array upstream = make_array(type, {40, 33}, laid, random);
      const array slopes = slopes_over({40, 33}, computed(type), [&](const shape_t& index) {
        return slope_of(BW_SIGMOID, type, x.at(index), type, upstream.at(index), computed(type));
      });
      const placed at_x(on(), x);
      const placed at_upstream(on(), upstream);
      elementwise_gradient(on(), BW_SIGMOID, at_x.view(), at_upstream.view(), {}, at_x.view());
      EXPECT_TRUE(at_x.bytes() == gathered(slopes, {40, 33}, everywhere, x));
      const placed again(on(), x);
      elementwise_gradient(on(), BW_SIGMOID, again.view(), at_upstream.view(), {},
                           at_upstream.view());
      EXPECT_TRUE(at_upstream.bytes() == gathered(slopes, {40, 33}, everywhere, upstream));
    }
  }
}

// Against mathematics in f64: a few ulp of f32.
TEST_P(ElementwiseGradient, IsTheDerivative) {
  std::vector<float> host;
  for (int i = -400; i <= 400; ++i) host.push_back(static_cast<float>(i) * 0.05f + 0.0125f);
  const tensor x = to(on(), bitwhere::view(host));
  const tensor upstream = to(on(), bitwhere::view(std::vector<float>{3}, shape_t{}));
  const auto derivative = [](bw_function f, double at) {
    const double s = 1 / (1 + std::exp(-at));
    switch (f) {
      case BW_EXP:
        return std::exp(at);
      case BW_LOG:
        return 1 / at;
      case BW_LOG1P:
        return 1 / (1 + at);
      case BW_SIGMOID:
        return s / (1 + std::exp(at));
      case BW_SOFTPLUS:
        return s;
      default:
        return 1 / (1 + std::exp(at));
    }
  };
  for (const bw_function f : all_functions) {
    const std::vector<float> got = values(elementwise_gradient(on(), f, x, upstream));
    for (std::size_t i = 0; i < host.size(); ++i) {
      const double wanted = 3 * derivative(f, static_cast<double>(host[i]));
      EXPECT_NEAR(static_cast<double>(got[i]), wanted, std::abs(wanted) * 4e-7)
          << title_of(f) << " at " << host[i];
    }
  }
}

TEST_P(ElementwiseGradient, OfTheDivisionOfEveryPairOfDtypes) {
  constexpr dtype reals[] = {boolean, i8, i64, f16, bf16, f32, f64};
  const struct {
    shape_t x;
    shape_t y;
  } shapes[] = {{{3, 37}, {3, 37}}, {{3, 37}, {37}}, {{3, 1}, {37}}, {{3, 37}, {}}};
  for (const dtype x_type : reals) {
    for (const dtype y_type : reals) {
      const auto& of = shapes[random.below(4)];
      const shape_t whole = {3, 37};
      const array x = make_array(x_type, of.x, any_layout(), random);
      const array y = make_array(y_type, of.y, any_layout(), random);
      const placed at_x(on(), x);
      const placed at_y(on(), y);
      const dtype type = safe_div(on(), at_x.view(), at_y.view()).type();
      const array upstream = make_array(any_float(), whole, any_layout(), random);
      const placed at_upstream(on(), upstream);
      const auto divides = [&](const shape_t& index) {
        return passes(type, converted(y_type, y.element(index_in(of.y, index)), type).data(),
                      BW_NONZERO);
      };
      const auto check = [&](const array& operand, bool by_divisor) {
        if (!is_float(operand.type)) return;
        const array slopes = slopes_over(whole, computed(type), [&](const shape_t& index) {
          return quotient_slope_of(x_type, x.element(index_in(of.x, index)), y_type,
                                   y.element(index_in(of.y, index)), upstream.type,
                                   upstream.element(index), by_divisor, computed(type));
        });
        const array out = blank_array(operand.type, operand.shape, distinct_layout());
        const placed target(on(), out);
        gradient_targets to;
        (by_divisor ? to.y : to.x) = target.view();
        safe_div_gradient(on(), at_x.view(), at_y.view(), at_upstream.view(), {}, to);
        EXPECT_TRUE(target.bytes() == gathered(slopes, whole, divides, out))
            << describe(x_type) << " / " << describe(y_type) << " by "
            << (by_divisor ? "the divisor" : "the dividend");
      };
      check(x, false);
      check(y, true);
    }
  }
}

// Both at once, one of them over what is read.
TEST_P(ElementwiseGradient, OfTheDivisionInPlace) {
  const array x = make_array(f32, {5, 66}, layout::dense, random);
  const array y = make_array(f32, {5, 66}, layout::dense, random);
  const array upstream = make_array(f32, {5, 66}, layout::dense, random);
  const placed at_x(on(), x);
  const placed at_y(on(), y);
  const placed at_upstream(on(), upstream);
  const gradient_pair wanted =
      safe_div_gradient(on(), at_x.view(), at_y.view(), at_upstream.view());
  const std::vector<std::uint32_t> by_x = values<std::uint32_t>(*wanted.x);
  const std::vector<std::uint32_t> by_y = values<std::uint32_t>(*wanted.y);
  for (const array* over : {&x, &y, &upstream}) {
    for (const bool first : {true, false}) {
      const placed px(on(), x);
      const placed py(on(), y);
      const placed pu(on(), upstream);
      const tensor_view here = over == &x ? px.view() : over == &y ? py.view() : pu.view();
      const tensor other = empty(on(), {5, 66}, f32);
      gradient_targets to = {.x = here, .y = other};
      if (!first) std::swap(to.x, to.y);
      safe_div_gradient(on(), px.view(), py.view(), pu.view(), {}, to);
      EXPECT_EQ(values<std::uint32_t>(on(), *to.x), by_x);
      EXPECT_EQ(values<std::uint32_t>(on(), *to.y), by_y);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, ElementwiseGradient, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
