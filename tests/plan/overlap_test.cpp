// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/plan/overlap.hpp"

#include <gtest/gtest.h>

#include <set>

#include "src/plan/failure.hpp"
#include "tests/support/random.hpp"

namespace bitwhere::plan {
namespace {

alignas(16) unsigned char memory[4096];

tensor strided_tensor(int64_t begin, std::initializer_list<int64_t> extent,
                      std::initializer_list<int64_t> stride_bytes) {
  tensor t;
  t.name = "t";
  t.data = memory + begin;
  t.type = dtype::f32;
  t.elements = 1;
  for (const int64_t e : extent) {
    t.shape.extent[t.shape.rank++] = e;
    t.elements *= e;
  }
  int d = 0;
  for (const int64_t s : stride_bytes) t.stride_bytes[d++] = s;
  return t;
}

std::multiset<int64_t> bytes_of_tensor(const tensor& t) {
  std::multiset<int64_t> bytes;
  for (int64_t i = 0; i < t.elements; ++i) {
    int64_t rest = i;
    int64_t at = t.data - memory;
    for (int d = t.shape.rank - 1; d >= 0; --d) {
      at += rest % t.shape.extent[d] * t.stride_bytes[d];
      rest /= t.shape.extent[d];
    }
    for (int64_t b = 0; b < 4; ++b) bytes.insert(at + b);
  }
  return bytes;
}

bool refuses_alone(const tensor& t) {
  try {
    require_distinct_elements(t);
    return false;
  } catch (const failure&) {
    return true;
  }
}

bool refuses_together(const tensor& out, const tensor& in) {
  try {
    require_apart(out, in);
    return false;
  } catch (const failure&) {
    return true;
  }
}

TEST(Overlap, AllowsInterleavedColumns) {
  const tensor even = strided_tensor(1024, {8, 4}, {32, 8});
  const tensor odd = strided_tensor(1028, {8, 4}, {32, 8});
  EXPECT_FALSE(refuses_together(even, odd));
  EXPECT_TRUE(refuses_together(even, strided_tensor(1026, {8, 4}, {32, 8})));
}

// Never a miss: what shares a byte is refused, whatever the strides.
TEST(Overlap, NeverMissesSharedBytes) {
  test::random_integers random(50);
  int shared = 0;
  int refused_apart = 0;
  for (int round = 0; round < 20000; ++round) {
    const auto make = [&] {
      return strided_tensor(1500 + random.below(200), {1 + random.below(4), 1 + random.below(4)},
                            {random.below(80) - 40, random.below(80) - 40});
    };
    const tensor a = make();
    const tensor b = make();
    const auto bytes_a = bytes_of_tensor(a);
    const std::set<int64_t> distinct(bytes_a.begin(), bytes_a.end());
    if (distinct.size() != bytes_a.size()) {
      EXPECT_TRUE(refuses_alone(a));
    }
    bool meet = false;
    for (const int64_t byte : bytes_of_tensor(b)) meet = meet || distinct.count(byte) != 0;
    if (meet) {
      ++shared;
      EXPECT_TRUE(refuses_together(a, b));
    } else if (refuses_together(a, b)) {
      ++refused_apart;
    }
  }
  EXPECT_GT(shared, 1000);
  // Caution is allowed, but must stay the exception.
  EXPECT_LT(refused_apart, 20000 / 4);
}

TEST(Overlap, AllowsExactlyTheSameElements) {
  const tensor t = strided_tensor(1024, {8, 4}, {16, 4});
  EXPECT_NO_THROW(require_aligned_or_apart(t, t, t.shape));
  const tensor row = strided_tensor(1024, {1, 4}, {16, 4});
  EXPECT_THROW(require_aligned_or_apart(t, row, t.shape), failure);
}

}  // namespace
}  // namespace bitwhere::plan
