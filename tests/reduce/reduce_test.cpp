// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "reducing.hpp"

// Every reducer over every dtype, choice of dimensions, layout and condition, against going through
// the elements one after another.
namespace bitwhere::test {
namespace {

class Reduce : public reducing {};

TEST_P(Reduce, OverEveryChoiceOfDimensions) {
  for (const dtype type : real_dtypes) {
    for (const layout chosen : all_layouts) {
      const shape_t shape = random.below(2) == 0 ? shape_t{3, 5, 2, 7} : shape_t{2, 3, 4, 70};
      const seen x = maker.make(type, shape, chosen);
      SCOPED_TRACE(describe(type) + " " + describe(chosen));
      for (const dimensions& dims : every_choice(4)) {
        const reducer by = all_reducers[random.below(7)];
        expect_reduced(x, nullptr, {.by = by, .dims = dims, .keepdim = random.below(2) == 0});
      }
    }
  }
}

TEST_P(Reduce, ByEveryReducer) {
  for (const reducer by : all_reducers) {
    for (const dtype type : real_dtypes) {
      const layout chosen = all_layouts[random.below(std::size(all_layouts))];
      const seen x = maker.make(type, {6, 5, 70}, chosen);
      SCOPED_TRACE(describe(type) + " " + describe(chosen));
      for (const dimensions& dims : every_choice(3)) {
        expect_reduced(x, nullptr, {.by = by, .dims = dims});
      }
    }
  }
}

TEST_P(Reduce, UnderConditions) {
  for (int repeat = 0; repeat < 60; ++repeat) {
    condition_maker own(on(), random);
    const shape_t shape = repeat % 3 == 0 ? shape_t{3, 4, 130} : shape_t{4, 5, 3, 2};
    const judged where = own.tree(shape, 1 + repeat % BW_MAX_LEAVES);
    const dtype type = real_dtypes[random.below(std::size(real_dtypes))];
    const layout chosen = all_layouts[random.below(std::size(all_layouts))];
    const seen x = own.make(type, shape, chosen);
    SCOPED_TRACE(std::to_string(repeat) + " " + describe(type) + " " + describe(chosen));
    for (const dimensions& dims : every_choice(static_cast<int>(shape.size()))) {
      const reducer by = all_reducers[random.below(7)];
      expect_reduced(x, &where, {.by = by, .dims = dims, .keepdim = repeat % 2 == 0});
    }
  }
}

// Whatever the share of elements that is selected, one by one or in runs.
TEST_P(Reduce, UnderConditionsOfEveryDensity) {
  for (const density& how : densities) {
    for (const dtype type : {f32, random.below(2) == 0 ? f64 : i32}) {
      condition_maker own(on(), random);
      const shape_t shape{7, 901};
      const std::vector<std::uint8_t> truths = draw_truths(7 * 901, how, random);
      const seen mask = own.take(make_truths(boolean, shape, layout::dense, truths, random));
      const seen x = own.make(type, shape, layout::dense);
      const judged where = truth_of(mask);
      SCOPED_TRACE(describe(type) + " " + std::to_string(how.share));
      for (const reducer by : all_reducers) {
        expect_reduced(x, &where, {.by = by});
        expect_reduced(x, &where, {.by = by, .dims = {1}});
        expect_reduced(x, &where, {.by = by, .dims = {0}});
      }
    }
  }
}

// The shape comes from x, from the condition, or from both.
TEST_P(Reduce, OfWhatBroadcasts) {
  struct pair {
    shape_t x;
    shape_t mask;
  };
  const pair pairs[] = {{{1, 90}, {70, 90}},   {{70, 1}, {70, 90}},   {{90}, {7, 70, 90}},
                        {{7, 70, 90}, {90}},   {{7, 1, 90}, {70, 1}}, {{}, {70, 9}},
                        {{70, 9}, {}},         {{1, 1}, {5, 70}},     {{5, 70}, {1}},
                        {{3, 1, 5}, {1, 6, 1}}};
  for (const auto& [of_x, of_mask] : pairs) {
    for (const layout chosen : {layout::dense, layout::transposed, layout::sliced}) {
      condition_maker own(on(), random);
      const dtype type = real_dtypes[random.below(std::size(real_dtypes))];
      const seen x = own.make(type, of_x, chosen);
      const seen mask = own.make(boolean, of_mask, layout::dense);
      const judged where = truth_of(mask);
      SCOPED_TRACE(describe(type) + " " + describe(chosen) + testing::PrintToString(of_x));
      const auto rank = static_cast<int>(broadcast(of_x, of_mask).size());
      for (const dimensions& dims : every_choice(rank)) {
        expect_reduced(x, &where, {.by = all_reducers[random.below(7)], .dims = dims});
      }
    }
  }
}

// Many elements an output, many outputs, and both, laid out along and across.
TEST_P(Reduce, OfManyElements) {
  for (const shape_t& shape :
       {shape_t{70, 300}, shape_t{300, 70}, shape_t{3, 4507}, shape_t{4507, 3}, shape_t{33001}}) {
    for (const layout chosen : all_layouts) {
      condition_maker own(on(), random);
      const dtype type = real_dtypes[random.below(std::size(real_dtypes))];
      const seen x = own.make(type, shape, chosen);
      const judged where = test_of(own.make(f32, {shape.back()}, layout::dense), BW_ISFINITE);
      SCOPED_TRACE(describe(type) + " " + describe(chosen) + " of " +
                   std::to_string(shape.front()) + " rows");
      for (const dimensions& dims : every_choice(static_cast<int>(shape.size()))) {
        const reducer by = all_reducers[random.below(7)];
        expect_reduced(x, nullptr, {.by = by, .dims = dims});
        expect_reduced(x, &where, {.by = by, .dims = dims});
      }
    }
  }
}

// Neighbouring outputs read neighbouring elements: what is packed, and what is read as it lies.
TEST_P(Reduce, AcrossRowsByEveryReducer) {
  for (const dtype type : real_dtypes) {
    condition_maker own(on(), random);
    const seen x = own.make(type, {300, 131}, layout::dense);
    const judged where = test_of(own.make(f64, {300, 131}, layout::dense), BW_ISFINITE);
    SCOPED_TRACE(describe(type));
    for (const reducer by : all_reducers) {
      expect_reduced(x, nullptr, {.by = by, .dims = {0}});
      if (type == f32) expect_reduced(x, &where, {.by = by, .dims = {0}});
    }
  }
}

TEST_P(Reduce, OnSeveralThreads) {
  const auto one_line = [&](dtype type, reducer by, bool conditional) {
    condition_maker own(on(), random);
    const seen line = own.make(type, {500009}, layout::dense);
    const judged where = test_of(own.make(u8, {500009}, layout::dense), BW_NONZERO);
    expect_reduced(line, conditional ? &where : nullptr, {.by = by});
  };
  one_line(f32, reducer::mean, true);
  one_line(f64, reducer::sum, false);
  one_line(i16, reducer::argmin, false);
  if (!GetParam().is_cuda()) {
    EXPECT_EQ(most_workers(), GetParam().threads);
  }
  // Few outputs of many elements, and many of few.
  for (const dtype type : {f32, f64, f16, i16}) {
    condition_maker own(on(), random);
    const seen plane = own.make(type, {3, 201, 301}, layout::transposed);
    for (const dimensions& dims : {dimensions{}, {0}, {1}, {0, 2}, {1, 2}}) {
      expect_reduced(plane, nullptr, {.by = all_reducers[random.below(7)], .dims = dims});
    }
  }
}

TEST_P(Reduce, OfSizesAroundWords) {
  for (std::int64_t n = 0; n <= 130; ++n) {
    SCOPED_TRACE(n);
    const seen x = maker.make(n % 2 == 0 ? f32 : i8, {3, n}, layout::dense);
    const judged where = test_of(maker.make(u8, {3, n}, layout::dense), BW_NONZERO);
    for (const dimensions& dims : every_choice(2)) {
      const reducer by = all_reducers[random.below(7)];
      expect_reduced(x, nullptr, {.by = by, .dims = dims});
      expect_reduced(x, &where, {.by = by, .dims = dims});
    }
  }
}

// Nothing to reduce, by the shape or by the condition, or nothing to write.
TEST_P(Reduce, OfNothing) {
  for (const shape_t& shape : {shape_t{0}, shape_t{3, 0}, shape_t{0, 4}, shape_t{2, 0, 5}}) {
    for (const dtype type : {f16, f64, i32, boolean}) {
      const seen x = maker.make(type, shape, layout::dense);
      for (const dimensions& dims : every_choice(static_cast<int>(shape.size()))) {
        for (const reducer by : all_reducers) {
          expect_reduced(x, nullptr, {.by = by, .dims = dims, .keepdim = true});
          expect_reduced(x, nullptr, {.by = by, .dims = dims, .empty = empty_mean::zero});
        }
      }
    }
  }
  const seen x = maker.make(f32, {4, 70}, layout::dense);
  const judged never = test_of(maker.make(i16, {70}, layout::dense), BW_ISNAN);
  const judged rows =
      test_of(maker.take(make_truths(u8, {4, 1}, layout::dense, {0, 1, 1, 0}, random)), BW_NONZERO);
  // With something added to the number of elements there is something to divide by.
  for (const double eps : {1e-6, 5e-324, 70.0}) {
    expect_reduced(x, &never, {.by = reducer::mean, .denominator_eps = eps});
    expect_reduced(x, &rows, {.by = reducer::mean, .dims = {1}, .denominator_eps = eps});
  }
  for (const reducer by : all_reducers) {
    for (const empty_mean empty : {empty_mean::nan, empty_mean::zero}) {
      for (const dimensions& dims : every_choice(2)) {
        expect_reduced(x, &never, {.by = by, .dims = dims, .empty = empty});
        expect_reduced(x, &rows, {.by = by, .dims = dims, .empty = empty});
      }
    }
  }
}

TEST_P(Reduce, OfRankZero) {
  for (const dtype type : real_dtypes) {
    for (const reducer by : all_reducers) {
      const seen one = maker.make(type, {}, layout::misaligned);
      const judged where = test_of(maker.make(f32, {}, layout::dense), BW_NONZERO);
      expect_reduced(one, nullptr, {.by = by});
      expect_reduced(one, &where, {.by = by, .keepdim = true});
    }
  }
}

TEST_P(Reduce, OfRank16) {
  const shape_t shape{2, 1, 2, 1, 2, 1, 3, 1, 2, 1, 2, 1, 2, 2, 1, 2};
  for (const layout chosen : {layout::dense, layout::reversed, layout::transposed}) {
    const seen x = maker.make(f32, shape, chosen);
    for (const reducer by : all_reducers) {
      expect_reduced(x, nullptr, {.by = by});
      expect_reduced(x, nullptr, {.by = by, .dims = {0, -1, 6, 8}, .keepdim = true});
      expect_reduced(x, nullptr,
                     {.by = by, .dims = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}});
    }
  }
}

TEST_P(Reduce, IntoEveryDtype) {
  for (const dtype type : real_dtypes) {
    const seen x = maker.make(type, {5, 70}, layout::sliced);
    for (const dtype out : {f16, bf16, f32, f64}) {
      expect_reduced(x, nullptr, {.by = reducer::mean, .dims = {1}, .type = out});
      expect_reduced(x, nullptr, {.by = reducer::mean, .type = out, .denominator_eps = 1e-6});
      if (is_float(type)) {
        expect_reduced(x, nullptr, {.by = reducer::sum, .dims = {1}, .type = out});
      }
    }
  }
}

TEST_P(Reduce, IntoEveryLayout) {
  const seen x = maker.make(f32, {6, 5, 70}, layout::transposed);
  const judged where = test_of(maker.make(boolean, {5, 1}, layout::dense), BW_NONZERO);
  for (const reducer by : all_reducers) {
    for (const layout chosen : distinct_layouts) {
      for (const dimensions& dims : every_choice(3)) {
        SCOPED_TRACE(std::string(describe(by)) + " " + describe(chosen) + " over " +
                     testing::PrintToString(dims));
        const finishing how = {.by = by, .of = f32, .type = usual_type(by, f32)};
        const reduced expected = reduced_tensor(*x.values, &where, dims, true, how);
        const array out = make_array(how.type, expected.shape, chosen, random);
        std::vector<std::uint8_t> bytes = out.bytes;
        const auto size = static_cast<std::size_t>(how.type.bytes());
        std::size_t next = 0;
        for_each_index(out.shape, [&](const shape_t& index) {
          std::memcpy(bytes.data() + out.offset(index), expected.bytes.data() + size * next++,
                      size);
        });
        const placed target(on(), out);
        reduce(on(), by, x.view, {.where = where.asked, .dims = dims, .keepdim = true},
               target.view());
        EXPECT_TRUE(target.bytes() == bytes);
      }
    }
  }
}

// What is reduced twice does not add up.
TEST_P(Reduce, OverwritesWhatWasThere) {
  const seen x = maker.make(f64, {2, 300}, layout::dense);
  for (const reducer by : all_reducers) {
    const finishing how = {.by = by, .of = f64, .type = usual_type(by, f64)};
    const reduced expected = reduced_tensor(*x.values, nullptr, {1}, false, how);
    const tensor out(on(), expected.shape, how.type);
    const data_report report(on());
    for (int repeat = 0; repeat < 2; ++repeat) {
      reduce(on(), by, x.view, {.dims = {1}}, out, report.c());
      EXPECT_EQ(host_bytes(out), expected.bytes);
      EXPECT_EQ(report.count(), 0);
      EXPECT_EQ(report.first_index(), -1);
    }
  }
}

TEST_P(Reduce, ReachesEveryPath) {
  const auto run = [&](dtype type, const shape_t& shape, layout chosen, const dimensions& dims) {
    condition_maker own(on(), random);
    const seen x = own.make(type, shape, chosen);
    kernels_since();
    expect_reduced(x, nullptr, {.dims = dims});
    const std::vector<std::string> seen_kernels = kernels_since();
    return *std::find_if(seen_kernels.begin(), seen_kernels.end(),
                         [](const std::string& name) { return name.rfind("reduce.", 0) == 0; });
  };
  std::set<std::string> paths{
      run(f32, {100, 100}, layout::dense, {}),      run(f32, {100, 100}, layout::sliced, {}),
      run(f32, {70, 300}, layout::transposed, {1}), run(f32, {5, 3, 7}, layout::transposed, {2}),
      run(f64, {2, 5000}, layout::dense, {1}),      run(f64, {5000, 70}, layout::dense, {0}),
      run(f32, {0, 3}, layout::dense, {0})};
  if (!GetParam().is_cuda()) {
    EXPECT_EQ(paths, (std::set<std::string>{"reduce.dense", "reduce.rows", "reduce.mixed",
                                            "reduce.blocks"}));
    return;
  }
  // Which of two ways f32 is added depends on the GPU.
  const std::set<std::string> others{"reduce.nothing", "reduce.warps", "reduce.threads"};
  std::set<std::string> with_f64 = others;
  with_f64.insert({"reduce.warps_f64", "reduce.threads_f64"});
  std::set<std::string> with_integers = others;
  with_integers.insert({"reduce.warps_integer", "reduce.threads_integer"});
  EXPECT_TRUE(paths == with_f64 || paths == with_integers) << testing::PrintToString(paths);
}

INSTANTIATE_TEST_SUITE_P(Backends, Reduce, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
