// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "../support/array.hpp"
#include "../support/backends.hpp"
#include "../support/conversion.hpp"
#include "../support/judged.hpp"
#include "../support/promotion_table.hpp"
#include "../support/reduced.hpp"

// Counts over every choice of dimensions, against counting one element after another.
namespace bitwhere::test {
namespace {

using dimensions = std::vector<std::int32_t>;

struct counts {
  shape_t shape;
  std::vector<std::int64_t> values;
};

counts counted(const judged& condition, const dimensions& dims, bool keepdim) {
  const std::vector<bool> reduced = reduced_by(dims, condition.shape.size());
  counts out;
  std::int64_t n = 1;
  for (std::size_t d = 0; d < reduced.size(); ++d) {
    if (!reduced[d]) n *= condition.shape[d];
    if (!reduced[d] || keepdim) out.shape.push_back(reduced[d] ? 1 : condition.shape[d]);
  }
  out.values.assign(static_cast<std::size_t>(n), 0);
  for_each_index(condition.shape, [&](const shape_t& index) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < reduced.size(); ++d) {
      if (!reduced[d]) at = at * condition.shape[d] + index[d];
    }
    if (condition.truth(index)) ++out.values[static_cast<std::size_t>(at)];
  });
  return out;
}

class CountNonzero : public parity {
 protected:
  void expect_counts(const judged& condition, const dimensions& dims, bool keepdim = false) {
    const counts expected = counted(condition, dims, keepdim);
    const tensor got = count_nonzero(on(), condition.asked, {dims, keepdim});
    EXPECT_EQ(got.type(), i64);
    EXPECT_EQ(shape_t(got.shape().begin(), got.shape().end()), expected.shape);
    std::vector<std::int64_t> host(static_cast<std::size_t>(got.size()));
    copy(on(), got, tensor_view(host.data(), i64, got.shape()));
    EXPECT_EQ(host, expected.values) << "over " << testing::PrintToString(dims);
  }

  random_integers random{5};
  condition_maker maker{on(), random};
};

TEST_P(CountNonzero, OverEveryChoiceOfDimensions) {
  for (const dtype type : all_dtypes) {
    for (const layout chosen : all_layouts) {
      const shape_t shape = random.below(2) == 0 ? shape_t{3, 5, 2, 7} : shape_t{2, 3, 4, 70};
      const judged condition = test_of(maker.make(type, shape, chosen), BW_NONZERO);
      SCOPED_TRACE(describe(type) + " " + describe(chosen));
      for (const dimensions& dims : every_choice(4)) {
        expect_counts(condition, dims, random.below(2) == 0);
      }
    }
  }
}

TEST_P(CountNonzero, OfTrees) {
  for (int repeat = 0; repeat < 40; ++repeat) {
    condition_maker own(on(), random);
    const shape_t shape = repeat % 3 == 0 ? shape_t{3, 1, 130} : shape_t{4, 5, 3, 2};
    const judged condition = own.tree(shape, 1 + repeat % BW_MAX_LEAVES);
    SCOPED_TRACE(repeat);
    for (const dimensions& dims : every_choice(static_cast<int>(condition.shape.size()))) {
      expect_counts(condition, dims, repeat % 2 == 0);
    }
  }
}

// Many elements a count, many counts, and both, laid out along and across.
TEST_P(CountNonzero, OfManyElements) {
  const dtype types[] = {boolean, bf16, f64, c128};
  for (const shape_t& shape :
       {shape_t{70, 300}, shape_t{300, 70}, shape_t{3, 9011}, shape_t{9011, 3}, shape_t{33001}}) {
    for (const layout chosen : all_layouts) {
      const dtype type = types[random.below(std::size(types))];
      condition_maker own(on(), random);
      const judged condition = test_of(own.make(type, shape, chosen), BW_ISFINITE);
      SCOPED_TRACE(describe(type) + " " + describe(chosen) + " of " +
                   std::to_string(shape.front()) + " rows");
      for (const dimensions& dims : every_choice(static_cast<int>(shape.size()))) {
        expect_counts(condition, dims);
      }
    }
  }
}

TEST_P(CountNonzero, OnSeveralThreads) {
  const seen values = maker.make(i32, {900007}, layout::dense);
  expect_counts(comparison_of(values, compared{BW_GT, false, 0, 0}), {});
  const judged plane = test_of(maker.make(f32, {3, 201, 301}, layout::transposed), BW_NONZERO);
  for (const dimensions& dims : every_choice(3)) expect_counts(plane, dims);
  if (!GetParam().is_cuda()) {
    EXPECT_EQ(most_workers(), GetParam().threads);
  }
}

TEST_P(CountNonzero, OfSizesAroundWords) {
  for (std::int64_t n = 0; n <= 130; ++n) {
    SCOPED_TRACE(n);
    const seen values = maker.make(u8, {3, n}, layout::dense);
    const judged condition = comparison_of(values, compared{BW_NE, false, 0, 0});
    for (const dimensions& dims : every_choice(2)) expect_counts(condition, dims);
  }
}

