// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "reducing.hpp"

// Sums are exact whatever is added: every spread of exponents, cancellation, ties, both ends of the
// range, and what is no number.
namespace bitwhere::test {
namespace {

using bit_list = std::vector<std::uint64_t>;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::uint64_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }
std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

bit_list bits_of(const std::vector<float>& values) {
  bit_list out;
  for (const float value : values) out.push_back(bits_of(value));
  return out;
}
bit_list bits_of(const std::vector<double>& values) {
  bit_list out;
  for (const double value : values) out.push_back(bits_of(value));
  return out;
}

// The bits of a fraction, all set.
std::uint64_t ones_of(dtype type) {
  const int bits = type == f16 ? 10 : type == bf16 ? 7 : type == f32 ? 23 : 52;
  return (std::uint64_t{1} << bits) - 1;
}

class ReduceSum : public reducing {
 protected:
  // The sum and the mean of a list, into every float; f16 and bf16 leave as they come.
  void expect_sums(dtype type, const bit_list& bits) {
    condition_maker own(on(), random);
    const seen x = own.take(array_of(type, bits));
    for (const dtype out : {f32, f64, f16, bf16}) {
      SCOPED_TRACE("into " + describe(out));
      expect_reduced(x, nullptr, {.by = reducer::sum, .type = out});
    }
    expect_reduced(x, nullptr, {.by = reducer::mean});
  }

  void expect_sum(dtype type, const bit_list& bits) {
    condition_maker own(on(), random);
    expect_reduced(own.take(array_of(type, bits)), nullptr, {.by = reducer::sum});
  }

  // A float of this exponent field, of any sign and fraction, or with all bits of it set.
  std::uint64_t draw(dtype type, std::int64_t field) {
    const std::uint64_t ones = ones_of(type);
    const std::uint64_t fraction = random.below(4) == 0 ? ones : random.next() & ones;
    const std::uint64_t sign = random.next() & 1;
    return sign << (type.bits - 1) | static_cast<std::uint64_t>(field) * (ones + 1) | fraction;
  }

  bit_list draw_spread(dtype type, std::size_t n, std::int64_t lowest, std::int64_t spread) {
    bit_list out;
    for (std::size_t i = 0; i < n; ++i) {
      out.push_back(draw(type, lowest + random.below(spread + 1)));
    }
    return out;
  }

  void shuffle(bit_list& bits) {
    for (std::size_t i = bits.size(); i > 1; --i) {
      std::swap(bits[i - 1],
                bits[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
    }
  }
};

// Field 0 is that of denormals; 254 the largest of f32, 2046 of f64.
TEST_P(ReduceSum, OfEverySpread) {
  for (std::int64_t spread = 0; spread <= 254; ++spread) {
    SCOPED_TRACE(spread);
    const std::int64_t lowest = random.below(255 - spread);
    expect_sum(f32, draw_spread(f32, 4200, lowest, spread));
    expect_sum(bf16, draw_spread(bf16, 300, lowest, spread));
  }
  for (const std::int64_t lowest : {0, 60, 190}) {
    expect_sums(f32, draw_spread(f32, 9000, lowest, 20));
    expect_sums(f32, draw_spread(f32, 9000, lowest, 60));
  }
}

TEST_P(ReduceSum, OfEverySpreadOfF64) {
  for (const std::int64_t spread :
       {0, 1, 10, 33, 34, 35, 77, 78, 79, 121, 122, 123, 124, 200, 500, 1000, 1500, 2046}) {
    SCOPED_TRACE(spread);
    for (const std::int64_t lowest :
         {std::int64_t{0}, 2046 - spread, random.below(2047 - spread)}) {
      expect_sum(f64, draw_spread(f64, 2100, lowest, spread));
    }
  }
}

TEST_P(ReduceSum, OfEverySpreadOfHalves) {
  for (std::int64_t spread = 0; spread <= 30; ++spread) {
    expect_sums(f16, draw_spread(f16, 4100, random.below(31 - spread), spread));
  }
}

// One number far above or far below the rest, anywhere.
TEST_P(ReduceSum, OfOutliers) {
  for (int repeat = 0; repeat < 60; ++repeat) {
    SCOPED_TRACE(repeat);
    const auto n = static_cast<std::size_t>(1 + random.below(9000));
    bit_list of_f32 = draw_spread(f32, n, 100, random.below(12));
    bit_list of_f64 = draw_spread(f64, n / 4 + 1, 1000, random.below(30));
    of_f32[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(n)))] =
        draw(f32, random.below(255));
    of_f64[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(of_f64.size())))] =
        draw(f64, random.below(2047));
    expect_sum(f32, of_f32);
    expect_sum(f64, of_f64);
  }
}

