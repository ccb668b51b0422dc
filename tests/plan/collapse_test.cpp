// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/plan/collapse.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bitwhere::plan {
namespace {

using kernels::access;
using kernels::tiling;

struct collapsed {
  std::vector<std::int64_t> extent;
  tiling cut;
  std::vector<access> reach;
  std::vector<std::vector<std::int64_t>> strides;
};

collapsed run(const std::vector<std::int64_t>& extent,
              std::vector<std::vector<std::int64_t>> strides, order keep = order::free) {
  kernels::space s = {};
  s.rank = static_cast<int32_t>(extent.size());
  for (std::size_t d = 0; d < extent.size(); ++d) s.extent[d] = extent[d];
  std::vector<access> reach(strides.size());
  std::vector<strided> operands;
  for (std::size_t k = 0; k < strides.size(); ++k) {
    strides[k].resize(kernels::max_rank);
    operands.push_back({strides[k].data(), 4, &reach[k]});
  }
  const tiling cut = collapse(s, operands.data(), static_cast<int>(operands.size()), keep);
  for (auto& stride : strides) stride.resize(static_cast<std::size_t>(s.rank));
  return {{s.extent, s.extent + s.rank}, cut, reach, strides};
}

TEST(Collapse, MergesDenseDimensions) {
  const collapsed c = run({2, 3, 5}, {{60, 20, 4}, {60, 20, 4}});
  EXPECT_EQ(c.extent, (std::vector<std::int64_t>{30}));
  EXPECT_EQ(c.cut, tiling::dense);
  EXPECT_EQ(c.reach, (std::vector<access>{access::direct, access::direct}));
}

TEST(Collapse, KeepsABroadcastOuterDimension) {
  const collapsed c = run({7, 100}, {{400, 4}, {0, 4}});
  EXPECT_EQ(c.extent, (std::vector<std::int64_t>{7, 100}));
  EXPECT_EQ(c.cut, tiling::rows);
  EXPECT_EQ(c.reach, (std::vector<access>{access::direct, access::direct}));
}

TEST(Collapse, SplatsAScalar) {
  const collapsed c = run({7, 100}, {{400, 4}, {0, 0}});
  EXPECT_EQ(c.extent, (std::vector<std::int64_t>{700}));
  EXPECT_EQ(c.cut, tiling::dense);
  EXPECT_EQ(c.reach[1], access::splat);
}

TEST(Collapse, DropsUnitDimensions) {
  EXPECT_EQ(run({1, 3, 1, 4, 1}, {{99, 16, 77, 4, 55}}).extent, (std::vector<std::int64_t>{12}));
  const collapsed single = run({1, 1}, {{8, 4}});
  EXPECT_TRUE(single.extent.empty());
  EXPECT_EQ(single.cut, tiling::dense);
}

// All transposed alike: sorted back to one dense run.
TEST(Collapse, SortsByTheFirstOperand) {
  const collapsed c = run({5, 3}, {{4, 20}, {4, 20}});
  EXPECT_EQ(c.extent, (std::vector<std::int64_t>{15}));
  EXPECT_EQ(c.cut, tiling::dense);
}

TEST(Collapse, KeepsTheOrderOnRequest) {
  const collapsed c = run({5, 300}, {{4, 20}, {4, 20}}, order::logical);
  EXPECT_EQ(c.extent, (std::vector<std::int64_t>{5, 300}));
  EXPECT_EQ(c.cut, tiling::rows);
  EXPECT_EQ(c.reach[0], access::gather);
}

TEST(Collapse, PacksShortRows) {
  const collapsed c = run({1000, 3}, {{12, 4}, {4, 0}});
  EXPECT_EQ(c.cut, tiling::mixed);
  EXPECT_EQ(c.reach, (std::vector<access>{access::direct, access::gather}));
}

TEST(Collapse, GathersReversedRows) {
  const collapsed c = run({500}, {{4}, {-4}});
  EXPECT_EQ(c.cut, tiling::rows);
  EXPECT_EQ(c.reach, (std::vector<access>{access::direct, access::gather}));
}

}  // namespace
}  // namespace bitwhere::plan
