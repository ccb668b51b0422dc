// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/plan/nonzero_plan.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "src/plan/failure.hpp"

namespace bitwhere::plan {
namespace {

constexpr placement cpu = {{BW_CPU, 0}};

const std::int64_t around_32_bits[] = {(1LL << 31) - 1, 1LL << 31, (1LL << 31) + 1,
                                       (1LL << 32) - 1, 1LL << 32, (1LL << 32) + 1};

// A bool tensor of any size in one byte: its strides are 0.
struct one_byte {
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides = std::vector<std::int64_t>(shape.size(), 0);
  std::uint8_t byte = 1;
  bw_tensor tensor = {&byte,
                      {BW_CPU, 0},
                      static_cast<std::int32_t>(shape.size()),
                      {BW_BOOL, 8, 1},
                      shape.data(),
                      strides.data(),
                      0};
  bw_condition condition = {sizeof(bw_condition), BW_TRUTH, 0, &tensor, {}, nullptr, nullptr};

  explicit one_byte(std::vector<std::int64_t> sizes) : shape(std::move(sizes)) {}
  one_byte(const one_byte&) = delete;
  one_byte& operator=(const one_byte&) = delete;
};

bw_nonzero_options options_of(std::int32_t form, bw_dtype index) {
  bw_nonzero_options options = {};
  options.struct_bytes = sizeof options;
  options.form = form;
  options.index = index;
  return options;
}

bw_status status_of(const one_byte& mask, const bw_nonzero_options& options) {
  try {
    bool columns = false;
    plan_nonzero(cpu, &mask.condition, &options, columns);
    return BW_OK;
  } catch (const failure& e) {
    return e.status();
  }
}

constexpr bw_dtype i32_code = {BW_INT, 32, 1};
constexpr bw_dtype i64_code = {BW_INT, 64, 1};

TEST(NonzeroPlan, CountsElementsIn64Bits) {
  for (const std::int64_t n : around_32_bits) {
    const one_byte mask({n, 3});
    bool columns = false;
    const nonzero_plan plan = plan_nonzero(cpu, &mask.condition, nullptr, columns);
    EXPECT_EQ(plan.args.s.elements, 3 * n);
    EXPECT_EQ(plan.args.rank, 2);
    EXPECT_EQ(plan.args.extent[0], n);
    EXPECT_EQ(plan.args.extent[1], 3);
    EXPECT_EQ(bytes_of_records(plan, 3 * n), static_cast<std::size_t>(3 * n) * 16);
  }
}

// The last index of 2^31 elements is the largest i32.
TEST(NonzeroPlan, TakesI32WhereEveryIndexFits) {
  for (const std::int64_t n : around_32_bits) {
    const bw_status expected = n <= 1LL << 31 ? BW_OK : BW_OUT_OF_RANGE;
    const one_byte row({n});
    for (const std::int32_t form : {BW_INDEX_ROWS, BW_INDEX_COLUMNS, BW_INDEX_FLAT}) {
      EXPECT_EQ(status_of(row, options_of(form, i32_code)), expected) << n << ", form " << form;
      EXPECT_EQ(status_of(row, options_of(form, i64_code)), BW_OK);
    }
    // Coordinates fit where linear indices do not.
    const one_byte matrix({n / 2, 3});
    EXPECT_EQ(status_of(matrix, options_of(BW_INDEX_ROWS, i32_code)), BW_OK);
    EXPECT_EQ(status_of(matrix, options_of(BW_INDEX_FLAT, i32_code)), BW_OUT_OF_RANGE);
  }
}

TEST(NonzeroPlan, RefusesRecordsBeyondEveryMemory) {
  const one_byte mask({1LL << 40, 1LL << 16});
  bool columns = false;
  const nonzero_plan plan = plan_nonzero(cpu, &mask.condition, nullptr, columns);
  EXPECT_THROW(bytes_of_records(plan, 1LL << 60), failure);
}

TEST(NonzeroPlan, RefusesMoreElementsThanAddresses) {
  const one_byte mask({1LL << 32, 1LL << 32});
  EXPECT_EQ(status_of(mask, options_of(BW_INDEX_ROWS, i64_code)), BW_INVALID_SHAPE);
}

TEST(NonzeroPlan, LaysOutWhatItAllocates) {
  const one_byte mask({5, 7, 9});
  for (const bool by_columns : {false, true}) {
    bw_nonzero_options options =
        options_of(by_columns ? BW_INDEX_COLUMNS : BW_INDEX_ROWS, i32_code);
    bool columns = false;
    nonzero_plan plan = plan_nonzero(cpu, &mask.condition, &options, columns);
    EXPECT_EQ(columns, by_columns);
    std::int32_t data = 0;
    give_output(plan, &data, 11, columns);
    EXPECT_EQ(plan.args.out.capacity, 11);
    EXPECT_FALSE(plan.args.out.fill_rest);
    EXPECT_EQ(plan.args.out.record_bytes, by_columns ? 4 : 12);
    EXPECT_EQ(plan.args.out.element_bytes, by_columns ? 44 : 4);
  }
}

// Dimensions that are walked through evenly are one to a loop; coordinates keep them.
TEST(NonzeroPlan, CollapsesTheLoopAndNotTheCoordinates) {
  std::vector<std::uint8_t> bytes(24);
  std::int64_t shape[] = {2, 3, 4};
  const bw_tensor tensor = {bytes.data(), {BW_CPU, 0}, 3, {BW_BOOL, 8, 1}, shape, nullptr, 0};
  const bw_condition condition = {sizeof(bw_condition), BW_TRUTH, 0, &tensor, {}, nullptr, nullptr};
  bool columns = false;
  const nonzero_plan plan = plan_nonzero(cpu, &condition, nullptr, columns);
  EXPECT_EQ(plan.args.s.rank, 1);
  EXPECT_EQ(plan.args.s.cut, kernels::tiling::dense);
  EXPECT_EQ(plan.args.rank, 3);
  EXPECT_EQ(plan.bytes, 24);
  EXPECT_EQ(plan.hit_bytes, 24);
}

// Of values only hits are read, unless the condition reads them all.
TEST(SelectPlan, CountsTheBytesOfValues) {
  std::vector<float> values(12);
  std::vector<std::uint8_t> bytes(12);
  std::int64_t shape[] = {12};
  const bw_tensor x = {values.data(), {BW_CPU, 0}, 1, {BW_FLOAT, 32, 1}, shape, nullptr, 0};
  const bw_tensor mask = {bytes.data(), {BW_CPU, 0}, 1, {BW_BOOL, 8, 1}, shape, nullptr, 0};
  const bw_condition by_mask = {sizeof(bw_condition), BW_TRUTH, 0, &mask, {}, nullptr, nullptr};
  const bw_condition by_x = {sizeof(bw_condition), BW_NONZERO, 0, &x, {}, nullptr, nullptr};
  EXPECT_EQ(plan_select(cpu, &x, &by_mask).bytes, 12);
  EXPECT_EQ(plan_select(cpu, &x, &by_mask).hit_bytes, 8);
  EXPECT_EQ(plan_select(cpu, &x, &by_x).bytes, 48);
  EXPECT_EQ(plan_select(cpu, &x, &by_x).hit_bytes, 4);
}

}  // namespace
}  // namespace bitwhere::plan
