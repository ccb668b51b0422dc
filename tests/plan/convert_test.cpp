// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "kernels/convert/convert_formula.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "../support/random.hpp"
#include "../support/reference.hpp"

// The conversions that everything else is built from, against searches and casts of the compiler.
namespace bitwhere::kernels {
namespace {

std::vector<float> awkward_floats() {
  test::random_integers random(30);
  std::vector<float> values{
      0.0f,          1.0f,           65504,    65519.996f, 65520,         65536,
      5.9604645e-8f, 2.9802322e-8f,  2.99e-8f, 6.1e-5f,    6.1035156e-5f, 6.0975552e-5f,
      3.3895e38f,    3.3961775e38f,  9.2e-41f, 4.6e-41f,   1 + 0x1p-11f,  1 + 3 * 0x1p-11f,
      1 + 0x1p-8f,   1 + 3 * 0x1p-8f};
  for (int i = 0; i < 60; ++i) {
    const auto exponent = static_cast<int>(random.below(90)) - 90;
    values.push_back(std::ldexp(static_cast<float>(random.next() >> 40), exponent));
  }
  return values;
}

// Against a search among all values of the format.
TEST(NarrowFloat, IsNearestEven) {
  for (const float value : awkward_floats()) {
    for (const float given : {value, -value}) {
      EXPECT_EQ(narrow_half(given).bits, test::nearest_half(given, false)) << given;
      EXPECT_EQ(narrow_bfloat(given).bits, test::nearest_half(given, true)) << given;
    }
  }
  EXPECT_EQ(narrow_half(NAN).bits, 0x7e00);
  EXPECT_EQ(narrow_half(-NAN).bits, 0x7e00);
  EXPECT_EQ(narrow_bfloat(-NAN).bits, 0x7fc0);
  EXPECT_EQ(narrow_half(INFINITY).bits, 0x7c00);
  EXPECT_EQ(narrow_bfloat(-INFINITY).bits, 0xff80);
}

TEST(WidenFloat, IsExactForEveryValueAndBack) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    for (const bool brain : {false, true}) {
      const double expected = test::value_of_half(half, brain);
      const float got = brain ? widen(bfloat_bits{half}) : widen(half_bits{half});
      if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(got));
      } else {
        EXPECT_EQ(got, expected);
        EXPECT_EQ(std::signbit(got), std::signbit(expected));
        EXPECT_EQ(brain ? narrow_bfloat(got).bits : narrow_half(got).bits, half);
      }
    }
  }
}

template <class T>
std::uint64_t bits_of(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(value));
  return bits;
}

TEST(Convert, MakesEveryNanCanonical) {
  const float single = float_from_bits(0xffc12345u);
  EXPECT_EQ(bits_of(convert<double>(single)), 0x7ff8000000000000u);
  EXPECT_EQ(bits_of(convert<float>(half_bits{0xfe01})), 0x7fc00000u);
  EXPECT_EQ(bits_of(convert<float>(bfloat_bits{0xffc1})), 0x7fc00000u);
  EXPECT_EQ(convert<bfloat_bits>(half_bits{0x7c01}).bits, 0x7fc0);
  EXPECT_EQ(bits_of(convert<complex64>(half_bits{0xfe01}).real), 0x7fc00000u);
  EXPECT_EQ(bits_of(convert<float>(single)), 0xffc12345u) << "what is not converted is moved";
}

TEST(Convert, ReachesHalvesThroughSingle) {
  EXPECT_EQ(convert<bfloat_bits>(std::int64_t{16842753}).bits, 0x4b80);
  EXPECT_EQ(convert<half_bits>(1 + 0x1p-11 + 0x1p-40).bits, 0x3c00);
}

TEST(Convert, WrapsIntegersAndRoundsFloats) {
  EXPECT_EQ(convert<std::uint8_t>(std::int64_t{-1}), 255);
  EXPECT_EQ(convert<std::int8_t>(std::int32_t{300}), 44);
  EXPECT_EQ(convert<float>(std::int64_t{(1LL << 60) + (1LL << 36) + 1}), 0x1.000002p60f);
  EXPECT_EQ(convert<float>(1e300), INFINITY);
  EXPECT_EQ(convert<std::int64_t>(bool_byte{0x80}), 1);
  EXPECT_EQ(convert<complex128>(std::int8_t{-3}).real, -3.0);
}

}  // namespace
}  // namespace bitwhere::kernels
