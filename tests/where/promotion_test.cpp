// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <complex>
#include <vector>

#include "../support/array.hpp"
#include "../support/backends.hpp"
#include "../support/errors.hpp"
#include "../support/promotion_table.hpp"

// The dtype of a result: torch's table, its three classes, and what was measured of it.
namespace bitwhere::test {
namespace {

using operands = std::vector<bw_typed>;

constexpr bw_standing standings[] = {BW_STANDING_TENSOR, BW_STANDING_0D, BW_STANDING_SCALAR};

std::string text_of(const operands& all) {
  const char* classes[] = {"tensor", "0-d", "number"};
  std::string text;
  for (const bw_typed& one : all) {
    text += describe(one.dtype) + " " + classes[one.standing] + ", ";
  }
  return text;
}

// The status, and the dtype where it is BW_OK.
std::optional<dtype> library_promotes(const operands& all) {
  bw_dtype result = {};
  const bw_status status = bw_result_type(all.data(), all.size(), &result);
  if (status == BW_OK) return dtype(result);
  EXPECT_EQ(status, BW_INVALID_DTYPE) << text_of(all);
  return std::nullopt;
}

void expect_promotion(const operands& all) {
  const std::optional<dtype> expected = promoted(all);
  const std::optional<dtype> got = library_promotes(all);
  ASSERT_EQ(got.has_value(), expected.has_value()) << text_of(all);
  if (got) {
    ASSERT_EQ(describe(*got), describe(*expected)) << text_of(all);
  }
}

TEST(Promotion, FollowsTheTable) {
  for (const dtype a : all_dtypes) {
    for (const dtype b : all_dtypes) {
      for (const bw_standing of : standings) {
        const operands both{{a, of}, {b, of}};
        const std::optional<dtype> got = library_promotes(both);
        ASSERT_TRUE(got) << text_of(both);
        EXPECT_EQ(describe(*got), describe(promoted(a, b))) << text_of(both);
      }
    }
  }
}

TEST(Promotion, FollowsTheClasses) {
  for (const dtype a : all_dtypes) {
    expect_promotion({strong(a)});
    for (const dtype b : all_dtypes) {
      for (const bw_standing of_a : standings) {
        for (const bw_standing of_b : standings) expect_promotion({{a, of_a}, {b, of_b}});
      }
    }
  }
}

// What f16 becomes with a complex number of a weaker class has no dtype here, but does no harm
// under a stronger float.
TEST(Promotion, FollowsTheClassesOfThree) {
  for (const dtype a : all_dtypes) {
    for (const dtype b : all_dtypes) {
      for (const dtype c : all_dtypes) {
        expect_promotion({strong(a), zero_dimensional(b), of_scalar(c)});
        expect_promotion({strong(a), strong(b), zero_dimensional(c)});
        expect_promotion({strong(a), of_scalar(b), of_scalar(c)});
        expect_promotion({zero_dimensional(a), zero_dimensional(b), of_scalar(c)});
      }
    }
  }
}

TEST(Promotion, DoesNotDependOnTheOrder) {
  for (const dtype a : all_dtypes) {
    for (const dtype b : all_dtypes) {
      for (const bw_standing of_a : standings) {
        for (const bw_standing of_b : standings) {
          EXPECT_EQ(library_promotes({{a, of_a}, {b, of_b}}),
                    library_promotes({{b, of_b}, {a, of_a}}));
          EXPECT_EQ(library_promotes({{a, of_a}, {b, of_b}, {i16, BW_STANDING_0D}}),
                    library_promotes({{i16, BW_STANDING_0D}, {b, of_b}, {a, of_a}}));
        }
      }
    }
  }
}

TEST(Promotion, RefusesWhatIsNoOperand) {
  bw_dtype result = {};
  const bw_typed one = strong(f32);
  EXPECT_EQ(bw_result_type(&one, 0, &result), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_result_type(nullptr, 1, &result), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_result_type(&one, 1, nullptr), BW_INVALID_ARGUMENT);
  for (const std::int32_t standing : {-1, 3}) {
    const bw_typed unknown = {f32, standing};
    EXPECT_EQ(bw_result_type(&unknown, 1, &result), BW_INVALID_ARGUMENT);
  }
  const bw_dtype none[] = {{BW_UINT, 16, 1},  {BW_UINT, 64, 1},    {BW_FLOAT, 8, 1},
                           {BW_FLOAT, 32, 2}, {BW_COMPLEX, 32, 1}, {BW_BOOL, 1, 1},
                           {3, 64, 1},        {BW_INT, 0, 1}};
  for (const bw_dtype& type : none) {
    const bw_typed unknown = {type, BW_STANDING_TENSOR};
    EXPECT_EQ(bw_result_type(&unknown, 1, &result), BW_INVALID_DTYPE);
  }
}

TEST(Promotion, OfTheCppLayer) {
  EXPECT_EQ(result_type({f32, i64}), f32);
  EXPECT_EQ(result_type({i32, 1.5}), f32);
  EXPECT_EQ(result_type({u8, true}), u8);
  float one = 1;
  EXPECT_EQ(result_type({f16, bitwhere::view(&one, {})}), f16);
  EXPECT_EQ(result_type({i8, bitwhere::view(&one, {})}), f32);
  expect_error(errc::invalid_dtype, {"complex32"}, [] {
    (void)result_type({f16, std::complex<float>(0, 1)});
  });
}

// The same through where itself.
class WherePromotion : public parity {
 protected:
  // Zeros of any dtype; an operand of rank 0 lies on the device or on the host.
  tensor_view zeros(dtype type, const shape_t& shape, bool on_host = false) const {
    const tensor_view host(const_cast<std::uint8_t*>(none_.data()), type, shape);
    return on_host ? host : tensor_view(zeros_.data(), type, shape, {}, on().memory());
  }

