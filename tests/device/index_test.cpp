// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include "../support/random.hpp"
#include "kernels/tile/index_cuda.cuh"

// Index arithmetic of the CUDA kernels, run as plain functions.
namespace bitwhere::kernels {
namespace {

template <bool Wide>
void expect_division(const std::vector<int64_t>& extent, int64_t n) {
  space s = {};
  s.rank = static_cast<int32_t>(extent.size());
  s.elements = Wide ? int64_t{1} << 40 : INT32_MAX;
  for (std::size_t d = 0; d < extent.size(); ++d) s.extent[d] = extent[d];
  const indexer by = indexer_of(s);
  int64_t left = n;
  const int64_t remainder = divide<Wide>(by, s.rank - 1, left);
  ASSERT_EQ(left, n / extent.back()) << n << " / " << extent.back();
  ASSERT_EQ(remainder, n % extent.back()) << n << " % " << extent.back();
}

TEST(FastDivider, DividesEveryIndexBelow2To31) {
  test::random_integers random(70);
  std::vector<int64_t> divisors{1, 2, 3, 5, 7, 255, 256, 257, 65535, 65537, 641, 6700417};
  for (int k = 1; k < 31; ++k) {
    for (const int64_t d : {(int64_t{1} << k) - 1, int64_t{1} << k, (int64_t{1} << k) + 1}) {
      divisors.push_back(d);
    }
  }
  for (int i = 0; i < 200; ++i) divisors.push_back(1 + random.below(INT32_MAX));
  for (const int64_t d : divisors) {
    // A multiple far up and the index before it: where an inexact quotient first goes wrong.
    const int64_t last = (int64_t{1} << 31) / d * d;
    for (const int64_t n : {last - d, last - d - 1, last - 1, last}) {
      if (n >= 0 && n <= INT32_MAX) expect_division<false>({d}, n);
    }
    for (const int64_t n : {int64_t{0}, d - 1, d, d + 1, 2 * d - 1, int64_t{INT32_MAX},
                            int64_t{INT32_MAX} - 1, random.below(INT32_MAX)}) {
      if (n >= 0 && n <= INT32_MAX) expect_division<false>({d}, n);
    }
  }
}

TEST(FastDivider, DividesInWideSpaces) {
  for (const int64_t n : {(int64_t{1} << 31) - 1, int64_t{1} << 31, (int64_t{1} << 32) + 1,
                          (int64_t{1} << 39) + 12345}) {
    for (const int64_t d : {int64_t{1}, int64_t{3}, (int64_t{1} << 31) + 1, int64_t{1} << 33}) {
      expect_division<true>({d}, n);
    }
  }
}

TEST(Indexer, GivesOffsetsOfNegativeAndZeroStrides) {
  space s = {};
  s.rank = 3;
  s.elements = 2 * 3 * 5;
  s.extent[0] = 2;
  s.extent[1] = 3;
  s.extent[2] = 5;
  const indexer by = indexer_of(s);
  const int64_t a[max_rank] = {60, -20, 4};
  const int64_t b[max_rank] = {0, 8, 0};
  const int64_t* const stride[] = {a, b};
  for (int64_t n = 0; n < s.elements; ++n) {
    int64_t offset[2];
    offsets_at<false>(by, stride, n, offset);
    EXPECT_EQ(offset[0], n / 15 * 60 - n / 5 % 3 * 20 + n % 5 * 4);
    EXPECT_EQ(offset[1], n / 5 % 3 * 8);
  }
}

}  // namespace
}  // namespace bitwhere::kernels
