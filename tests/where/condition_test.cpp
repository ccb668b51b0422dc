// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <cstring>

#include "../support/array.hpp"
#include "../support/backends.hpp"
#include "../support/conversion.hpp"
#include "../support/judged.hpp"
#include "../support/promotion_table.hpp"

// Predicates, comparisons of tensors, and trees of them, against a recursive evaluation.
namespace bitwhere::test {
namespace {

constexpr bw_predicate comparisons[] = {BW_LT, BW_LE, BW_GT, BW_GE, BW_EQ, BW_NE};
constexpr bw_predicate tests[] = {BW_ISNAN, BW_ISINF, BW_ISFINITE, BW_NONZERO};

class Conditions : public parity {
 protected:
  std::vector<std::uint8_t> host(const tensor& result) const {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(result.size()));
    copy(result.on(), result, tensor_view(bytes.data(), boolean, result.shape()));
    return bytes;
  }

  // The shape of the result comes from the condition alone.
  void expect_truths(const judged& condition) {
    const tensor result = mask(on(), condition.asked);
    EXPECT_EQ(shape_t(result.shape().begin(), result.shape().end()), condition.shape);
    EXPECT_TRUE(host(result) == truths(condition, condition.shape));
  }

  random_integers random{3};
  condition_maker maker{on(), random};
};

TEST_P(Conditions, TestEveryDtypeInEveryLayout) {
  for (const dtype type : all_dtypes) {
    for (const layout chosen : all_layouts) {
      for (const shape_t& shape : {shape_t{197}, shape_t{3, 70}, shape_t{7, 3, 5}, shape_t{}}) {
        const seen values = maker.make(type, shape, chosen);
        for (const bw_predicate test : tests) {
          SCOPED_TRACE(describe(type) + " " + describe(chosen) + " predicate " +
                       std::to_string(test));
          expect_truths(test_of(values, test));
          expect_truths(negation_of(test_of(values, test)));
        }
      }
    }
  }
}

TEST_P(Conditions, TestEveryHalf) {
  const std::int64_t n = 1 << 16;
  for (const dtype type : {f16, bf16}) {
    array a = make_array(type, {n}, layout::dense, random);
    for (std::int64_t i = 0; i < n; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      std::memcpy(a.bytes.data() + a.offset({i}), &bits, 2);
    }
    const placed p(on(), a);
    const seen values{&a, p.view()};
    for (const bw_predicate test : tests) expect_truths(test_of(values, test));
    for (const bw_predicate order : comparisons) {
      expect_truths(comparison_of(values, compared{order, true, 6e-8, 0}));
    }
  }
}

// What a float's bits say: zeros, denormals, the largest number, infinities, quiet and signalling
// NaN, each with both signs; of complex numbers in either part.
TEST_P(Conditions, TestTheEdgesOfFloats) {
  const auto edges = [](int exponent_bits, int fraction_bits) {
    const std::uint64_t infinity = ((std::uint64_t{1} << exponent_bits) - 1) << fraction_bits;
    const std::uint64_t sign = std::uint64_t{1} << (exponent_bits + fraction_bits);
    std::vector<std::uint64_t> all;
    for (const std::uint64_t size :
         {std::uint64_t{0}, std::uint64_t{1}, (std::uint64_t{1} << fraction_bits) - 1,
          std::uint64_t{1} << fraction_bits, infinity - 1, infinity, infinity + 1,
          infinity | std::uint64_t{1} << (fraction_bits - 1), sign - 1}) {
      all.push_back(size);
      all.push_back(size | sign);
    }
    return all;
  };
  const auto run = [&](dtype type, const std::vector<std::uint64_t>& parts) {
    const std::size_t width = static_cast<std::size_t>(type.bytes()) / (is_complex(type) ? 2 : 1);
    const auto n = static_cast<std::int64_t>(parts.size());
    const shape_t shape = is_complex(type) ? shape_t{n, n} : shape_t{n};
    array a = make_array(type, shape, layout::dense, random);
    for_each_index(shape, [&](const shape_t& index) {
      for (std::size_t d = 0; d < shape.size(); ++d) {
        std::memcpy(a.bytes.data() + static_cast<std::size_t>(a.offset(index)) + d * width,
                    &parts[static_cast<std::size_t>(index[d])], width);
      }
    });
    const placed p(on(), a);
    for (const bw_predicate test : tests) {
      SCOPED_TRACE(describe(type) + " predicate " + std::to_string(test));
      expect_truths(test_of({&a, p.view()}, test));
    }
  };
  run(f16, edges(5, 10));
  run(bf16, edges(8, 7));
  run(f32, edges(8, 23));
  run(f64, edges(11, 52));
  run(c64, edges(8, 23));
  run(c128, edges(11, 52));
}

TEST_P(Conditions, CompareTensorsOfEveryPair) {
  for (const dtype a : real_dtypes) {
    for (const dtype b : real_dtypes) {
      condition_maker own(on(), random);  // frees what each pair needs
      for (const bw_predicate order : comparisons) {
        SCOPED_TRACE(describe(a) + " with " + describe(b) + " comparison " + std::to_string(order));
        expect_truths(comparison_of(own.make(a, {131}, layout::dense),
                                    own.make(b, {131}, layout::dense), order));
        const layout of_a = all_layouts[random.below(std::size(all_layouts))];
        const layout of_b = all_layouts[random.below(std::size(all_layouts))];
        expect_truths(comparison_of(own.make(a, {3, 70}, of_a), own.make(b, {3, 70}, of_b), order));
        expect_truths(comparison_of(own.make(a, {1, 67}, of_a), own.make(b, {4, 1}, of_b), order));
        expect_truths(comparison_of(own.make(a, {66}, of_a), own.make(b, {}, of_b), order));
        expect_truths(comparison_of(own.make(a, {}, of_a), own.make(b, {66}, of_b), order));
        expect_truths(comparison_of(own.make(a, {}, of_a), own.make(b, {}, of_b), order));
      }
    }
  }
}

// Two bytes that are not 0 are the same truth.
TEST_P(Conditions, CompareBoolsByTruth) {
  const std::uint8_t bytes[] = {0, 1, 2, 0x7f, 0x80, 0xff};
  array left = make_array(boolean, {6, 36}, layout::dense, random);
  array right = left;
  for_each_index(left.shape, [&](const shape_t& index) {
    left.bytes[static_cast<std::size_t>(left.offset(index))] = bytes[index[1] / 6];
    right.bytes[static_cast<std::size_t>(right.offset(index))] = bytes[index[1] % 6];
  });
  const placed on_left(on(), left);
  const placed on_right(on(), right);
  for (const bw_predicate order : comparisons) {
    expect_truths(comparison_of({&left, on_left.view()}, {&right, on_right.view()}, order));
    expect_truths(comparison_of({&left, on_left.view()}, {&left, on_left.view()}, order));
  }
}

TEST_P(Conditions, AreTrees) {
  const std::int64_t sizes[] = {1, 2, 3, 5, 17, 70};
  for (int repeat = 0; repeat < 200; ++repeat) {
    shape_t shape;
    std::int64_t elements = 1;
    for (std::int64_t rank = random.below(5); rank > 0; --rank) {
      shape.push_back(sizes[random.below(std::size(sizes))]);
      elements *= shape.back();
    }
    if (elements > 5000) continue;
    SCOPED_TRACE(repeat);
    condition_maker own(on(), random);
    const judged condition = own.tree(shape, 1 + repeat % BW_MAX_LEAVES);
    expect_truths(condition);
    // The same where x and y are wider than the condition.
    const dtype type = all_dtypes[random.below(std::size(all_dtypes))];
    const array x = make_array(type, shape, all_layouts[random.below(7)], random);
    const array out = make_array(type, shape, layout::dense, random);
    const array y = make_array(type, shape, all_layouts[random.below(7)], random);
    std::vector<std::uint8_t> expected = out.bytes;
    for_each_index(shape, [&](const shape_t& index) {
      const auto bytes = converted(type, (condition.truth(index) ? x : y).at(index), type);
      std::memcpy(expected.data() + out.offset(index), bytes.data(), bytes.size());
    });
    const placed target(on(), out);
    where(on(), condition.asked, placed(on(), x).view(), placed(on(), y).view(), target.view());
    EXPECT_TRUE(target.bytes() == expected);
  }
}

// Long rows and many of them: leaves that run along, across and beside them, on several threads.
TEST_P(Conditions, AreLargeTrees) {
  for (int repeat = 0; repeat < 12; ++repeat) {
    SCOPED_TRACE(repeat);
    condition_maker own(on(), random);
    const shape_t shape = repeat % 2 == 0 ? shape_t{70, 300} : shape_t{3, 67, 129};
    expect_truths(own.tree(shape, BW_MAX_LEAVES - repeat % 3));
  }
}

TEST_P(Conditions, AreTreesOverNothing) {
  for (const shape_t& shape : {shape_t{0}, shape_t{3, 0}, shape_t{0, 70}, shape_t{2, 0, 5}}) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      condition_maker own(on(), random);
      const judged condition = own.tree(shape, 1 + repeat % BW_MAX_LEAVES);
      const tensor result = mask(on(), condition.asked);
      EXPECT_EQ(shape_t(result.shape().begin(), result.shape().end()), condition.shape);
      EXPECT_TRUE(host(result) == truths(condition, condition.shape));
    }
  }
}

