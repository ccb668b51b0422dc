// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/plan/tensor.hpp"

#include <gtest/gtest.h>

#include "src/plan/failure.hpp"
#include "src/plan/where_plan.hpp"

namespace bitwhere::plan {
namespace {

bw_tensor of(std::int64_t* shape, std::int32_t ndim, void* data) {
  return {data, {BW_CPU, 0}, ndim, {BW_UINT, 8, 1}, shape, nullptr, 0};
}

// Sizes around the limits of 32 bits are planned in 64, without allocating.
TEST(CheckedTensor, CountsElementsIn64Bits) {
  for (const std::int64_t n :
       {(1LL << 31) - 1, 1LL << 31, (1LL << 31) + 1, (1LL << 32) - 1, 1LL << 32, (1LL << 32) + 1}) {
    std::int64_t shape[] = {n, 3};
    int data = 0;
    const bw_tensor b = of(shape, 2, &data);
    const tensor t = checked(&b, "x");
    EXPECT_EQ(t.elements, 3 * n);
    EXPECT_EQ(t.stride_bytes[0], 3);
  }
}

TEST(CheckedTensor, RefusesMoreElementsThanAddresses) {
  std::int64_t shape[] = {1LL << 30, 1LL << 30};
  int data = 0;
  const bw_tensor b = of(shape, 2, &data);
  EXPECT_THROW(checked(&b, "x"), failure);
}

TEST(CheckedTensor, TakesHugeSizesBesideZero) {
  std::int64_t shape[] = {1LL << 40, 0, 1LL << 40};
  const bw_tensor b = of(shape, 3, nullptr);
  EXPECT_EQ(checked(&b, "x").elements, 0);
}

TEST(CheckedTensor, AddsTheByteOffset) {
  std::int64_t shape[] = {1};
  char data[8];
  bw_tensor b = of(shape, 1, data);
  b.byte_offset = 5;
  EXPECT_EQ(checked(&b, "x").data, reinterpret_cast<unsigned char*>(data + 5));
}

TEST(CheckedTensor, RefusesWhatIsNoTensor) {
  std::int64_t shape[] = {1};
  char data[8];
  bw_tensor b = of(shape, 17, data);
  EXPECT_THROW(checked(&b, "x"), failure);
  b = of(shape, -1, data);
  EXPECT_THROW(checked(&b, "x"), failure);
  b = of(nullptr, 1, data);
  EXPECT_THROW(checked(&b, "x"), failure);
  EXPECT_THROW(checked(nullptr, "x"), failure);
}

// A plan of 2^32 + 1 elements: bytes and extents must not wrap.
TEST(WherePlan, CountsBytesIn64Bits) {
  std::int64_t n = (1LL << 32) + 1;
  static std::int64_t shape[1];
  shape[0] = n;
  char data = 0;
  bw_tensor x = of(shape, 1, &data);
  bw_tensor out = of(shape, 1, reinterpret_cast<char*>(0x100000000000));
  const bw_operand three = {nullptr, {BW_SCALAR_INT, 0, {.integer = 3}}};
  const bw_condition condition = {sizeof(bw_condition), BW_GT, 0, &x, three, nullptr, nullptr};
  const bw_scalar one = {BW_SCALAR_INT, 0, {.integer = 1}};
  const where_plan plan = plan_where({}, &condition, {&x, {}}, {nullptr, one}, &out);
  EXPECT_EQ(plan.args.s.elements, n);
  EXPECT_EQ(plan.bytes, 2 * n) << "x is read once for the condition and the choice";
}

}  // namespace
}  // namespace bitwhere::plan
