// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "../support/backends.hpp"
#include "../support/conversion.hpp"
#include "../support/host.hpp"
#include "../support/judged.hpp"
#include "../support/promotion_table.hpp"
#include "formulas.hpp"

// The elementwise functions on every backend, bit by bit against the formula of one element:
// dtypes, layouts, conditions, broadcasting, sizes, in place.
namespace bitwhere::test {
namespace {

constexpr dtype float_dtypes[] = {f16, bf16, f32, f64};

void compute(const context& on, bw_function f, const tensor_view& x, const guard& under,
             const tensor_view& out) {
  detail::elementwise(on, f, x, under, out);
}

class ElementwiseParity : public parity {
 protected:
  // The buffer of `out` after f of x where `truth` holds of the index, else `otherwise`.
  template <class Truth>
  static std::vector<std::uint8_t> expected(bw_function f, const array& x, Truth truth,
                                            const array& out, double otherwise) {
    std::vector<std::uint8_t> bytes = out.bytes;
    const auto other = element_of(out.type, {.real = otherwise});
    for_each_index(out.shape, [&](const shape_t& index) {
      const auto element = truth(index) ? function_of(f, x.type, x.element(index)) : other;
      std::memcpy(bytes.data() + out.offset(index), element.data(), element.size());
    });
    return bytes;
  }

