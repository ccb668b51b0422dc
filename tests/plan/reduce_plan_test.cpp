// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/plan/reduce_plan.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "src/plan/failure.hpp"

// How reductions are laid out, and what is refused, without any device.
namespace bitwhere::plan {
namespace {

using kernels::access;
using kernels::tiling;
using sizes = std::vector<std::int64_t>;

constexpr placement cpu = {{BW_CPU, 0}};
constexpr bw_dtype f32_code = {BW_FLOAT, 32, 1};
constexpr bw_dtype f64_code = {BW_FLOAT, 64, 1};
constexpr bw_dtype i64_code = {BW_INT, 64, 1};
constexpr bw_dtype u8_code = {BW_UINT, 8, 1};
constexpr bw_dtype bool_code = {BW_BOOL, 8, 1};
constexpr bw_dtype c64_code = {BW_COMPLEX, 64, 1};

// Plans look at addresses and never read: every tensor gets a range of its own that nothing backs.
struct somewhere {
  sizes shape;
  sizes strides;
  bw_tensor c;

  somewhere(bw_dtype type, sizes of, int slot, sizes apart = {})
      : shape(std::move(of)), strides(std::move(apart)) {
    c = {reinterpret_cast<void*>(static_cast<std::uintptr_t>(slot + 1) << 40),
         {BW_CPU, 0},
         static_cast<std::int32_t>(shape.size()),
         type,
         shape.data(),
         strides.empty() ? nullptr : strides.data(),
         0};
  }
  somewhere(const somewhere&) = delete;
  somewhere& operator=(const somewhere&) = delete;
};

// Options over dimensions, with a mask or without.
struct asked {
  std::vector<std::int32_t> dims;
  bw_reduction over;
  bw_condition mask = {};
  bw_reduce_options c = {};

