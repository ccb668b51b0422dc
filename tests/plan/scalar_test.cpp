// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/plan/scalar.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "../support/random.hpp"
#include "../support/reference.hpp"

namespace bitwhere::plan {
namespace {

// Against a search among all values of the format.
TEST(RoundScalar, IsNearestEven) {
  test::random_integers random(30);
  std::vector<double> values{0.0,
                             -0.0,
                             1.0,
                             65504,
                             65519.999,
                             65520,
                             65536,
                             5.9604644775390625e-8,
                             2.98023223876953125e-8,
                             2.99e-8,
                             6.1e-5,
                             6.103515625e-5,
                             3.3895e38,
                             3.3961775e38,
                             1e39,
                             9.2e-41,
                             4.6e-41,
                             1 + 0x1p-11,
                             1 + 0x1p-11 + 0x1p-40,
                             1 + 3 * 0x1p-11,
                             1 + 0x1p-8,
                             1 + 0x1p-8 + 0x1p-40,
                             1e-320};
  for (int i = 0; i < 60; ++i) {
    const auto exponent = static_cast<int>(random.below(90)) - 90;
    values.push_back(std::ldexp(static_cast<double>(random.next() >> 11), exponent));
  }
  for (const double value : values) {
    for (const double signed_value : {value, -value}) {
      EXPECT_EQ(round_to_f16(signed_value), test::nearest_half(signed_value, false))
          << signed_value;
      EXPECT_EQ(round_to_bf16(signed_value), test::nearest_half(signed_value, true))
          << signed_value;
    }
  }
  EXPECT_EQ(round_to_f16(std::nan("")), 0x7e00);
  EXPECT_EQ(round_to_bf16(std::nan("")), 0x7fc0);
  EXPECT_EQ(round_to_f16(INFINITY), 0x7c00);
}

TEST(WidenScalar, IsExactForEveryValue) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    for (const bool brain : {false, true}) {
      const double expected = test::value_of_half(half, brain);
      const float got = brain ? widen_bf16(half) : widen_f16(half);
      if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(got));
      } else {
        EXPECT_EQ(got, expected);
        EXPECT_EQ(std::signbit(got), std::signbit(expected));
      }
    }
  }
}

// Through f64 this integer would round twice.
TEST(StoreScalar, RoundsIntegersToF32Once) {
  const std::int64_t value = (std::int64_t{1} << 60) + (std::int64_t{1} << 36) + 1;
  bw_scalar s = {BW_SCALAR_INT, 0, {.integer = value}};
  unsigned char bytes[16];
  store_scalar(s, dtype::f32, "x", bytes);
  float got = 0;
  std::memcpy(&got, bytes, 4);
  EXPECT_EQ(got, 0x1.000002p60f);
}

// Integers reach f16 and bf16 through f32, as torch has it.
TEST(StoreScalar, RoundsIntegersToBf16ThroughF32) {
  bw_scalar s = {BW_SCALAR_INT, 0, {.integer = 16842753}};
  unsigned char bytes[16];
  store_scalar(s, dtype::bf16, "x", bytes);
  std::uint16_t got = 0;
  std::memcpy(&got, bytes, 2);
  EXPECT_EQ(widen_bf16(got), 16777216.0f);
}

}  // namespace
}  // namespace bitwhere::plan
