// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/plan/scalar.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace bitwhere::plan {
namespace {

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
  EXPECT_EQ(got, 0x4b80);  // 16777216
}

}  // namespace
}  // namespace bitwhere::plan
