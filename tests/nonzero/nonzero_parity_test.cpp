// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <algorithm>
#include <set>

#include "selecting.hpp"

// Indices and values where a condition holds, against looking at one element after another.
namespace bitwhere::test {
namespace {

const shape_t ranks[] = {{}, {263}, {3, 70}, {5, 3, 7}, {2, 3, 4, 70}, {2, 3, 2, 5, 3}};

std::string name(dtype type, layout chosen, const shape_t& shape) {
  return describe(type) + " " + describe(chosen) + " " + testing::PrintToString(shape);
}

class Nonzero : public selecting {
 protected:
  // Every kind of call of one condition would take long: one of each sort, drawn.
  void expect_some(const condition& asked, const hits& expected) {
    expect_indices(asked, expected, some_form(), some_index());
    expect_indices_into(asked, expected, some_form(), some_index(), some_output(expected));
  }
  void expect_some(const judged& condition) { expect_some(condition.asked, hits_of(condition)); }

  index_form some_form() { return index_forms[random.below(3)]; }
  dtype some_index() { return index_dtypes[random.below(2)]; }

  // Where exactly these elements are not zero.
  void expect_truths(dtype type, const shape_t& shape, layout chosen, const density& how) {
    SCOPED_TRACE(name(type, chosen, shape) + " " + std::to_string(how.share) +
                 (how.in_runs ? " in runs" : ""));
    condition_maker own(on(), random);
    std::int64_t n = 1;
    for (const std::int64_t size : shape) n *= size;
    const std::vector<std::uint8_t> truths = draw_truths(n, how, random);
    const seen x = own.take(make_truths(type, shape, chosen, truths, random));
    expect_some(condition(BW_NONZERO, x.view), hits_of(truths, shape));
  }
};

TEST_P(Nonzero, OfEveryDtypeInEveryLayout) {
  for (const dtype type : all_dtypes) {
    for (const layout chosen : all_layouts) {
      for (const shape_t& shape : ranks) {
        SCOPED_TRACE(name(type, chosen, shape));
        condition_maker own(on(), random);
        expect_some(test_of(own.make(type, shape, chosen), BW_NONZERO));
      }
    }
  }
}

TEST_P(Nonzero, InEveryForm) {
  for (const dtype type : {boolean, f16, i32, c64}) {
    for (const shape_t& shape : ranks) {
      for (const layout chosen : {layout::dense, layout::transposed, layout::broadcast_outer}) {
        condition_maker own(on(), random);
        const judged condition = test_of(own.make(type, shape, chosen), BW_NONZERO);
        const hits expected = hits_of(condition);
        for (const index_form form : index_forms) {
          for (const dtype index : index_dtypes) {
            SCOPED_TRACE(name(type, chosen, shape));
            expect_indices(condition.asked, expected, form, index);
          }
        }
      }
    }
  }
}

// Rows shorter and longer than words of condition bits and than what is packed.
TEST_P(Nonzero, OfRowsOfEveryLength) {
  for (const dtype type : {boolean, i16, f32, f64}) {
    for (const std::int64_t length : {1, 3, 7, 63, 64, 65, 1000}) {
      for (const layout chosen : {layout::dense, layout::sliced, layout::transposed,
                                  layout::misaligned, layout::broadcast_inner}) {
        for (const shape_t& shape : {shape_t{9, length}, shape_t{2, 3, length}}) {
          SCOPED_TRACE(name(type, chosen, shape));
          condition_maker own(on(), random);
          expect_some(test_of(own.make(type, shape, chosen), BW_NONZERO));
        }
      }
    }
  }
}

// Rows that end often are found by a division: every first and last index of rows of every length
// for which a reciprocal could be a little too small.
TEST_P(Nonzero, OfRowsThatEndOften) {
  for (std::int64_t length = 2; length <= 260; ++length) {
    SCOPED_TRACE(length);
    condition_maker own(on(), random);
    const shape_t shape{600 / length + 2, length};
    const std::vector<std::uint8_t> all(static_cast<std::size_t>(shape[0] * length), 1);
    const seen x = own.take(make_truths(boolean, shape, layout::dense, all, random));
    expect_indices(condition(BW_NONZERO, x.view), hits_of(all, shape), index_form::rows,
                   some_index());
  }
}

// Rows that are longer than what is divided.
TEST_P(Nonzero, OfLargeRows) {
  const std::int64_t length = (1 << 20) + 3;
  std::vector<std::uint8_t> truths(static_cast<std::size_t>(2 * length), 0);
  for (const std::int64_t at : {std::int64_t{0}, length - 1, length, length + 1, 2 * length - 1}) {
    truths[static_cast<std::size_t>(at)] = 1;
  }
  for (const dtype index : index_dtypes) {
    condition_maker own(on(), random);
    const seen x = own.take(make_truths(boolean, {2, length}, layout::dense, truths, random));
    expect_indices(condition(BW_NONZERO, x.view), hits_of(truths, {2, length}), index_form::rows,
                   index);
  }
}

TEST_P(Nonzero, OfSizesAroundWords) {
  for (std::int64_t n = 0; n <= 130; ++n) {
    for (const density& how : {density{0.5, false}, density{1, false}}) {
      expect_truths(n % 2 == 0 ? boolean : f32, {n}, layout::dense, how);
    }
  }
}

TEST_P(Nonzero, OfSizesAroundTilesAndChunks) {
  const layout layouts[] = {layout::dense, layout::misaligned, layout::sliced};
  for (const std::int64_t middle : {2048, 4096, 65536}) {
    for (const std::int64_t n : {middle - 1, middle, middle + 1}) {
      for (const density& how : {density{0.01, false}, density{0.5, false}, density{1, false}}) {
        expect_truths(all_dtypes[random.below(std::size(all_dtypes))], {n},
                      layouts[random.below(3)], how);
      }
    }
  }
}

// Several threads and chunks, and hits that are spread unevenly over them.
TEST_P(Nonzero, OfEveryDensity) {
  for (const density& how : densities) {
    expect_truths(boolean, {300007}, layout::dense, how);
    switch (random.below(3)) {
      case 0:
        expect_truths(f32, {601, 499}, layout::dense, how);
        break;
      case 1:
        expect_truths(i16, {257, 1200}, layout::transposed, how);
        break;
      default:
        expect_truths(u8, {20011, 5, 3}, layout::reversed, how);
    }
  }
}

TEST_P(Nonzero, OnSeveralThreads) {
  for (const density& how : {density{0.01, true}, density{0.5, true}}) {
    expect_truths(u8, {900007}, layout::dense, how);
    expect_truths(u8, {901, 999}, layout::transposed, how);
  }
  if (!GetParam().is_cuda()) {
    EXPECT_EQ(most_workers(), GetParam().threads);
  }
}

// All hits at one end: other threads and blocks have none.
TEST_P(Nonzero, OfHitsAtOneEnd) {
  const std::int64_t n = 300007;
  for (const auto& [begin, end] : {std::pair<std::int64_t, std::int64_t>{0, 1},
                                   {n - 1, n},
                                   {0, 5000},
                                   {n - 5000, n},
                                   {n / 2, n / 2 + 70}}) {
    condition_maker own(on(), random);
    std::vector<std::uint8_t> truths(static_cast<std::size_t>(n));
    std::fill(truths.begin() + begin, truths.begin() + end, std::uint8_t{1});
    const seen x = own.take(make_truths(u8, {n}, layout::dense, truths, random));
    expect_some(condition(BW_NONZERO, x.view), hits_of(truths, {n}));
  }
}

TEST_P(Nonzero, OfTrees) {
  for (int repeat = 0; repeat < 60; ++repeat) {
    condition_maker own(on(), random);
    const shape_t shape = repeat % 3 == 0   ? shape_t{3, 1, 130}
                          : repeat % 3 == 1 ? shape_t{4, 5, 3, 2}
                                            : shape_t{70, 67};
    SCOPED_TRACE(repeat);
    expect_some(own.tree(shape, 1 + repeat % BW_MAX_LEAVES));
  }
}

// Tensors of a condition that broadcast with each other, so that its shape is no tensor's own.
TEST_P(Nonzero, OfConditionsThatBroadcast) {
  for (const auto& [left, right] :
       {std::pair<shape_t, shape_t>{{5, 1}, {1, 70}}, {{3, 1, 67}, {4, 1}}, {{130}, {9, 1, 1}}}) {
    for (const layout chosen : {layout::dense, layout::sliced, layout::misaligned}) {
      condition_maker own(on(), random);
      expect_some(comparison_of(own.make(f32, left, chosen), own.make(i16, right, chosen), BW_LT));
    }
  }
}

// What the dtype alone decides: all elements or none.
TEST_P(Nonzero, OfConstants) {
  for (const shape_t& shape : {shape_t{}, shape_t{3, 1, 70}, shape_t{5000}}) {
    const seen whole = maker.make(i16, shape, layout::transposed);
    expect_some(test_of(whole, BW_ISFINITE));
    expect_some(test_of(whole, BW_ISNAN));
    expect_some(comparison_of(whole, compared{BW_LT, false, 0, 1 << 20}));
    expect_some(either_of(test_of(whole, BW_ISFINITE), test_of(whole, BW_NONZERO)));
  }
}

TEST_P(Nonzero, OfRank16) {
  const shape_t shape{2, 1, 2, 1, 2, 1, 3, 1, 2, 1, 2, 1, 2, 2, 1, 2};
  for (const layout chosen : all_layouts) {
    const judged condition = test_of(maker.make(c64, shape, chosen), BW_NONZERO);
    for (const index_form form : index_forms) expect_indices(condition, form, some_index());
  }
}

TEST_P(Nonzero, OfNothing) {
  for (const shape_t& shape : {shape_t{0}, shape_t{3, 0}, shape_t{0, 4}, shape_t{2, 0, 5}}) {
    const judged condition = test_of(maker.make(f32, shape, layout::dense), BW_NONZERO);
    const hits expected = hits_of(condition);
    for (const index_form form : index_forms) {
      expect_indices(condition, form);
      for (const std::int64_t capacity : {0, 3}) {
        expect_indices_into(condition.asked, expected, form, i32, {capacity});
        expect_indices_into(condition.asked, expected, form, i64, {capacity, layout::sliced, true});
      }
    }
  }
}

TEST_P(Nonzero, ReachesEveryPath) {
  std::set<std::string> paths;
  for (const dtype type : {boolean, f32, c128}) {
    for (const shape_t& shape : {shape_t{5000}, shape_t{100, 100}, shape_t{67, 3, 5}}) {
      for (const layout chosen : all_layouts) {
        condition_maker own(on(), random);
        const seen x = own.make(type, shape, chosen);
        kernels_since();
        expect_some(test_of(x, BW_NONZERO));
        for (const std::string& kernel : kernels_since()) paths.insert(kernel);
      }
    }
  }
  const std::set<std::string> cuda{"nonzero.packs", "nonzero.ballots"};
  const std::set<std::string> cpu{"nonzero.dense", "nonzero.rows", "nonzero.mixed"};
  EXPECT_EQ(paths, GetParam().is_cuda() ? cuda : cpu);
}

class MaskedSelect : public selecting {
 protected:
  void expect_some(const seen& x, const condition& asked, const hits& expected) {
    expect_values(x, asked, expected);
    expect_values_into(x, asked, expected, some_output(expected));
  }
  void expect_some(const seen& x, const judged& condition) {
    expect_some(x, condition.asked,
                hits_of(condition, broadcast(x.values->shape, condition.shape)));
  }
};

TEST_P(MaskedSelect, OfEveryDtypeInEveryLayout) {
  for (const dtype type : all_dtypes) {
    for (const layout chosen : all_layouts) {
      for (const shape_t& shape : ranks) {
        SCOPED_TRACE(name(type, chosen, shape));
        condition_maker own(on(), random);
        const seen x = own.make(type, shape, chosen);
        const layout other = all_layouts[random.below(std::size(all_layouts))];
        expect_some(x, truth_of(own.make(boolean, shape, other)));
      }
    }
  }
}

// By the values themselves: one tensor read for both.
TEST_P(MaskedSelect, ByWhatIsSelected) {
  for (const dtype type : all_dtypes) {
    for (const layout chosen : all_layouts) {
      condition_maker own(on(), random);
      const seen x = own.make(type, {5, 67}, chosen);
      expect_some(x, test_of(x, BW_ISFINITE));
      expect_some(x, test_of(x, BW_NONZERO));
    }
  }
}

TEST_P(MaskedSelect, BroadcastsEitherSide) {
  const std::pair<shape_t, shape_t> shapes[] = {
      {{}, {70}},       {{70}, {}},          {{1}, {3, 70}},       {{3, 70}, {1}},
      {{3, 1}, {70}},   {{67}, {5, 1}},      {{5, 67}, {67}},      {{67}, {5, 67}},
      {{5, 1}, {5, 9}}, {{4, 3, 2}, {3, 1}}, {{2, 1, 70}, {3, 1}}, {{3, 1}, {2, 1, 70}},
      {{0}, {1}},       {{3, 1}, {3, 0}}};
  for (const auto& [of_x, of_mask] : shapes) {
    for (const dtype type : {u8, bf16, i32, c64, c128}) {
      SCOPED_TRACE(testing::PrintToString(of_x) + " by " + testing::PrintToString(of_mask));
      condition_maker own(on(), random);
      const seen x = own.make(type, of_x, layout::dense);
      expect_some(x, truth_of(own.make(boolean, of_mask, layout::dense)));
      expect_some(x, test_of(own.make(f32, of_mask, layout::transposed), BW_NONZERO));
    }
  }
}

TEST_P(MaskedSelect, OfEveryDensity) {
  const shape_t shapes[] = {{150001}, {301, 499}, {10007, 5, 3}};
  for (const density& how : densities) {
    const shape_t& shape = shapes[random.below(std::size(shapes))];
    const dtype type = all_dtypes[random.below(std::size(all_dtypes))];
    const layout chosen = distinct_layouts[random.below(std::size(distinct_layouts))];
    SCOPED_TRACE(name(type, chosen, shape) + " " + std::to_string(how.share));
    condition_maker own(on(), random);
    const seen x = own.make(type, shape, chosen);
    const std::vector<std::uint8_t> truths = draw_truths(x.values->elements(), how, random);
    const seen mask = own.take(make_truths(boolean, shape, layout::dense, truths, random));
    expect_some(x, condition(mask.view), hits_of(truths, shape));
  }
}

TEST_P(MaskedSelect, OnSeveralThreads) {
  const shape_t shape{900007};
  const std::vector<std::uint8_t> truths = draw_truths(shape[0], {0.1, true}, random);
  const seen mask = maker.take(make_truths(boolean, shape, layout::dense, truths, random));
  expect_some(mask, condition(mask.view), hits_of(truths, shape));
  if (!GetParam().is_cuda()) {
    EXPECT_EQ(most_workers(), GetParam().threads);
  }
}

TEST_P(MaskedSelect, OfSizesAroundWords) {
  for (std::int64_t n = 0; n <= 130; ++n) {
    condition_maker own(on(), random);
    const seen x = own.make(n % 2 == 0 ? f16 : f64, {n}, layout::dense);
    expect_some(x, truth_of(own.make(boolean, {n}, layout::dense)));
  }
}

TEST_P(MaskedSelect, ByTrees) {
  for (int repeat = 0; repeat < 40; ++repeat) {
    condition_maker own(on(), random);
    const shape_t shape = repeat % 2 == 0 ? shape_t{3, 5, 70} : shape_t{130, 9};
    const dtype type = all_dtypes[static_cast<std::size_t>(repeat) % std::size(all_dtypes)];
    const seen x = own.make(type, shape, all_layouts[random.below(std::size(all_layouts))]);
    expect_some(x, own.tree(shape, 1 + repeat % BW_MAX_LEAVES));
  }
}

TEST_P(MaskedSelect, ReachesEveryPath) {
  std::set<std::string> paths;
  for (const dtype type : {boolean, f32, c128}) {
    for (const shape_t& shape : {shape_t{5000}, shape_t{100, 100}, shape_t{67, 3, 5}}) {
      for (const layout chosen : all_layouts) {
        condition_maker own(on(), random);
        const seen x = own.make(type, shape, chosen);
        const seen mask = own.make(boolean, shape, chosen);
        kernels_since();
        expect_some(x, truth_of(mask));
        for (const std::string& kernel : kernels_since()) paths.insert(kernel);
      }
    }
  }
  const std::set<std::string> cuda{"select.packs", "select.ballots"};
  const std::set<std::string> cpu{"select.dense", "select.rows", "select.mixed"};
  EXPECT_EQ(paths, GetParam().is_cuda() ? cuda : cpu);
}

INSTANTIATE_TEST_SUITE_P(Backends, Nonzero, testing::ValuesIn(backends()), name_of);
INSTANTIATE_TEST_SUITE_P(Backends, MaskedSelect, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