TEST_P(ReduceSum, ThatCancels) {
  for (const auto& [type, fields] : {std::pair{f32, 255}, {f64, 2047}, {f16, 31}, {bf16, 255}}) {
    for (const std::int64_t spread : {3, 18, 27}) {
      for (const std::int64_t lowest : {std::int64_t{0}, std::int64_t{fields} - spread - 1}) {
        bit_list bits = draw_spread(type, 3000, lowest, spread);
        const std::size_t n = bits.size();
        const std::uint64_t sign = std::uint64_t{1} << (type.bits - 1);
        for (std::size_t i = 0; i < n; ++i) bits.push_back(bits[i] ^ sign);
        shuffle(bits);
        SCOPED_TRACE(describe(type) + " from " + std::to_string(lowest));
        expect_sum(type, bits);  // +0
        bits[0] = 1;             // the smallest there is, in the place of something
        expect_sum(type, bits);
        bits.push_back(1);
        expect_sum(type, bits);
      }
    }
  }
}

TEST_P(ReduceSum, OfZeros) {
  EXPECT_EQ(reduce(on(), reducer::sum, to(on(), bitwhere::view(std::vector<float>{-0.0F, -0.0F})))
                .item<float>(),
            0.0F);
  for (const dtype type : {f16, bf16, f32, f64}) {
    const std::uint64_t negative = std::uint64_t{1} << (type.bits - 1);
    expect_sums(type, {negative});
    expect_sums(type, {negative, negative, negative});
    expect_sums(type, {0, negative});
    expect_sums(type, bit_list(5000, negative));
  }
}

// Ties to even, broken by what lies far below.
TEST_P(ReduceSum, RoundsOnce) {
  const auto two_to = [](int e) { return std::ldexp(1.0, e); };
  const std::vector<std::vector<double>> lists = {
      {1, two_to(-24), two_to(-60)},
      {1, two_to(-24)},
      {1, two_to(-24), -two_to(-70)},
      {1 + two_to(-23), two_to(-24)},
      {1, two_to(-53), two_to(-120)},
      {1, two_to(-53)},
      {1 + two_to(-52), two_to(-53)},
      {1 + two_to(-52), two_to(-53), -two_to(-1000)},
      {1, two_to(-11), two_to(-40)},
      {1, two_to(-11)},
      {1, two_to(-8), two_to(-30)},
      {1, two_to(-8)},
      {1 + two_to(-7), two_to(-8)},
      {two_to(-1074)},
      {two_to(-150)},
      {two_to(-150), two_to(-1074)},
      {two_to(-149), two_to(-150)},
      {two_to(-25)},
      {two_to(-25), two_to(-900)},
      {two_to(-24), two_to(-25)},
      {65504, 15.9999},
      {65504, 16},
      {65519.99999, -1e-300},
      {3.4028234663852886e38, 1.0141204801825835e31},
      {3.4028234663852886e38, 1.014120480182583e31},
      {1.7976931348623157e308, 9.979201547673597e291},
      {1.7976931348623157e308, 9.9792015476736e291},
      {1e308, 1e308, -1e308},
      {-1e308, -1e308},
      {1e308, 1e308, 1e308, -1e308, -1e308, -1e308, 5e-324},
  };
  for (const std::vector<double>& list : lists) {
    SCOPED_TRACE(testing::PrintToString(list));
    expect_sums(f64, bits_of(list));
    std::vector<double> negative;
    for (const double value : list) negative.push_back(-value);
    expect_sums(f64, bits_of(negative));
  }
  expect_sums(f32, bits_of(std::vector<float>{1, 0x1p-24F, 0x1p-60F}));
  EXPECT_EQ(
      sum(on(), to(on(), bitwhere::view(std::vector<float>{1, 0x1p-24F, 0x1p-60F}))).item<float>(),
      1 + 0x1p-23F);
}

// Beyond the range on the way, or in the end.
TEST_P(ReduceSum, BeyondTheRange) {
  const std::uint64_t largest = bits_of(std::numeric_limits<float>::max());
  bit_list bits(6000, largest);
  expect_sums(f32, bits);
  const std::uint64_t sign = std::uint64_t{1} << 31;
  for (std::size_t i = 0; i < 2999; ++i) bits[i] ^= sign;
  expect_sums(f32, bits);
  bits[2999] ^= sign;
  expect_sums(f32, bits);
  bit_list wide(6000, bits_of(std::numeric_limits<double>::max()));
  expect_sums(f64, wide);
  for (std::size_t i = 0; i < 3000; ++i) wide[2 * i] ^= std::uint64_t{1} << 63;
  expect_sums(f64, wide);
}

// The sum of nothing but the smallest denormals, as many as make a normal number.
TEST_P(ReduceSum, OfDenormals) {
  expect_sums(f32, bit_list(9001, 1));
  expect_sums(f64, bit_list(9001, 1));
  expect_sums(f16, bit_list(3000, 1));
  expect_sums(bf16, bit_list(3000, 0x7f));
  expect_sums(f32, draw_spread(f32, 8000, 0, 0));
  expect_sums(f64, draw_spread(f64, 4000, 0, 0));
}

