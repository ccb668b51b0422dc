// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <complex>
#include <limits>

#include "selecting.hpp"

// Outputs of a fixed capacity: what is stored, what is filled, what is left alone, what is counted.
namespace bitwhere::test {
namespace {

using indices = std::vector<std::int64_t>;

class NonzeroInto : public selecting {
 protected:
  // Six hits of fifteen elements.
  judged six_hits(layout chosen = layout::dense) {
    return truth_of(maker.take(make_truths(boolean, {3, 5}, chosen,
                                           {0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 1}, random)));
  }

  // Into a view of these strides in the middle of a buffer.
  void expect_indices_into_table(const judged& condition, const shape_t& shape,
                                 const shape_t& strides, index_form form, dtype index) {
    const array table{index, shape, strides, 1024, std::vector<std::uint8_t>(2048, 0xa5)};
    const placed target(on(), table);
    nonzero(on(), condition.asked, {.form = form}, target.view());
    EXPECT_TRUE(target.bytes() == after_nonzero(hits_of(condition), form, table, -1));
  }
};

TEST_P(NonzeroInto, StoresWhatThereIsRoomFor) {
  const judged condition = six_hits();
  const hits expected = hits_of(condition);
  ASSERT_EQ(expected.count(), 6);
  for (const std::int64_t capacity : {0, 1, 5, 6, 7, 200}) {
    for (const index_form form : index_forms) {
      for (const dtype index : index_dtypes) {
        for (const layout chosen : distinct_layouts) {
          for (const bool keep_rest : {false, true}) {
            SCOPED_TRACE(describe(chosen) + " " + std::to_string(capacity));
            expect_indices_into(condition.asked, expected, form, index,
                                {capacity, chosen, keep_rest});
          }
        }
      }
    }
  }
}

TEST_P(NonzeroInto, StoresTheValuesThereIsRoomFor) {
  for (const dtype type : all_dtypes) {
    const seen x = maker.make(type, {3, 5}, layout::transposed);
    const judged condition = six_hits(layout::reversed);
    for (const std::int64_t capacity : {0, 1, 5, 6, 7, 200}) {
      for (const layout chosen : distinct_layouts) {
        for (const bool keep_rest : {false, true}) {
          SCOPED_TRACE(describe(type) + " " + describe(chosen) + " " + std::to_string(capacity));
          expect_values_into(x, condition.asked, hits_of(condition), {capacity, chosen, keep_rest});
        }
      }
    }
  }
}

// Parts of a table: every second row, some of its columns, backwards, transposed.
TEST_P(NonzeroInto, StoresIntoPartsOfATable) {
  const shape_t strides[] = {{2, 1}, {4, 1},  {3, 1},  {-2, 1}, {2, -1}, {-4, -1},
                             {1, 9}, {1, 20}, {1, -9}, {-1, 9}, {2, 18}};
  const judged condition = six_hits();
  const hits expected = hits_of(condition);
  for (const dtype index : index_dtypes) {
    for (const shape_t& table : strides) {
      SCOPED_TRACE(testing::PrintToString(table));
      expect_indices_into_table(condition, {9, 2}, table, index_form::rows, index);
      expect_indices_into_table(condition, {2, 9}, {table[1], table[0]}, index_form::columns,
                                index);
    }
    // A size of 1 may have any stride.
    for (const std::int64_t stride : {0, 1, -7, 1000}) {
      expect_indices_into_table(condition, {1, 2}, {stride, 1}, index_form::rows, index);
      expect_indices_into_table(condition, {1}, {stride}, index_form::flat, index);
    }
  }
}

// Large ones: several threads and blocks write, or fill, or run out of room.
TEST_P(NonzeroInto, TakesLargeOutputs) {
  const std::int64_t n = 150001;
  for (const density& how : {density{0.001, false}, density{0.5, false}, density{1, false}}) {
    const std::vector<std::uint8_t> truths = draw_truths(n, how, random);
    const hits expected = hits_of(truths, {n});
    const seen x = maker.take(make_truths(u8, {n}, layout::dense, truths, random));
    const condition asked(BW_NONZERO, x.view);
    for (const std::int64_t capacity :
         {expected.count() / 3, expected.count(), expected.count() + 70001}) {
      for (const index_form form : {index_form::rows, index_form::flat}) {
        const layout chosen = distinct_layouts[random.below(std::size(distinct_layouts))];
        SCOPED_TRACE(describe(chosen) + " " + std::to_string(capacity));
        expect_indices_into(asked, expected, form, i64, {capacity, chosen});
        expect_indices_into(asked, expected, form, i32, {capacity});
      }
      expect_values_into(x, asked, expected, {capacity});
    }
  }
}

TEST_P(NonzeroInto, FillsWithAnyNumber) {
  const judged condition = six_hits();
  const hits expected = hits_of(condition);
  for (const index_form form : index_forms) {
    for (const std::int64_t fill : {INT64_MIN, INT64_MAX, std::int64_t{1} << 40}) {
      expect_indices_into(condition.asked, expected, form, i64, {9}, fill);
    }
    for (const std::int64_t fill : {std::int64_t{INT32_MIN}, std::int64_t{INT32_MAX}}) {
      expect_indices_into(condition.asked, expected, form, i32, {9, layout::sliced}, fill);
    }
  }
}

TEST_P(NonzeroInto, CountsOnlyOnRequest) {
  const judged condition = six_hits();
  const hits expected = hits_of(condition);
  for (const std::int64_t capacity : {3, 9}) {
    expect_indices_into(condition.asked, expected, index_form::rows, i64,
                        {capacity, layout::dense, false, false});
    expect_values_into(maker.make(f32, {3, 5}, layout::dense), condition.asked, expected,
                       {capacity, layout::dense, false, false});
  }
}

// A count of one call does not reach the next, on whatever the memory held.
TEST_P(NonzeroInto, OverwritesTheCount) {
  const tensor x = to(on(), bitwhere::view(std::vector<float>{0, 3, 0, 4}));
  const tensor out(on(), shape_t{1}, i64);
  const tensor cells = to(on(), bitwhere::view(indices{-7, -7}));
  auto* const counted = static_cast<bw_found*>(cells.data());
  for (int repeat = 0; repeat < 3; ++repeat) {
    nonzero(on(), x, {.form = index_form::flat}, out, counted);
    EXPECT_EQ(values<std::int64_t>(cells), (indices{2, 1}));
    masked_select(on(), x, x > 3, {}, empty(on(), {2}, f32), counted);
    EXPECT_EQ(values<std::int64_t>(cells), (indices{1, 0}));
    nonzero(on(), x > 10, {.form = index_form::flat}, out, counted);
    EXPECT_EQ(values<std::int64_t>(cells), (indices{0, 0}));
    EXPECT_EQ(values<std::int64_t>(out), (indices{-1}));
    nonzero(on(), empty(on(), {0}, f32), {.form = index_form::flat}, out, counted);
    EXPECT_EQ(values<std::int64_t>(cells), (indices{0, 0}));
  }
}

TEST_P(NonzeroInto, OnlyCountsIntoNothing) {
  const tensor x = to(on(), bitwhere::view(std::vector<float>{0, 3, 0, 4}, {2, 2}));
  const found counted(on());
  for (const index_form form : index_forms) {
    const tensor none = empty(on(), room_for(form, 0, 2), i64);
    nonzero(on(), x, {.form = form}, none, counted.c());
    EXPECT_TRUE(same(counted.host(), {2, 1}));
    nonzero(on(), x > 9, {.form = form}, none, counted.c());
    EXPECT_TRUE(same(counted.host(), {0, 0}));
  }
  masked_select(on(), x, x > 3, {}, empty(on(), {0}, f32), counted.c());
  EXPECT_TRUE(same(counted.host(), {1, 1}));
}

// A 0-d condition is one element without coordinates.
TEST_P(NonzeroInto, TakesRankZero) {
  for (const std::int64_t capacity : {0, 1, 3}) {
    for (const bool truth : {false, true}) {
      const std::vector<std::uint8_t> truths{static_cast<std::uint8_t>(truth ? 1 : 0)};
      const array value = make_truths(f32, {}, layout::misaligned, truths, random);
      const placed x(on(), value);
      const hits expected = hits_of(truths, {});
      for (const index_form form : index_forms) {
        expect_indices_into(nonzero(x.view()), expected, form, i64, {capacity});
        expect_indices_into(nonzero(x.view()), expected, form, i32, {capacity, layout::sliced});
      }
      expect_values_into({&value, x.view()}, nonzero(x.view()), expected, {capacity});
    }
  }
}

TEST_P(NonzeroInto, TakesEveryRank) {
  shape_t shape;
  for (int rank = 0; rank <= 16; ++rank) {
    const judged condition = test_of(maker.make(f64, shape, layout::transposed), BW_NONZERO);
    const hits expected = hits_of(condition);
    for (const index_form form : index_forms) {
      SCOPED_TRACE(rank);
      expect_indices_into(condition.asked, expected, form, i32, some_output(expected));
      expect_indices_into(condition.asked, expected, form, i64, some_output(expected));
    }
    shape.push_back(rank % 4 == 0 ? 3 : rank % 4 == 1 ? 2 : 1);
  }
}

// Records without coordinates take no memory, so that any number of them is a capacity.
TEST_P(NonzeroInto, FillsNothingWithoutCoordinates) {
  std::uint8_t yes = 1;
  const tensor truth = to(on(), bitwhere::view(&yes, boolean, {}));
  const found counted(on());
  for (const std::int64_t capacity : {std::int64_t{1} << 40, std::int64_t{1} << 62}) {
    const tensor_view out(nullptr, i64, shape_t{capacity, 0}, {}, on().memory());
    nonzero(on(), condition(truth), {}, out, counted.c());
    EXPECT_TRUE(same(counted.host(), {1, 0}));
  }
}

// The options' NULL: rows, and zeros in the rest.
TEST_P(NonzeroInto, TakesNoOptions) {
  const tensor x = to(on(), bitwhere::view(std::vector<float>{0, 3, 0, 4}, {2, 2}));
  const tensor out = to(on(), bitwhere::view(indices(6, 7), {3, 2}));
  const condition positive = x > 0;
  const condition::c_tree c_condition(positive);
  const bw_tensor c_out = out.c();
  on().check(bw_nonzero_into(on().get(), c_condition.get(), nullptr, &c_out, nullptr));
  EXPECT_EQ(values<std::int64_t>(out), (indices{0, 1, 1, 1, 0, 0}));
  const tensor chosen = to(on(), bitwhere::view(std::vector<float>{7, 7, 7}));
  const bw_tensor c_x = x.c();
  const bw_tensor c_chosen = chosen.c();
  on().check(
      bw_masked_select_into(on().get(), &c_x, c_condition.get(), nullptr, &c_chosen, nullptr));
  EXPECT_EQ(values(chosen), (std::vector<float>{3, 4, 0}));
}

// Values of every kind as a fill, converted as where converts a scalar.
TEST_P(NonzeroInto, FillsWithAScalarOfTheDtype) {
  const tensor none = to(on(), bitwhere::view(std::vector<std::uint8_t>{0}.data(), boolean, {1}));
  for (const dtype type : all_dtypes) {
    const tensor x = empty(on(), {1}, type);
    const tensor out = empty(on(), {3}, type);
    const auto expect_filled = [&](const scalar& fill, const number& value) {
      masked_select(on(), x, none, {.fill = fill}, out);
      std::vector<std::uint8_t> host(static_cast<std::size_t>(3 * type.bytes()));
      copy(on(), out, tensor_view(host.data(), type, shape_t{3}));
      std::vector<std::uint8_t> want;
      for (int k = 0; k < 3; ++k) {
        const std::vector<std::uint8_t> one = element_of(type, value);
        want.insert(want.end(), one.begin(), one.end());
      }
      EXPECT_EQ(host, want) << describe(type);
    };
    if (is_whole(type)) {
      expect_filled(true, {.whole = true, .integer = 1});
      if (type != boolean) expect_filled(100, {.whole = true, .integer = 100});
    } else {
      expect_filled(-1.5, {.real = -1.5});
      expect_filled(0.1, {.real = 0.1});
      expect_filled(std::numeric_limits<double>::infinity(),
                    {.real = std::numeric_limits<double>::infinity()});
      expect_filled(std::numeric_limits<double>::quiet_NaN(),
                    {.real = std::numeric_limits<double>::quiet_NaN()});
    }
    if (is_complex(type)) {
      expect_filled(std::complex<double>(0.5, -2), {.real = 0.5, .imaginary = -2});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, NonzeroInto, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