  explicit asked(std::vector<std::int32_t> over_dims = {}, const somewhere* where = nullptr)
      : dims(std::move(over_dims)), over{sizeof(bw_reduction), dims.data(), dims.size(), 0, 0} {
    c.struct_bytes = sizeof c;
    c.over = &over;
    if (where == nullptr) return;
    mask.struct_bytes = sizeof mask;
    mask.predicate = BW_NONZERO;
    mask.tensor = &where->c;
    c.where = &mask;
  }
  asked(const asked&) = delete;
  asked& operator=(const asked&) = delete;
};

reduce_plan plan_of(std::int32_t reducer, const somewhere& x, const asked& how, sizes out_shape) {
  const bool index = reducer == BW_COUNT || reducer >= BW_ARGMIN;
  const somewhere out(index ? i64_code : x.c.dtype, std::move(out_shape), 7);
  return plan_reduce(cpu, reducer, &x.c, &how.c, &out.c, nullptr);
}

sizes extents(const reduce_plan& plan) {
  return {plan.args.s.extent, plan.args.s.extent + plan.args.s.rank};
}

TEST(ReducePlan, ReducesEverythingInOneDimension) {
  const somewhere x(f32_code, {3, 5, 70}, 0);
  const reduce_plan plan = plan_of(BW_SUM, x, asked(), {});
  EXPECT_EQ(extents(plan), (sizes{3 * 5 * 70}));
  EXPECT_EQ(plan.args.s.cut, tiling::dense);
  EXPECT_EQ(plan.args.output_rank, 0);
  EXPECT_EQ(plan.args.outputs, 1);
  EXPECT_EQ(plan.outputs, 1);
  EXPECT_EQ(plan.args.reduced, 3 * 5 * 70);
  EXPECT_FALSE(plan.args.conditional);
  EXPECT_EQ(plan.bytes, 3 * 5 * 70 * 4 + 4);
  EXPECT_NE(plan.args.finish.out, nullptr);
}

TEST(ReducePlan, PutsKeptDimensionsFirst) {
  const somewhere x(f32_code, {3, 5, 70}, 0);
  const reduce_plan outer = plan_of(BW_SUM, x, asked({0}), {5, 70});
  EXPECT_EQ(extents(outer), (sizes{5 * 70, 3})) << "kept neighbours merge";
  EXPECT_EQ(outer.args.output_rank, 1);
  const reduce_plan middle = plan_of(BW_SUM, x, asked({1}), {3, 70});
  EXPECT_EQ(extents(middle), (sizes{3, 70, 5}));
  EXPECT_EQ(middle.args.output_rank, 2);
  EXPECT_EQ(middle.args.reduced, 5);
  const reduce_plan inner = plan_of(BW_SUM, x, asked({1, -1}), {3});
  EXPECT_EQ(extents(inner), (sizes{3, 5 * 70}));
  EXPECT_EQ(inner.args.output_rank, 1);
  EXPECT_EQ(inner.args.x.reach, access::direct);
}

// Where x stands still along both, only the outputs tell a kept dimension from a reduced one.
TEST(ReducePlan, NeverMergesKeptWithReducedDimensions) {
  const somewhere still(f32_code, {4, 100}, 0, {0, 0});
  const reduce_plan plan = plan_of(BW_MAX, still, asked({1}), {4});
  EXPECT_EQ(extents(plan), (sizes{4, 100}));
  EXPECT_EQ(plan.args.output_rank, 1);
  const somewhere one_row(f32_code, {1, 100}, 0);
  const reduce_plan one = plan_of(BW_MAX, one_row, asked({1}), {1});
  EXPECT_EQ(extents(one), (sizes{100}));
  EXPECT_EQ(one.args.output_rank, 0);
  const reduce_plan all_kept = plan_of(BW_MAX, one_row, asked({0}), {100});
  EXPECT_EQ(extents(all_kept), (sizes{100}));
  EXPECT_EQ(all_kept.args.output_rank, 1);
  EXPECT_EQ(all_kept.args.reduced, 1);
}

// Sums walk as memory lies; an index has to count in the logical order.
TEST(ReducePlan, SortsReducedDimensionsUnlessTheirOrderCounts) {
  const somewhere x(f32_code, {70, 80}, 0, {1, 70});
  EXPECT_EQ(extents(plan_of(BW_SUM, x, asked(), {})), (sizes{5600}));
  EXPECT_EQ(extents(plan_of(BW_MIN, x, asked(), {})), (sizes{5600}));
  EXPECT_EQ(extents(plan_of(BW_ARGMIN, x, asked(), {})), (sizes{70, 80}));
  EXPECT_EQ(extents(plan_of(BW_ARGMAX, x, asked(), {})), (sizes{70, 80}));
}

// Where x is broadcast, the condition decides.
TEST(ReducePlan, SortsByTheConditionWhereXStandsStill) {
  const somewhere row(f32_code, {1, 90}, 0);
  const somewhere mask(bool_code, {70, 90}, 1);
  EXPECT_EQ(extents(plan_of(BW_SUM, row, asked({}, &mask), {})), (sizes{70, 90}));
  const somewhere column(f32_code, {70, 1}, 0);
  EXPECT_EQ(extents(plan_of(BW_SUM, column, asked({}, &mask), {})), (sizes{70, 90}));
  const somewhere one(f32_code, {1, 1}, 0);
  const somewhere across(bool_code, {70, 90}, 1, {1, 70});
  EXPECT_EQ(extents(plan_of(BW_SUM, one, asked({}, &across), {})), (sizes{6300}));
}

TEST(ReducePlan, ReadsRowsAsTheyLieWhereXRunsAcross) {
  const somewhere x(f32_code, {500, 300}, 0);
  const reduce_plan plan = plan_of(BW_SUM, x, asked({0}), {300});
  EXPECT_EQ(extents(plan), (sizes{300, 500}));
  EXPECT_EQ(plan.args.s.cut, tiling::blocks);
  EXPECT_EQ(plan.args.s.across, 0);
  EXPECT_EQ(plan.args.s.block_rows, 128);
  EXPECT_EQ(plan.args.s.block_columns, 128);

  const kernels::space largest = plan_of(BW_MAX, x, asked({0}), {300}).args.s;
  EXPECT_EQ(largest.cut, tiling::blocks);
  EXPECT_LE(largest.block_rows * largest.block_columns * 4, kernels::scratch_bytes)
      << "sums alone read rows as they lie";

  const somewhere other(i64_code, {500, 300}, 0);
  const kernels::space packed = plan_of(BW_MAX, other, asked({0}), {300}).args.s;
  EXPECT_EQ(packed.cut, tiling::blocks);
  EXPECT_LE(packed.block_rows * packed.block_columns * 8, kernels::scratch_bytes);

  const somewhere wide(f64_code, {500, 300}, 1);
  const reduce_plan conditional = plan_of(BW_SUM, x, asked({0}, &wide), {300});
  const kernels::space& s = conditional.args.s;
  EXPECT_EQ(s.cut, tiling::blocks);
  EXPECT_LE(s.block_rows * s.block_columns * 8, kernels::scratch_bytes);
  EXPECT_EQ(conditional.bytes, 500 * 300 * (4 + 8) + 300 * 4);
}

TEST(ReducePlan, PacksBlocksWhereOnlyTheConditionRunsAcross) {
  const somewhere x(f32_code, {300, 500}, 0);
  const somewhere mask(u8_code, {300, 500}, 1, {1, 300});
  const reduce_plan plan = plan_of(BW_SUM, x, asked({1}, &mask), {300});
  const kernels::space& s = plan.args.s;
  EXPECT_EQ(s.cut, tiling::blocks);
  EXPECT_EQ(s.across, 0);
  EXPECT_LE(s.block_rows * s.block_columns * 4, kernels::scratch_bytes);
  EXPECT_EQ(plan.args.x.reach, access::direct);
}

// A block whose rows are no outputs, or whose columns are not reduced, is none.
TEST(ReducePlan, TakesRowsWhereBlocksDoNotFit) {
  const somewhere x(f32_code, {200, 300}, 0, {1, 200});
  EXPECT_EQ(plan_of(BW_ARGMAX, x, asked(), {}).args.s.cut, tiling::rows);
  const somewhere kept(f32_code, {200, 1, 300}, 0, {1, 1, 200});
  EXPECT_EQ(plan_of(BW_SUM, kept, asked({1}), {200, 300}).args.s.cut, tiling::rows);
}

TEST(ReducePlan, TakesShortRowsTogether) {
  const somewhere x(f32_code, {40, 3, 5}, 0, {15, 1, 3});
  const reduce_plan plan = plan_of(BW_SUM, x, asked({1}), {40, 5});
  EXPECT_EQ(plan.args.s.cut, tiling::mixed);
  EXPECT_EQ(plan.args.output_rank, plan.args.s.rank - 1);
}

TEST(ReducePlan, LeavesStridedOutputsToAWorkspace) {
  const somewhere x(f32_code, {3, 70}, 0);
  const asked how({1});
  const somewhere sliced(f32_code, {3}, 7, {2});
  EXPECT_EQ(plan_reduce(cpu, BW_SUM, &x.c, &how.c, &sliced.c, nullptr).args.finish.out, nullptr);
  somewhere shifted(f32_code, {3}, 7);
  shifted.c.byte_offset = 1;
  EXPECT_EQ(plan_reduce(cpu, BW_SUM, &x.c, &how.c, &shifted.c, nullptr).args.finish.out, nullptr);
}

TEST(ReducePlan, KeepsWhatFinishNeedsWhereThereIsNothing) {
  const somewhere x(f32_code, {3, 0}, 0);
  asked how({1});
  how.c.denominator_eps = 0.5;
  how.c.empty_mean = BW_EMPTY_ZERO;
  const reduce_plan plan = plan_of(BW_MEAN, x, how, {3});
  EXPECT_EQ(plan.args.s.elements, 0);
  EXPECT_EQ(plan.outputs, 3);
  EXPECT_EQ(plan.args.outputs, 3);
  EXPECT_EQ(plan.args.finish.by, kernels::reducer::mean);
  EXPECT_EQ(plan.args.finish.type, dtype::f32);
  EXPECT_EQ(plan.args.finish.out_type, dtype::f32);
  EXPECT_EQ(plan.args.finish.denominator_eps, 0.5);
  EXPECT_TRUE(plan.args.finish.empty_zero);
  EXPECT_NE(plan.args.finish.out, nullptr);
  EXPECT_EQ(plan.words, 19);
}

TEST(ReducePlan, CountsWithoutReadingX) {
  const somewhere x(f32_code, {3, 70}, 0);
  const somewhere mask(bool_code, {70}, 1);
  const reduce_plan plan = plan_of(BW_COUNT, x, asked({1}, &mask), {3});
  EXPECT_EQ(plan.args.x.data, nullptr);
  EXPECT_EQ(plan.bytes, 70 + 3 * 8);
  const somewhere out(i64_code, {3}, 7);
  const asked how({1}, &mask);
  const count_plan count = plan_reduce_count(cpu, &x.c, &how.c, &out.c);
  EXPECT_EQ(count.outputs, 3);
  EXPECT_EQ(count.args.reduced, 70);
  EXPECT_EQ(count.args.s.elements, 210) << "over the shape of both";
  const asked all({1});
  const count_plan of_all = plan_reduce_count(cpu, &x.c, &all.c, &out.c);
  EXPECT_EQ(of_all.args.reduced, 70);
  EXPECT_EQ(of_all.bytes, 3 * 8);
}

TEST(ReducePlan, CountsElementsIn64Bits) {
  const std::int64_t n = (1LL << 32) + 1;
  const somewhere x(f32_code, {3, n}, 0, {0, 0});
  const reduce_plan plan = plan_of(BW_ARGMAX, x, asked({1}), {3});
  EXPECT_EQ(plan.args.s.elements, 3 * n);
  EXPECT_EQ(plan.args.reduced, n);
}

TEST(ReducePlan, KnowsTheWordsOfPartials) {
  EXPECT_EQ(partial_words(BW_SUM, f32_code), 19);
  EXPECT_EQ(partial_words(BW_MEAN, {BW_FLOAT, 16, 1}), 19);
  EXPECT_EQ(partial_words(BW_COUNT, {BW_BFLOAT, 16, 1}), 19);
  EXPECT_EQ(partial_words(BW_SUM, f64_code), 76);
  EXPECT_EQ(partial_words(BW_SUM, bool_code), 12);
  EXPECT_EQ(partial_words(BW_MEAN, i64_code), 12);
  for (const std::int32_t reducer : {BW_MIN, BW_MAX, BW_ARGMIN, BW_ARGMAX}) {
    EXPECT_EQ(partial_words(reducer, f64_code), 7);
  }
}

template <class Call>
bw_status status_of(Call call) {
  try {
    call();
    return BW_OK;
  } catch (const failure& e) {
    return e.status();
  }
}

TEST(ReducePlan, RefusesOptions) {
  const somewhere x(f32_code, {3, 70}, 0);
  const auto status = [&](std::int32_t reducer, auto change) {
    asked how({1});
    change(how.c);
    return status_of([&] { plan_of(reducer, x, how, {3}); });
  };
  using options = bw_reduce_options;
  EXPECT_EQ(status(BW_SUM, [](options&) {}), BW_OK);
  EXPECT_EQ(status(BW_ARGMIN, [](options& o) { o.first_index = 1; }), BW_OK);
  EXPECT_EQ(status(BW_MEAN, [](options& o) { o.denominator_eps = 1e-6; }), BW_OK);
  EXPECT_EQ(status(-1, [](options&) {}), BW_INVALID_ARGUMENT);
  EXPECT_EQ(status(8, [](options&) {}), BW_INVALID_ARGUMENT);
  EXPECT_EQ(status(BW_SUM, [](options& o) { o.struct_bytes = 8; }), BW_INVALID_ARGUMENT);
  EXPECT_EQ(status(BW_SUM, [](options& o) { o.reserved = 1; }), BW_UNAVAILABLE);
  EXPECT_EQ(status(BW_SUM, [](options& o) { o.denominator_eps = 1; }), BW_INVALID_ARGUMENT);
  for (const double eps :
       {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(), -1e-6}) {
    EXPECT_EQ(status(BW_MEAN, [&](options& o) { o.denominator_eps = eps; }), BW_INVALID_ARGUMENT);
  }
  EXPECT_EQ(status(BW_MAX, [](options& o) { o.first_index = 1; }), BW_INVALID_ARGUMENT);
  EXPECT_EQ(status(BW_ARGMAX, [](options& o) { o.first_index = -1; }), BW_INVALID_ARGUMENT);
  EXPECT_EQ(status(BW_ARGMAX, [](options& o) { o.first_index = INT64_MAX - 69; }),
            BW_INVALID_ARGUMENT);
  EXPECT_EQ(status(BW_ARGMAX, [](options& o) { o.first_index = INT64_MAX - 70; }), BW_OK);
  EXPECT_EQ(status(BW_MEAN, [](options& o) { o.empty_mean = 2; }), BW_INVALID_ARGUMENT);
}

TEST(ReducePlan, RefusesDtypes) {
  const asked how({1});
  const auto status = [&](std::int32_t reducer, bw_dtype type, bw_dtype out_type) {
    const somewhere x(type, {3, 70}, 0);
    const somewhere out(out_type, {3}, 7);
    return status_of([&] { plan_reduce(cpu, reducer, &x.c, &how.c, &out.c, nullptr); });
  };
  EXPECT_EQ(status(BW_SUM, f32_code, f64_code), BW_OK);
  EXPECT_EQ(status(BW_SUM, f64_code, {BW_FLOAT, 16, 1}), BW_OK);
  EXPECT_EQ(status(BW_SUM, f32_code, i64_code), BW_INVALID_DTYPE);
  EXPECT_EQ(status(BW_SUM, u8_code, i64_code), BW_OK);
  EXPECT_EQ(status(BW_SUM, u8_code, f32_code), BW_INVALID_DTYPE);
  EXPECT_EQ(status(BW_MEAN, bool_code, {BW_BFLOAT, 16, 1}), BW_OK);
  EXPECT_EQ(status(BW_MEAN, u8_code, i64_code), BW_INVALID_DTYPE);
  EXPECT_EQ(status(BW_COUNT, f32_code, {BW_INT, 32, 1}), BW_INVALID_DTYPE);
  EXPECT_EQ(status(BW_MIN, f32_code, f64_code), BW_INVALID_DTYPE);
  EXPECT_EQ(status(BW_MIN, bool_code, bool_code), BW_OK);
  EXPECT_EQ(status(BW_ARGMIN, f32_code, {BW_INT, 32, 1}), BW_INVALID_DTYPE);
  for (std::int32_t reducer = BW_SUM; reducer <= BW_ARGMAX; ++reducer) {
    EXPECT_EQ(status(reducer, c64_code, c64_code), BW_INVALID_DTYPE);
    EXPECT_EQ(status_of([&] { partial_words(reducer, c64_code); }), BW_INVALID_DTYPE);
  }
}

TEST(ReducePlan, RefusesPartialsThatAreNone) {
  const somewhere x(f32_code, {3, 70}, 0);
  const asked how({1});
  const auto made = [&](bw_dtype type, sizes shape, sizes strides = {}, std::uint64_t offset = 0) {
    somewhere partial(type, std::move(shape), 3, std::move(strides));
    partial.c.byte_offset = offset;
    return status_of([&] { plan_reduce_partial(cpu, BW_SUM, &x.c, &how.c, &partial.c); });
  };
  EXPECT_EQ(made(i64_code, {3, 19}), BW_OK);
  EXPECT_EQ(made(i64_code, {3, 76}), BW_INVALID_SHAPE);
  EXPECT_EQ(made(i64_code, {19}), BW_INVALID_SHAPE);
  EXPECT_EQ(made(f64_code, {3, 19}), BW_INVALID_DTYPE);
  EXPECT_EQ(made(i64_code, {3, 19}, {20, 1}), BW_INVALID_SHAPE);
  EXPECT_EQ(made(i64_code, {3, 19}, {}, 4), BW_INVALID_ARGUMENT);

  const auto merged = [&](sizes from_shape, sizes into_shape, int slot = 4) {
    const somewhere from(i64_code, std::move(from_shape), 3);
    const somewhere into(i64_code, std::move(into_shape), slot);
    return status_of([&] { plan_merge_partials(cpu, &from.c, &into.c); });
  };
  EXPECT_EQ(merged({3, 19}, {3, 19}), BW_OK);
  EXPECT_EQ(merged({0, 19}, {0, 19}), BW_OK);
  EXPECT_EQ(merged({2, 0, 7}, {2, 0, 7}), BW_OK);
  EXPECT_EQ(merged({3, 19}, {2, 19}), BW_INVALID_SHAPE);
  EXPECT_EQ(merged({3, 20}, {3, 20}), BW_INVALID_SHAPE);
  EXPECT_EQ(merged({}, {}), BW_INVALID_SHAPE);
  EXPECT_EQ(merged({3, 19}, {3, 19}, 3), BW_OVERLAP);

  const somewhere words(i64_code, {3, 19}, 3);
  const somewhere out(f32_code, {3}, 7);
  const auto finished = [&](std::int32_t reducer, bw_dtype type, const bw_reduce_options* options) {
    return status_of(
        [&] { plan_finish_partials(cpu, reducer, &words.c, type, options, &out.c, nullptr); });
  };
  EXPECT_EQ(finished(BW_SUM, f32_code, nullptr), BW_OK);
  EXPECT_EQ(finished(BW_MEAN, {BW_BFLOAT, 16, 1}, nullptr), BW_OK);
  EXPECT_EQ(finished(BW_SUM, f64_code, nullptr), BW_INVALID_SHAPE);
  EXPECT_EQ(finished(BW_MAX, f32_code, nullptr), BW_INVALID_SHAPE);
  EXPECT_EQ(finished(BW_SUM, f32_code, &how.c), BW_INVALID_ARGUMENT) << "over is not by default";
}

// Every pair of what is written with what is read or written.
TEST(ReducePlan, RefusesMemoryThatIsShared) {
  const somewhere x(f32_code, {3, 70}, 0);
  const somewhere mask(bool_code, {3, 70}, 1);
  const asked how({1}, &mask);
  const auto status = [&](int out_slot, int report_slot) {
    const somewhere out(f32_code, {3}, out_slot);
    const somewhere report(i64_code, {2}, report_slot);
    return status_of([&] {
      plan_reduce(cpu, BW_SUM, &x.c, &how.c, &out.c, static_cast<bw_report*>(report.c.data));
    });
  };
  EXPECT_EQ(status(2, 3), BW_OK);
  EXPECT_EQ(status(0, 3), BW_OVERLAP);
  EXPECT_EQ(status(1, 3), BW_OVERLAP);
  EXPECT_EQ(status(2, 0), BW_OVERLAP);
  EXPECT_EQ(status(2, 1), BW_OVERLAP);
  EXPECT_EQ(status(2, 2), BW_OVERLAP);
  const somewhere partial(i64_code, {3, 19}, 1);
  EXPECT_EQ(status_of([&] { plan_reduce_partial(cpu, BW_SUM, &x.c, &how.c, &partial.c); }),
            BW_OVERLAP);
}

}  // namespace
}  // namespace bitwhere::plan