TEST_P(ReduceSum, OfWhatIsNoNumber) {
  const std::vector<std::vector<double>> lists = {
      {inf},       {-inf},     {nan},      {-nan},      {inf, inf},
      {inf, -inf}, {-inf, -1}, {inf, nan}, {1, nan, 2}, {inf, -1e38, -1e38}};
  for (const std::vector<double>& list : lists) {
    SCOPED_TRACE(testing::PrintToString(list));
    expect_sums(f64, bits_of(list));
    std::vector<float> narrow;
    for (const double value : list) narrow.push_back(static_cast<float>(value));
    expect_sums(f32, bits_of(narrow));
  }
  // Anywhere among many, of any payload.
  for (const dtype type : {f16, bf16, f32, f64}) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      const std::int64_t special = type == f16 ? 31 : type == f64 ? 2047 : 255;
      bit_list bits = draw_spread(type, 5000, special / 2, repeat % 9);
      const std::uint64_t infinity = draw(type, special) & ~ones_of(type);
      const auto anywhere = [&] { return static_cast<std::size_t>(random.below(5000)); };
      bits[anywhere()] = infinity;
      if (repeat % 3 == 1) bits[anywhere()] = infinity ^ std::uint64_t{1} << (type.bits - 1);
      if (repeat % 3 == 2) bits[anywhere()] = infinity | 1;
      expect_sums(type, bits);
    }
  }
}

TEST_P(ReduceSum, OfIntegersModulo2To64) {
  const auto word = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  for (const bit_list& bits :
       {bit_list{word(INT64_MAX), 1}, bit_list{word(INT64_MIN), word(INT64_MIN)},
        bit_list{word(INT64_MIN), word(-1)}, bit_list(4099, word(INT64_MAX)),
        bit_list(4099, word(INT64_MIN)), bit_list{word((1LL << 53) + 1)},
        bit_list{word((1LL << 53) + 1), word(1LL << 53), 2}}) {
    condition_maker own(on(), random);
    const seen x = own.take(array_of(i64, bits));
    expect_reduced(x, nullptr, {.by = reducer::sum});
    for (const dtype out : {f16, bf16, f32, f64}) {
      expect_reduced(x, nullptr, {.by = reducer::mean, .type = out});
    }
  }
  for (const dtype type : {boolean, u8, i8, i16, i32, i64}) {
    bit_list bits;
    for (int i = 0; i < 70001; ++i) bits.push_back(random.next());
    condition_maker own(on(), random);
    const seen x = own.take(array_of(type, bits));
    SCOPED_TRACE(describe(type));
    expect_reduced(x, nullptr, {.by = reducer::sum});
    expect_reduced(x, nullptr, {.by = reducer::mean});
    expect_reduced(x, nullptr, {.by = reducer::mean, .type = f64});
  }
}

// Every bound of a narrow type, over and over: the largest sums that partial accumulators see.
TEST_P(ReduceSum, OfIntegersAtTheirBounds) {
  for (const dtype type : {boolean, u8, i8, i16, i32, i64}) {
    const int bits = type.bits;
    const bool is_signed = type.code == BW_INT;
    const std::uint64_t ones = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
    const std::uint64_t top = std::uint64_t{1} << (bits - 1);
    for (const std::uint64_t value : {is_signed ? top : ones, is_signed ? top - 1 : ones}) {
      condition_maker own(on(), random);
      const seen x = own.take(array_of(type, bit_list(140001, value)));
      SCOPED_TRACE(describe(type));
      expect_reduced(x, nullptr, {.by = reducer::sum});
      expect_reduced(x, nullptr, {.by = reducer::mean, .type = f64});
    }
  }
}

TEST_P(ReduceSum, MeansDivideByTheNumberOfElements) {
  const seen x = maker.take(array_of(f32, bits_of(std::vector<float>{1, 2, 4})));
  for (const double eps : {0.0, -0.0, 1e-6, 0.5, 3.0, 1e308, 5e-324}) {
    for (const dtype out : {f16, bf16, f32, f64}) {
      expect_reduced(x, nullptr, {.by = reducer::mean, .type = out, .denominator_eps = eps});
      expect_reduced(
          x, nullptr,
          {.by = reducer::mean, .type = out, .denominator_eps = eps, .empty = empty_mean::zero});
    }
  }
  // The divided sum is rounded to f64 first: it may be infinite though the mean is not.
  expect_sums(f64, bits_of(std::vector<double>{1e308, 1e308}));
  EXPECT_EQ(mean(on(), to(on(), bitwhere::view(std::vector<double>{1e308, 1e308}))).item<double>(),
            inf);
}

// The order of the elements changes nothing.
TEST_P(ReduceSum, HasNoOrder) {
  bit_list bits = draw_spread(f32, 20000, 20, 150);
  std::vector<float> first;
  for (int repeat = 0; repeat < 5; ++repeat) {
    condition_maker own(on(), random);
    const seen x = own.take(array_of(f32, bits));
    first.push_back(sum(on(), x.view).item<float>());
    shuffle(bits);
  }
  for (const float other : first) EXPECT_EQ(bits_of(other), bits_of(first[0]));
}

INSTANTIATE_TEST_SUITE_P(Backends, ReduceSum, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