  random_integers random{11};
  condition_maker maker{on(), random};
};

// Paths that only the cpu has.
class ElementwiseOnCpu : public ElementwiseParity {};

const auto everywhere = [](const shape_t&) { return true; };

TEST_P(ElementwiseParity, EveryFunctionInEveryDtypeAndLayout) {
  const shape_t shapes[] = {{5, 7, 3}, {3, 130}, {67}};
  for (const bw_function f : all_functions) {
    for (const dtype type : float_dtypes) {
      for (const layout laid : all_layouts) {
        const shape_t& shape = shapes[random.below(3)];
        SCOPED_TRACE(std::string(title_of(f)) + " " + describe(type) + " " + describe(laid));
        const array x = make_array(type, shape, laid, random);
        const array out = blank_array(type, shape, distinct_layouts[random.below(5)]);
        const placed px(on(), x);
        const placed plain(on(), out);
        compute(on(), f, px.view(), {}, plain.view());
        EXPECT_TRUE(plain.bytes() == expected(f, x, everywhere, out, 0));
        const judged condition = maker.tree(shape, 1 + static_cast<int>(random.below(3)));
        const placed guarded(on(), out);
        compute(on(), f, px.view(), {condition.asked, -3.5}, guarded.view());
        EXPECT_TRUE(guarded.bytes() == expected(f, x, condition.truth, out, -3.5));
      }
    }
  }
}

// Every f16 and every bf16, for there are few.
TEST_P(ElementwiseParity, AllOfTheHalves) {
  std::vector<std::uint16_t> all(65536);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
  for (const dtype type : {f16, bf16}) {
    const tensor x = to(on(), tensor_view(all.data(), type, shape_t{65536}));
    for (const bw_function f : all_functions) {
      SCOPED_TRACE(std::string(title_of(f)) + " " + describe(type));
      tensor out(on(), shape_t{65536}, type);
      compute(on(), f, x, {}, out);
      const auto results = values<std::uint16_t>(out);
      int wrong = 0;
      for (std::size_t i = 0; i < all.size() && wrong < 5; ++i) {
        const auto wanted = function_of(f, type, reinterpret_cast<const std::uint8_t*>(&all[i]));
        if (std::memcmp(wanted.data(), &results[i], 2) == 0) continue;
        ++wrong;
        ADD_FAILURE() << "of the bits " << all[i];
      }
    }
  }
}

template <class T>
void expect_specials(const context& on) {
  using limits = std::numeric_limits<T>;
  const T inf = limits::infinity();
  const T nan = limits::quiet_NaN();
  const T least = limits::denorm_min();
  const T half = static_cast<T>(std::log(2.0L));
  const std::vector<T> x = {0, T{-0.0}, inf, -inf, nan, -nan, -1, -2, 1, least, -least};
  const struct {
    bw_function f;
    std::vector<T> wanted;
  } cases[] = {
      {BW_EXP, {1, 1, inf, 0, nan, nan, T{0}, T{0}, T{0}, 1, 1}},
      {BW_LOG, {-inf, -inf, inf, nan, nan, nan, nan, nan, 0, T{0}, nan}},
      {BW_LOG1P, {0, T{-0.0}, inf, nan, nan, nan, -inf, nan, half, least, -least}},
      {BW_SIGMOID, {T{0.5}, T{0.5}, 1, 0, nan, nan, T{0}, T{0}, T{0}, T{0.5}, T{0.5}}},
      {BW_SOFTPLUS, {half, half, inf, 0, nan, nan, T{0}, T{0}, T{0}, half, half}},
      {BW_LOG_SIGMOID, {-half, -half, T{-0.0}, -inf, nan, nan, T{0}, T{0}, T{0}, -half, -half}},
  };
  for (const auto& each : cases) {
    tensor out(on, shape_t{11}, view(x).type());
    compute(on, each.f, to(on, view(x)), {}, out);
    const std::vector<T> results = values<T>(out);
    for (std::size_t i = 0; i < x.size(); ++i) {
      // Numbers without a special value are for the accuracy's test.
      const bool ordinary =
          (i >= 6 && i <= 9 && each.wanted[i] == 0 && x[i] != 0 && !(each.f == BW_LOG && i == 8));
      if (ordinary) continue;
      T wanted = each.wanted[i];
      if (std::isnan(wanted)) wanted = std::copysign(nan, T{1});
      EXPECT_EQ(std::memcmp(&wanted, &results[i], sizeof(T)), 0)
          << title_of(each.f) << " of " << x[i] << ": " << results[i];
    }
  }
}

TEST_P(ElementwiseParity, SpecialValues) {
  expect_specials<float>(on());
  expect_specials<double>(on());
}

TEST_P(ElementwiseParity, XAndConditionBroadcast) {
  for (const dtype type : float_dtypes) {
    const array x = make_array(type, {5, 1, 9}, layout::dense, random);
    const judged condition = truth_of(maker.make(boolean, {7, 1}, layout::dense));
    const array out = blank_array(type, {5, 7, 9}, layout::dense);
    const placed target(on(), out);
    compute(on(), BW_SOFTPLUS, placed(on(), x).view(), {condition.asked, 2}, target.view());
    EXPECT_TRUE(target.bytes() == expected(BW_SOFTPLUS, x, condition.truth, out, 2));
    const tensor made = softplus(on(), placed(on(), x).view(), {condition.asked, 2});
    EXPECT_EQ(shape_of(made), (shape_t{5, 7, 9}));
    EXPECT_EQ(made.type(), type);
  }
}

TEST_P(ElementwiseParity, OverXOrATensorOfTheCondition) {
  for (const shape_t& shape : {shape_t{333}, shape_t{5, 3, 7}, shape_t{66, 70}}) {
    for (const layout laid : distinct_layouts) {
      for (const dtype type : float_dtypes) {
        SCOPED_TRACE(describe(type) + " " + describe(laid));
        const array x = make_array(type, shape, laid, random);
        const placed first(on(), x);
        compute(on(), BW_LOG, first.view(), {}, first.view());
        EXPECT_TRUE(first.bytes() == expected(BW_LOG, x, everywhere, x, 0));
        const placed second(on(), x);
        const judged finite = test_of({&x, second.view()}, BW_ISFINITE);
        compute(on(), BW_SIGMOID, second.view(), {finite.asked, 7}, second.view());
        EXPECT_TRUE(second.bytes() == expected(BW_SIGMOID, x, finite.truth, x, 7));
        const array other = make_array(type, shape, laid, random);
        const placed third(on(), other);
        const judged nan = test_of({&other, third.view()}, BW_ISNAN);
        compute(on(), BW_EXP, placed(on(), x).view(), {nan.asked, 7}, third.view());
        EXPECT_TRUE(third.bytes() == expected(BW_EXP, x, nan.truth, other, 7));
      }
    }
  }
}

TEST_P(ElementwiseParity, ScalarsAndNothing) {
  const tensor zero = softplus(on(), to(on(), bitwhere::view(std::vector<float>{0}, shape_t{})));
  EXPECT_EQ(values(zero), std::vector<float>{static_cast<float>(std::log(2.0))});
  EXPECT_EQ(shape_of(zero), shape_t{});
  EXPECT_EQ(exp(on(), tensor(on(), shape_t{3, 0}, f32)).size(), 0);
}

// What the condition excludes takes no part, whatever it is, and `otherwise` may be a NaN.
TEST_P(ElementwiseParity, ExcludedElementsTakeNoPart) {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const tensor x = to(on(), bitwhere::view(std::vector<float>{-1, nan, inf, 0, 1, -inf, -0.0f}));
  EXPECT_EQ(values(safe_log(on(), x)), (std::vector<float>{0, 0, inf, 0, 0, 0, 0}));
  EXPECT_EQ(values(safe_log(on(), x, {.where = x > 0 && isfinite(x), .otherwise = -9})),
            (std::vector<float>{-9, -9, -9, -9, 0, -9, -9}));
  const std::vector<float> marked = values(safe_log(on(), x, {.otherwise = -nan}));
  EXPECT_EQ(std::bit_cast<std::uint32_t>(marked[0]), 0x7fc00000u);
  EXPECT_EQ(marked[4], 0);
}

// Many tiles, stretches for several threads, and on the cpu outputs that go around the cache.
TEST_P(ElementwiseParity, LargeTensors) {
  const std::int64_t n = GetParam().is_cuda() ? 70001 : 2200003;
  std::vector<float> host(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < host.size(); ++i) {
    host[i] = static_cast<float>(random.below(2000) - 1000) * 0.01f;
  }
  const tensor x = to(on(), bitwhere::view(host));
  for (const bw_function f : {BW_EXP, BW_LOG}) {
    const tensor plain(on(), shape_t{n}, f32);
    compute(on(), f, x, {}, plain);
    const tensor guarded(on(), shape_t{n}, f32);
    compute(on(), f, x, {x > 0, -1}, guarded);
    const std::vector<float> all = values(plain);
    const std::vector<float> some = values(guarded);
    std::int64_t wrong = 0;
    for (std::size_t i = 0; i < host.size(); ++i) {
      const auto wanted = std::bit_cast<std::uint32_t>(formula(f, host[i]));
      wrong += std::bit_cast<std::uint32_t>(all[i]) != wanted;
      wrong += std::bit_cast<std::uint32_t>(some[i]) !=
               (host[i] > 0 ? wanted : std::bit_cast<std::uint32_t>(-1.0f));
    }
    EXPECT_EQ(wrong, 0) << title_of(f);
  }
}

TEST_P(ElementwiseOnCpu, TakesThePathOfTheLayout) {
  const auto ran = [&](const tensor_view& x, const tensor_view& out) {
    (void)kernels_since();
    compute(on(), BW_EXP, x, {}, out);
    return kernels_since();
  };
  using names = std::vector<std::string>;
  const tensor square = to(on(), bitwhere::view(std::vector<float>(90 * 90), shape_t{90, 90}));
  const tensor result(on(), shape_t{90, 90}, f32);
  EXPECT_EQ(ran(square, result), names{"elementwise.dense"});
  const tensor_view turned(square.data(), f32, shape_t{90, 90}, shape_t{1, 90}, on().memory());
  EXPECT_EQ(ran(turned, result), names{"elementwise.blocks"});
  const tensor_view narrow(square.data(), f32, shape_t{80, 80}, shape_t{90, 1}, on().memory());
  const tensor_view out(result.data(), f32, shape_t{80, 80}, shape_t{80, 1}, on().memory());
  EXPECT_EQ(ran(narrow, out), names{"elementwise.rows"});
}

TEST_P(ElementwiseParity, DividesEveryPairOfDtypes) {
  constexpr dtype reals[] = {boolean, u8, i8, i16, i32, i64, f16, bf16, f32, f64};
  for (const dtype x_type : reals) {
    for (const dtype y_type : reals) {
      SCOPED_TRACE(describe(x_type) + " / " + describe(y_type));
      const array x = make_array(x_type, {3, 37}, all_layouts[random.below(7)], random);
      const array y = make_array(y_type, {37}, all_layouts[random.below(5)], random);
      const placed px(on(), x);
      const placed py(on(), y);
      const tensor made = safe_div(on(), px.view(), py.view(), {.otherwise = 5});
      const array out = blank_array(made.type(), {3, 37}, distinct_layouts[random.below(5)]);
      const placed target(on(), out);
      safe_div(on(), px.view(), py.view(), {.otherwise = 5}, target.view());
      std::vector<std::uint8_t> wanted = out.bytes;
      for_each_index(out.shape, [&](const shape_t& index) {
        const auto divisor = converted(y_type, y.element(index), out.type);
        const auto element =
            passes(out.type, divisor.data(), BW_NONZERO)
                ? quotient_of(x_type, x.element(index), y_type, y.element(index), out.type)
                : element_of(out.type, {.real = 5});
        std::memcpy(wanted.data() + out.offset(index), element.data(), element.size());
      });
      EXPECT_TRUE(target.bytes() == wanted);
    }
  }
}

TEST_P(ElementwiseParity, DividesWithScalarsAndGuards) {
  const tensor x = to(on(), bitwhere::view(std::vector<float>{1, 2, 3}));
  const tensor y = to(on(), bitwhere::view(std::vector<float>{2, 0, 4}));
  EXPECT_EQ(values(safe_div(on(), x, y)), (std::vector<float>{0.5f, 0, 0.75f}));
  EXPECT_EQ(values(safe_div(on(), x, 2)), (std::vector<float>{0.5f, 1, 1.5f}));
  EXPECT_EQ(values(safe_div(on(), x, 0, {.otherwise = -1})), (std::vector<float>{-1, -1, -1}));
  EXPECT_EQ(values(safe_div(on(), x, 1e-60, {.otherwise = -1})), (std::vector<float>{-1, -1, -1}))
      << "the divisor is 0 in f32";
  EXPECT_EQ(values(safe_div(on(), 6, y, {.otherwise = 9})), (std::vector<float>{3, 9, 1.5f}));
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(values(safe_div(on(), x, y, {.where = x > 1})), (std::vector<float>{0, inf, 0.75f}));
  EXPECT_EQ(safe_div(on(), 1, 2).type(), f32);
  EXPECT_EQ(values(safe_div(on(), 1, 2)), std::vector<float>{0.5f});
  const tensor whole = to(on(), bitwhere::view(std::vector<std::int64_t>{7, 1, 0}));
  const tensor quotient = safe_div(on(), 1, whole);
  EXPECT_EQ(quotient.type(), f32);
  EXPECT_EQ(values(quotient), (std::vector<float>{1.0f / 7, 1, 0}));
}

// A divisor without dimensions is converted to the dtype of x and may become 0 by that.
TEST_P(ElementwiseParity, DoesNotDivideByWhatBecomesZero) {
  const auto alone = [&](dtype type, double value) {
    std::vector<std::uint8_t> bytes = element_of(type, {.real = value});
    return to(on(), tensor_view(bytes.data(), type, shape_t{}));
  };
  const tensor ones = to(on(), bitwhere::view(std::vector<float>{1, -2, 0}));
  EXPECT_EQ(values(safe_div(on(), ones, alone(f64, 1e-300))), (std::vector<float>{0, 0, 0}));
  std::vector<std::uint16_t> halves{0x3c00, 0xc000, 0};
  const tensor narrow = to(on(), tensor_view(halves.data(), f16, shape_t{3}));
  EXPECT_EQ(values<std::uint16_t>(safe_div(on(), narrow, alone(f32, 1e-9))),
            (std::vector<std::uint16_t>{0, 0, 0}));
  const struct {
    dtype type;
    double least;  // above 0
  } results[] = {{f16, 0x1p-24}, {bf16, 0x1p-133}, {f32, 0x1p-149}};
  for (const auto& [type, least] : results) {
    const array x = make_array(type, {67}, layout::dense, random);
    const placed at_x(on(), x);
    for (const dtype y_type : {f16, bf16, f32, f64}) {
      // f64 reaches f16 and bf16 through f32, which moves the edge.
      for (const double divisor :
           {0.0, least / 2, std::nextafter(least / 2, 1), std::nextafter(least / 2, 0),
            least / 2 * (1 + 0x1p-24), std::nextafter(least / 2 * (1 + 0x1p-24), 1),
            0x1p-134 + 0x1p-150, std::nextafter(0x1p-134 + 0x1p-150, 1), least / 2 * (1 + 0x1p-7),
            least / 2 * (1 + 0x1p-23), least, 5e-324}) {
        for (const double sign : {1.0, -1.0}) {
          SCOPED_TRACE(describe(type) + " / " + describe(y_type) + " " +
                       std::to_string(sign * divisor / least) + " least");
          const auto y = element_of(y_type, {.real = sign * divisor});
          const auto becomes = converted(y_type, y.data(), type);
          const bool divides = passes(type, becomes.data(), BW_NONZERO);
          const array out = blank_array(type, {67}, layout::dense);
          const placed target(on(), out);
          safe_div(on(), at_x.view(), alone(y_type, sign * divisor), {.otherwise = 5},
                   target.view());
          std::vector<std::uint8_t> wanted = out.bytes;
          for_each_index(out.shape, [&](const shape_t& index) {
            const auto element = divides
                                     ? quotient_of(type, x.element(index), y_type, y.data(), type)
                                     : element_of(type, {.real = 5});
            std::memcpy(wanted.data() + out.offset(index), element.data(), element.size());
          });
          EXPECT_TRUE(target.bytes() == wanted);
        }
      }
    }
  }
}

TEST_P(ElementwiseParity, DividesOverXOrY) {
  for (const layout laid : distinct_layouts) {
    for (const dtype type : float_dtypes) {
      SCOPED_TRACE(describe(type) + " " + describe(laid));
      const array x = make_array(type, {40, 33}, laid, random);
      const array y = make_array(type, {40, 33}, laid, random);
      std::vector<std::uint8_t> wanted_x = x.bytes;
      std::vector<std::uint8_t> wanted_y = y.bytes;
      for_each_index(x.shape, [&](const shape_t& index) {
        auto element = quotient_of(type, x.at(index), type, y.at(index), type);
        if (!passes(type, y.at(index), BW_NONZERO)) element = element_of(type, {.real = 0});
        std::memcpy(wanted_x.data() + x.offset(index), element.data(), element.size());
        std::memcpy(wanted_y.data() + y.offset(index), element.data(), element.size());
      });
      const placed px(on(), x);
      const placed py(on(), y);
      safe_div(on(), px.view(), py.view(), {}, px.view());
      EXPECT_TRUE(px.bytes() == wanted_x);
      safe_div(on(), placed(on(), x).view(), py.view(), {}, py.view());
      EXPECT_TRUE(py.bytes() == wanted_y);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, ElementwiseParity, testing::ValuesIn(backends()), name_of);
INSTANTIATE_TEST_SUITE_P(Backends, ElementwiseOnCpu, testing::ValuesIn(cpu_backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
