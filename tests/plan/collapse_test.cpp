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
  kernels::space s;  // with blocks allowed
};

collapsed run(const std::vector<std::int64_t>& extent,
              std::vector<std::vector<std::int64_t>> strides, order keep = order::free,
              std::int64_t widest = 4) {
  kernels::space s = {};
  s.rank = static_cast<int32_t>(extent.size());
  s.elements = 1;
  for (std::size_t d = 0; d < extent.size(); ++d) s.elements *= s.extent[d] = extent[d];
  std::vector<access> reach(strides.size());
  std::vector<strided> operands;
  for (std::size_t k = 0; k < strides.size(); ++k) {
    strides[k].resize(kernels::max_rank);
    operands.push_back({strides[k].data(), 4, &reach[k]});
  }
  const auto count = static_cast<int>(operands.size());
  collapse(s, operands.data(), count, keep);
  const tiling cut = s.cut;
  allow_blocks(s, operands.data(), count, widest);
  for (auto& stride : strides) stride.resize(static_cast<std::size_t>(s.rank));
  return {{s.extent, s.extent + s.rank}, cut, reach, strides, s};
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

// A transposed operand: sixteen rows share its cache lines.
TEST(Collapse, CutsBlocksWhereAnOperandRunsAcross) {
  const collapsed c = run({1000, 700}, {{2800, 4}, {4, 4000}, {700, 1}});
  EXPECT_EQ(c.cut, tiling::rows);
  EXPECT_EQ(c.s.cut, tiling::blocks);
  EXPECT_EQ(c.s.across, 0);
  EXPECT_EQ(c.s.block_rows, 16);
  EXPECT_EQ(c.s.block_columns, 256);
  EXPECT_EQ(kernels::units_of(c.s), 63 * 3);
}

TEST(Collapse, KeepsBlocksWithinTheScratch) {
  for (const std::int64_t widest : {1, 2, 4, 8, 16}) {
    for (const std::int64_t near : {1, 4, 16, 60}) {
      const kernels::space s = run({1000, 700}, {{2800, 4}, {near, 100000}}, order::free, widest).s;
      ASSERT_EQ(s.cut, tiling::blocks);
      EXPECT_LE(kernels::unit_elements(s) * widest, kernels::scratch_bytes);
      EXPECT_LE(kernels::unit_elements(s), 256 * 64);
      EXPECT_EQ(s.block_columns % 64, 0);
    }
  }
}

TEST(Collapse, CutsNoBlocksWhereRowsDoNotShareLines) {
  EXPECT_EQ(run({1000, 700}, {{2800, 4}, {8400, 12}}).s.cut, tiling::rows);   // sliced
  EXPECT_EQ(run({1000, 700}, {{2800, 4}, {0, 4000}}).s.cut, tiling::rows);    // one row
  EXPECT_EQ(run({1000, 700}, {{2800, 4}, {64, 64000}}).s.cut, tiling::rows);  // a line each
}

}  // namespace
}  // namespace bitwhere::plan
