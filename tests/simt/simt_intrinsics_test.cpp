// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cmath>
#include <cstdint>
#include <limits>

#include "simt_fixture.hpp"

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

TEST(SimtIntrinsics, CountBits) {
  EXPECT_EQ(__popc(0xf0f0u), 8);
  EXPECT_EQ(__popcll(~0ull), 64);
  EXPECT_EQ(__clz(0), 32);
  EXPECT_EQ(__clz(1), 31);
  EXPECT_EQ(__clzll(1), 63);
  EXPECT_EQ(__ffs(0), 0);
  EXPECT_EQ(__ffs(0x80), 8);
  EXPECT_EQ(__ffsll(1ll << 40), 41);
  EXPECT_EQ(__brev(1u), 0x80000000u);
  EXPECT_EQ(__brev(0x12345678u), 0x1e6a2c48u);
  EXPECT_EQ(__brevll(1ull), 1ull << 63);
}

TEST(SimtIntrinsics, MultiplyHigh) {
  EXPECT_EQ(__umulhi(~0u, ~0u), 0xfffffffeu);
  EXPECT_EQ(__mulhi(-1, 5), -1);
  EXPECT_EQ(__umul64hi(~0ull, ~0ull), ~0ull - 1);
  EXPECT_EQ(__mul64hi(-1, 5), -1);
}

TEST(SimtIntrinsics, MoveBytes) {
  EXPECT_EQ(__byte_perm(0x33221100u, 0x77665544u, 0x7410u), 0x77441100u);
  EXPECT_EQ(__byte_perm(0x000080ffu, 0, 0xba98u), 0x0000ffffu);
  EXPECT_EQ(__funnelshift_l(0x80000000u, 1u, 1), 3u);
  EXPECT_EQ(__funnelshift_l(5u, 6u, 32), 6u);
  EXPECT_EQ(__funnelshift_lc(5u, 6u, 32), 5u);
  EXPECT_EQ(__funnelshift_r(2u, 1u, 1), 0x80000001u);
  EXPECT_EQ(__funnelshift_rc(5u, 6u, 40), 6u);
}

TEST(SimtIntrinsics, ConversionsSaturateAsPtxSays) {
  EXPECT_EQ(__float2int_rz(3e9f), std::numeric_limits<int>::max());
  EXPECT_EQ(__float2int_rz(-infinity), std::numeric_limits<int>::min());
  EXPECT_EQ(__float2int_rz(not_a_number), 0);
  EXPECT_EQ(__float2int_rn(2.5f), 2);
  EXPECT_EQ(__float2int_rd(-2.5f), -3);
  EXPECT_EQ(__float2int_ru(-2.5f), -2);
  EXPECT_EQ(__float2uint_rz(-4.0f), 0u);
  EXPECT_EQ(__float2ll_rz(1e30f), std::numeric_limits<long long>::max());
  EXPECT_EQ(__float2ll_rz(not_a_number), std::numeric_limits<long long>::min());
  EXPECT_EQ(__double2ll_rz(-2.9), -2);
  EXPECT_EQ(__double2int_rz(std::nan("")), std::numeric_limits<int>::min());
  EXPECT_EQ(__double2ull_rz(std::nan("")), 1ull << 63);
  EXPECT_EQ(__double2ll_rn(9007199254740993.0), 9007199254740992ll);
  EXPECT_EQ(__ll2float_rn((1ll << 24) + 1), 16777216.0f);
  EXPECT_EQ(__double2float_rn(1.0 + 1e-9), 1.0f);
}

TEST(SimtIntrinsics, ReinterpretBits) {
  EXPECT_EQ(__float_as_uint(1.0f), 0x3f800000u);
  EXPECT_EQ(__int_as_float(0x40000000), 2.0f);
  EXPECT_EQ(__double_as_longlong(1.0), 0x3ff0000000000000ll);
  EXPECT_EQ(__hiloint2double(__double2hiint(0.1), __double2loint(0.1)), 0.1);
}

TEST(SimtIntrinsics, ArithmeticRoundsOnce) {
  const float epsilon = std::numeric_limits<float>::epsilon();
  const float a = 1.0f + epsilon;
  EXPECT_EQ(__fadd_rn(__fmul_rn(a, a), -1.0f - 2 * epsilon), 0.0f);
  EXPECT_EQ(__fmaf_rn(a, a, -1.0f - 2 * epsilon), epsilon * epsilon);
  EXPECT_EQ(__float_as_uint(__fdiv_rn(1.0f, 3.0f)), 0x3eaaaaabu);
  EXPECT_EQ(__fsqrt_rn(2.0f), std::sqrt(2.0f));
  EXPECT_EQ(min(not_a_number, 1.0f), 1.0f);
  EXPECT_EQ(max(-3, 2), 2);
}

TEST(SimtIntrinsics, VectorsAreAlignedAsInCuda) {
  EXPECT_EQ(alignof(uchar4), 4u);
  EXPECT_EQ(alignof(ushort4), 8u);
  EXPECT_EQ(alignof(uint3), 4u);
  EXPECT_EQ(alignof(uint4), 16u);
  EXPECT_EQ(alignof(double2), 16u);
  EXPECT_EQ(sizeof(float3), 12u);
  EXPECT_EQ(make_float4(1, 2, 3, 4).w, 4.0f);
}

}  // namespace