TEST_P(CountNonzero, OfNothingIsZero) {
  for (const shape_t& shape : {shape_t{0}, shape_t{3, 0}, shape_t{0, 4}, shape_t{2, 0, 5}}) {
    const judged condition = test_of(maker.make(f32, shape, layout::dense), BW_NONZERO);
    for (const dimensions& dims : every_choice(static_cast<int>(shape.size()))) {
      expect_counts(condition, dims, true);
      expect_counts(condition, dims, false);
    }
  }
  expect_counts(test_of(maker.make(f32, {3}, layout::dense), BW_NONZERO), {});
}

TEST_P(CountNonzero, OfRankZero) {
  for (const dtype type : all_dtypes) {
    for (int repeat = 0; repeat < 6; ++repeat) {
      const seen one = maker.make(type, {}, layout::misaligned);
      expect_counts(test_of(one, BW_NONZERO), {});
      expect_counts(negation_of(test_of(one, BW_NONZERO)), {}, true);
    }
  }
}

// What is decided by the dtype alone counts all elements or none.
TEST_P(CountNonzero, OfConstants) {
  const seen whole = maker.make(i16, {3, 1, 70}, layout::transposed);
  const seen row = maker.make(f32, {5, 1}, layout::dense);
  for (const dimensions& dims : every_choice(3)) {
    expect_counts(test_of(whole, BW_ISFINITE), dims);
    expect_counts(test_of(whole, BW_ISNAN), dims);
    expect_counts(comparison_of(whole, compared{BW_LT, false, 0, 1 << 20}), dims);
    expect_counts(both_of(test_of(whole, BW_ISFINITE), test_of(row, BW_NONZERO)), dims);
  }
}

TEST_P(CountNonzero, OfRank16) {
  const shape_t shape{2, 1, 2, 1, 2, 1, 3, 1, 2, 1, 2, 1, 2, 2, 1, 2};
  for (const layout chosen : {layout::dense, layout::reversed, layout::transposed}) {
    const judged condition = test_of(maker.make(c64, shape, chosen), BW_NONZERO);
    expect_counts(condition, {});
    expect_counts(condition, {0, -1, 6, 8}, true);
    expect_counts(condition, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  }
}

TEST_P(CountNonzero, IntoEveryLayout) {
  const judged whole = comparison_of(maker.make(i16, {6, 5, 70}, layout::sliced),
                                     maker.make(f32, {6, 1, 70}, layout::transposed), BW_LE);
  for (const layout chosen :
       {layout::dense, layout::transposed, layout::reversed, layout::sliced, layout::misaligned}) {
    for (const dimensions& dims : every_choice(static_cast<int>(whole.shape.size()))) {
      SCOPED_TRACE(describe(chosen) + " over " + testing::PrintToString(dims));
      const counts expected = counted(whole, dims, true);
      const array out = make_array(i64, expected.shape, chosen, random);
      std::vector<std::uint8_t> bytes = out.bytes;
      std::size_t next = 0;
      for_each_index(out.shape, [&](const shape_t& index) {
        std::memcpy(bytes.data() + out.offset(index), &expected.values[next++], 8);
      });
      const placed target(on(), out);
      count_nonzero(on(), whole.asked, {dims, true}, target.view());
      EXPECT_TRUE(target.bytes() == bytes);
    }
  }
}

// A count that is computed twice does not add up.
TEST_P(CountNonzero, OverwritesWhatWasThere) {
  const tensor x = to(on(), bitwhere::view(std::vector<std::int8_t>{0, 1, 2, 0, 0, 3}, {2, 3}));
  const tensor out(on(), shape_t{3}, i64);
  for (int repeat = 0; repeat < 2; ++repeat) {
    count_nonzero(on(), x != 0, {.dims = {0}}, out);
    std::vector<std::int64_t> host(3);
    copy(on(), out, bitwhere::view(host));
    EXPECT_EQ(host, (std::vector<std::int64_t>{0, 1, 2}));
  }
  EXPECT_EQ(to(context("cpu"), count_nonzero(on(), x)).item<std::int64_t>(), 3);
}

TEST_P(CountNonzero, ReachesEveryPath) {
  const auto run = [&](dtype type, const shape_t& shape, layout chosen, const dimensions& dims) {
    const seen values = maker.make(type, shape, chosen);
    kernels_since();
    expect_counts(test_of(values, BW_NONZERO), dims);
    return kernels_since().back();
  };
  const std::set<std::string> seen_paths{
      run(f32, {100, 100}, layout::dense, {}),      run(f32, {100, 100}, layout::sliced, {}),
      run(f32, {70, 300}, layout::transposed, {1}), run(f32, {5, 3, 7}, layout::transposed, {2}),
      run(f32, {2, 5000}, layout::dense, {1}),      run(f32, {5000, 70}, layout::dense, {0})};
  const std::set<std::string> cuda{"count.dense", "count.warps", "count.threads"};
  const std::set<std::string> cpu{"count.dense", "count.rows", "count.mixed", "count.blocks"};
  EXPECT_EQ(seen_paths, GetParam().is_cuda() ? cuda : cpu);
}

INSTANTIATE_TEST_SUITE_P(Backends, CountNonzero, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