// Eight leaves joined from the left, from the right, and in pairs; each negated, twice, not at all.
TEST_P(Conditions, NestEitherWay) {
  const shape_t shape{5, 67};
  std::vector<judged> leaves;
  for (int k = 0; k < BW_MAX_LEAVES; ++k) leaves.push_back(maker.leaf(shape));
  for (const bool negated : {false, true}) {
    const auto joined = [&](int k, const judged& a, const judged& b) {
      const judged both = k % 2 == 0 ? both_of(a, b) : either_of(a, b);
      return negated ? negation_of(both) : both;
    };
    judged left = leaves[0];
    for (int k = 1; k < BW_MAX_LEAVES; ++k) {
      left = joined(k, left, leaves[static_cast<std::size_t>(k)]);
    }
    expect_truths(left);
    judged right = leaves[0];
    for (int k = 1; k < BW_MAX_LEAVES; ++k) {
      right = joined(k, leaves[static_cast<std::size_t>(k)], right);
    }
    expect_truths(right);
    std::vector<judged> level = leaves;
    for (int k = 0; level.size() > 1; ++k) {
      std::vector<judged> next;
      for (std::size_t i = 0; i < level.size(); i += 2) {
        next.push_back(joined(k, level[i], level[i + 1]));
      }
      level = next;
    }
    expect_truths(level[0]);
    expect_truths(negation_of(negation_of(left)));
  }
}

