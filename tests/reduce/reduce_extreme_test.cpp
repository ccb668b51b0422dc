// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "reducing.hpp"

// The smallest and the largest, and where they stand: NaN, zeros, ties, infinities, shards.
namespace bitwhere::test {
namespace {

constexpr reducer extremes[] = {reducer::min, reducer::max, reducer::argmin, reducer::argmax};

class ReduceExtreme : public reducing {
 protected:
  void expect_extremes(dtype type, const std::vector<std::uint64_t>& bits) {
    condition_maker own(on(), random);
    const seen x = own.take(array_of(type, bits));
    for (const reducer by : extremes) expect_reduced(x, nullptr, {.by = by});
  }
};

// A few values of each kind, in every order.
TEST_P(ReduceExtreme, OfEveryShortList) {
  struct kinds {
    dtype type;
    std::vector<std::uint64_t> bits;
  };
  const kinds all[] = {
      {f32, {0x7fc00000, 0xffc12345, 0x7f800000, 0xff800000, 0, 0x80000000, 0x3f800000, 1}},
      {f16, {0x7e00, 0xfe01, 0x7c00, 0xfc00, 0, 0x8000, 0x3c00, 1}},
      {bf16, {0x7fc0, 0xffc1, 0x7f80, 0xff80, 0, 0x8000, 0x3f80, 1}},
      {f64,
       {0x7ff8000000000000, 0xfff8000000000001, 0x7ff0000000000000, 0xfff0000000000000, 0,
        0x8000000000000000, 0x3ff0000000000000, 1}},
      {boolean, {0, 1, 2, 0x80, 0xff}},
      {i8, {0, 0x7f, 0x80, 0xff, 1}},
      {u8, {0, 0x7f, 0x80, 0xff, 1}},
      {i64, {0, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 1}}};
  for (const auto& [type, bits] : all) {
    const std::size_t n = bits.size();
    std::vector<std::uint64_t> triples;
    for (std::size_t k = 0; k < n * n * n; ++k) {
      for (const std::uint64_t one : {bits[k % n], bits[k / n % n], bits[k / n / n]}) {
        triples.push_back(one);
      }
    }
    array rows = array_of(type, triples);
    rows.shape = {static_cast<std::int64_t>(n * n * n), 3};
    rows.strides = {3, 1};
    condition_maker own(on(), random);
    const seen x = own.take(rows);
    SCOPED_TRACE(describe(type));
    for (const reducer by : extremes) {
      expect_reduced(x, nullptr, {.by = by, .dims = {1}});
      expect_reduced(x, nullptr, {.by = by});
    }
  }
}

// One element that is beaten by none among many, or two of them.
TEST_P(ReduceExtreme, FindsOneAmongMany) {
  for (const dtype type : real_dtypes) {
    for (int repeat = 0; repeat < 8; ++repeat) {
      const std::int64_t n = 1 + random.below(20000);
      std::vector<std::uint64_t> bits(static_cast<std::size_t>(n), repeat % 2 == 0 ? 0 : 1);
      const auto anywhere = [&] { return static_cast<std::size_t>(random.below(n)); };
      bits[anywhere()] = 2;
      const std::uint64_t other = random.next();
      bits[anywhere()] = other;
      if (repeat % 3 == 0) bits[anywhere()] = other;
      SCOPED_TRACE(describe(type) + " of " + std::to_string(n));
      expect_extremes(type, bits);
    }
  }
}

// Elements that are all alike: the first one wins.
TEST_P(ReduceExtreme, TakesTheFirstOfEquals) {
  for (const dtype type : real_dtypes) {
    for (const std::uint64_t bits : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1}}) {
      expect_extremes(type, std::vector<std::uint64_t>(5003, bits));
    }
  }
}

TEST_P(ReduceExtreme, DoesNotDependOnTheOrderOfZeros) {
  for (const dtype type : {f16, bf16, f32, f64}) {
    const std::uint64_t negative = std::uint64_t{1} << (type.bits - 1);
    for (const std::size_t n : {2U, 9U, 300U, 9001U}) {
      std::vector<std::uint64_t> bits(n, negative);
      expect_extremes(type, bits);
      bits[n / 2] = 0;
      expect_extremes(type, bits);
      bits.assign(n, 0);
      bits[n - 1] = negative;
      expect_extremes(type, bits);
    }
  }
  const tensor zeros = to(on(), bitwhere::view(std::vector<float>{0.0F, -0.0F}));
  EXPECT_FALSE(std::signbit(amax(on(), zeros).item<float>()));
  EXPECT_TRUE(std::signbit(amin(on(), zeros).item<float>()));
  EXPECT_EQ(argmin(on(), zeros).item<std::int64_t>(), 0) << "-0 equals +0";
}

// Whatever a NaN holds, what leaves is the canonical one; its place is that of the first.
TEST_P(ReduceExtreme, GivesTheCanonicalNan) {
  const std::vector<std::uint64_t> bits{0x3f800000, 0xffffffff, 0x7f800001, 0x7f800000};
  const seen x = maker.take(array_of(f32, bits));
  for (const tensor& got : {amin(on(), x.view), amax(on(), x.view)}) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(got.item<float>()), 0x7fc00000U);
  }
  EXPECT_EQ(argmin(on(), x.view).item<std::int64_t>(), 1);
  EXPECT_EQ(argmax(on(), x.view).item<std::int64_t>(), 1);
}

// An index counts all elements of an output, selected or not, and begins where a shard does.
TEST_P(ReduceExtreme, CountsIndicesInTheLogicalOrder) {
  for (const layout chosen : all_layouts) {
    condition_maker own(on(), random);
    const seen x = own.make(f32, {5, 7, 90}, chosen);
    const judged where = own.tree({5, 7, 90}, 2);
    SCOPED_TRACE(describe(chosen));
    for (const reducer by : {reducer::argmin, reducer::argmax}) {
      for (const dimensions& dims : every_choice(3)) {
        expect_reduced(x, nullptr, {.by = by, .dims = dims, .first_index = 1LL << 40});
        expect_reduced(x, &where, {.by = by, .dims = dims, .first_index = 17});
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, ReduceExtreme, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
