// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <cstdint>
#include <limits>
#include <vector>

// More than 2^31 elements of one sum: no limb overflows and nothing counts in 32 bits.
namespace bitwhere::test {
namespace {

constexpr std::int64_t many = (std::int64_t{1} << 31) + 70001;

TEST(Large, SumsBeyond2To31) {
  const context cpu("cpu");
  // All bits of a significand set: deposits as large as they come.
  const float value = 0x1.fffffep+3F;
  const partial all(cpu, reducer::sum, view(&value, {many}, {0}));
  const double exact = static_cast<double>(value) * static_cast<double>(many);
  const auto as = [&](reducer by, dtype type) {
    return partial(cpu, by, f32, all.words(), {.type = type}).finish();
  };
  EXPECT_EQ(as(reducer::sum, f64).item<double>(), exact);
  EXPECT_EQ(as(reducer::sum, f32).item<float>(), static_cast<float>(exact));
  EXPECT_EQ(as(reducer::mean, f32).item<float>(), value);
  EXPECT_EQ(as(reducer::count, i64).item<std::int64_t>(), many);
  const double wide = -0x1.fffffffffffffp+1023;
  EXPECT_EQ(mean(cpu, view(&wide, {many}, {0})).item<double>(),
            -std::numeric_limits<double>::infinity())
      << "the sum itself is beyond f64";
}

// A NaN in every tile, so that each term is deposited by itself: without a normal form in between,
// the limb of their low digits would overflow.
TEST(Large, DepositsBeyond2To31) {
  constexpr std::int64_t a_row = 4096;
  constexpr std::int64_t rows = 524500;
  std::vector<float> row(a_row, 0x1.fffffep-22F);  // the unit of limb 3 times 0xffffff00
  row[0] = std::numeric_limits<float>::quiet_NaN();
  const context cpu(context_options{.threads = 1});
  const partial all(cpu, reducer::sum, view(row, {rows, a_row}, {0, 1}));
  const std::int64_t* const words = all.words().span<std::int64_t>().data();
  constexpr std::int64_t terms = rows * (a_row - 1);
  static_assert(terms > std::int64_t{1} << 31);
  // terms * 0xffffff00 in digits.
  constexpr std::uint64_t halves[] = {static_cast<std::uint64_t>(terms) * 0xff00,
                                      static_cast<std::uint64_t>(terms) * 0xffff};
  constexpr std::uint64_t low = (halves[1] << 16) + halves[0];
  constexpr std::uint64_t carry = (halves[1] >> 48) + (low < halves[0] ? 1 : 0);
  std::int64_t expected[11] = {};
  expected[3] = static_cast<std::int64_t>(low & 0xffffffff);
  expected[4] = static_cast<std::int64_t>(low >> 32);
  expected[5] = static_cast<std::int64_t>(carry);
  for (int k = 0; k < 11; ++k) EXPECT_EQ(words[5 + k], expected[k]) << "limb " << k;
  EXPECT_EQ(words[5 + 11], rows) << "NaN";
}

TEST(Large, SumsIntegersBeyond2To31) {
  const context cpu("cpu");
  const std::int64_t largest = INT64_MAX;
  const partial all(cpu, reducer::sum, view(&largest, {many}, {0}));
  EXPECT_EQ(all.finish().item<std::int64_t>(), INT64_MAX - many + 1) << "modulo 2^64";
  const partial mean(cpu, reducer::mean, i64, all.words(), {.type = f64});
  EXPECT_EQ(mean.finish().item<double>(), 0x1p63);
}

TEST(Large, FindsExtremesBeyond2To31) {
  const context cpu("cpu");
  const std::uint8_t values[] = {1, 2};
  const tensor_view x = view(values, {2, many}, {1, 0});
  EXPECT_EQ(argmax(cpu, x, {.first_index = 1LL << 40}).item<std::int64_t>(), (1LL << 40) + many);
}

}  // namespace
}  // namespace bitwhere::test