// Through the C structs: a negation of a negation is kept there, and a node may be used twice.
TEST_P(Conditions, ShareNodes) {
  const seen values = maker.make(i16, {3, 67}, layout::sliced);
  const bw_tensor c_values = values.view.c();
  bw_condition positive = {};
  positive.struct_bytes = sizeof(positive);
  positive.predicate = BW_GT;
  positive.tensor = &c_values;
  positive.with = {nullptr, scalar(0).c()};
  const auto join = [](std::int32_t how, const bw_condition* left, const bw_condition* right) {
    return bw_condition{sizeof(bw_condition), how, 0, nullptr, {}, left, right};
  };
  const bw_condition once = join(BW_NOT, &positive, nullptr);
  const bw_condition twice = join(BW_NOT, &once, nullptr);
  const bw_condition thrice = join(BW_NOT, &twice, nullptr);
  const bw_condition same = join(BW_AND, &twice, &twice);
  const bw_condition never = join(BW_AND, &thrice, &positive);
  const bw_condition always = join(BW_OR, &same, &thrice);
  const judged expected = comparison_of(values, compared{BW_GT, false, 0, 0});
  const std::vector<std::uint8_t> truth = truths(expected, expected.shape);
  const tensor out(on(), expected.shape, boolean);
  const bw_tensor c_out = out.c();
  const auto stored = [&](const bw_condition& from) {
    on().check(bw_mask(on().get(), &from, &c_out));
    return host(out);
  };
  EXPECT_TRUE(stored(twice) == truth);
  EXPECT_TRUE(stored(same) == truth);
  EXPECT_EQ(stored(never), std::vector<std::uint8_t>(truth.size(), 0));
  EXPECT_EQ(stored(always), std::vector<std::uint8_t>(truth.size(), 1));
}

TEST_P(Conditions, GiveTheShape) {
  const seen column = maker.make(f32, {3, 1}, layout::dense);
  const seen row = maker.make(i8, {1, 4}, layout::dense);
  const seen plane = maker.make(boolean, {2, 1, 1}, layout::dense);
  const judged all = both_of(negation_of(comparison_of(column, row, BW_LE)), truth_of(plane));
  EXPECT_EQ(all.shape, (shape_t{2, 3, 4}));
  expect_truths(all);
  const tensor result = where(on(), all.asked, 1.0, 0.0);
  EXPECT_EQ(shape_t(result.shape().begin(), result.shape().end()), (shape_t{2, 3, 4}));
  EXPECT_EQ(result.type(), f32);
}

INSTANTIATE_TEST_SUITE_P(Backends, Conditions, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