  operand of(const bw_typed& from, bool on_host = false) const {
    if (from.standing == BW_STANDING_TENSOR) return zeros(from.dtype, {2});
    if (from.standing == BW_STANDING_0D) return zeros(from.dtype, {}, on_host);
    switch (from.dtype.code) {
      case BW_BOOL:
        return true;
      case BW_INT:
        return 1;
      case BW_FLOAT:
        return 1.0;
      default:
        return std::complex<double>(0, 1);
    }
  }

  std::optional<dtype> type_of(const operand& x, const operand& y) const {
    try {
      return where(on(), zeros(boolean, {2}), x, y).type();
    } catch (const error& e) {
      EXPECT_EQ(e.code(), errc::invalid_dtype) << e.what();
      return std::nullopt;
    }
  }

 private:
  std::vector<std::uint8_t> none_ = std::vector<std::uint8_t>(32);
  tensor zeros_ = to(on(), bitwhere::view(none_));
};

TEST_P(WherePromotion, FollowsTheClasses) {
  const dtype of_numbers[] = {boolean, i64, f32, c64};
  std::vector<bw_typed> all;
  for (const dtype type : all_dtypes) all.push_back(strong(type));
  for (const dtype type : all_dtypes) all.push_back(zero_dimensional(type));
  for (const dtype type : of_numbers) all.push_back(of_scalar(type));
  for (const bw_typed& x : all) {
    for (const bw_typed& y : all) {
      const std::optional<dtype> expected = promoted({x, y});
      EXPECT_EQ(type_of(of(x), of(y)), expected) << text_of({x, y});
      EXPECT_EQ(type_of(of(x, true), of(y, true)), expected) << text_of({x, y}) << "on the host";
    }
  }
}

// Result dtypes that were measured of torch 1.13.1.
TEST_P(WherePromotion, GivesWhatWasMeasured) {
  const std::complex<double> i(0, 1);
  const auto t = [&](dtype type) { return operand(zeros(type, {2})); };
  const auto z = [&](dtype type) { return operand(zeros(type, {}, true)); };
  const struct {
    operand x;
    operand y;
    dtype expected;
  } vectors[] = {{t(f32), 1.0, f32},
                 {t(f16), 1.0, f16},
                 {t(i32), 1.5, f32},
                 {t(i32), 3, i32},
                 {t(boolean), 1, i64},
                 {t(boolean), true, boolean},
                 {t(f32), i, c64},
                 {t(f64), i, c128},
                 {t(i64), i, c64},
                 {1.0, 0, f32},
                 {1, 0, i64},
                 {true, false, boolean},
                 {true, 0, i64},
                 {i, 0, c64},
                 {t(f32), z(f64), f32},
                 {t(f16), z(f64), f16},
                 {t(i32), z(f64), f64},
                 {t(i8), z(i64), i8},
                 {t(u8), z(i8), u8},
                 {t(boolean), z(i8), i8},
                 {t(f32), z(c128), c64},
                 {z(f32), 2.0, f32},
                 {z(f64), z(f32), f64},
                 {z(i8), 2.5, f32},
                 {t(u8), t(i8), i16},
                 {t(f16), t(bf16), f32},
                 {t(i64), t(f16), f16}};
  for (const auto& v : vectors) {
    EXPECT_EQ(type_of(v.x, v.y), v.expected);
    EXPECT_EQ(type_of(v.y, v.x), v.expected);
  }
  EXPECT_EQ(type_of(t(f16), i), std::nullopt);
  EXPECT_EQ(type_of(i, t(f16)), std::nullopt);
  EXPECT_EQ(type_of(t(f16), z(c128)), std::nullopt);
  EXPECT_EQ(type_of(z(f16), i), std::nullopt);
}

// A value never decides a dtype: what fits i8 or f16 promotes as what does not.
TEST_P(WherePromotion, DoesNotLookAtValues) {
  for (const std::int64_t value : {0, 1, -1, 127, 32767}) {
    EXPECT_EQ(type_of(zeros(i16, {2}), value), i16) << value;
    EXPECT_EQ(type_of(zeros(boolean, {2}), value), i64) << value;
    EXPECT_EQ(type_of(zeros(bf16, {2}), value), bf16) << value;
  }
  for (const double value : {0.0, 1.0, 1e-300, 3e38, -0.5}) {
    EXPECT_EQ(type_of(zeros(i64, {2}), value), f32) << value;
    EXPECT_EQ(type_of(zeros(f64, {2}), value), f64) << value;
  }
  for (std::int64_t value : {std::int64_t{0}, std::int64_t{300}, INT64_MIN, INT64_MAX}) {
    EXPECT_EQ(type_of(zeros(i8, {2}), bitwhere::view(&value, {})), i8) << value;
    EXPECT_EQ(type_of(zeros(f16, {2}), bitwhere::view(&value, {})), f16) << value;
  }
}

// Sizes do not count either: one element in a tensor of rank 1 is a tensor.
TEST_P(WherePromotion, CountsRanksNotSizes) {
  EXPECT_EQ(type_of(zeros(i8, {2}), zeros(i64, {1})), i64);
  EXPECT_EQ(type_of(zeros(i8, {2}), zeros(i64, {})), i8);
  EXPECT_EQ(where(on(), zeros(boolean, {1}), zeros(i8, {0}), zeros(i64, {1})).type(), i64);
}

INSTANTIATE_TEST_SUITE_P(Backends, WherePromotion, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
