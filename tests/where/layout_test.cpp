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

// where over odd shapes and strides: broadcasting of all operands, ranks to 16, sizes 0, sizes
// around blocks, and the paths that serve them.
namespace bitwhere::test {
namespace {

class Layouts : public parity {
 protected:
  // where into `out`, compared with the oracle over the whole buffer.
  void expect_bits(const judged& condition, const array& x, const array& y, const array& out) {
    std::vector<std::uint8_t> expected = out.bytes;
    for_each_index(out.shape, [&](const shape_t& index) {
      const array& from = condition.truth(index) ? x : y;
      const auto bytes = converted(from.type, from.element(index), out.type);
      std::memcpy(expected.data() + out.offset(index), bytes.data(), bytes.size());
    });
    const placed target(on(), out);
    where(on(), condition.asked, placed(on(), x).view(), placed(on(), y).view(), target.view());
    EXPECT_TRUE(target.bytes() == expected) << describe(x.type) << ", " << describe(y.type);
  }

  layout any() { return all_layouts[random.below(std::size(all_layouts))]; }
  layout any_distinct() { return all_layouts[random.below(5)]; }

  // A shape that broadcasts to `shape`, along dimensions of its own choice.
  shape_t narrowed(const shape_t& shape) {
    const auto rank = static_cast<std::int64_t>(shape.size());
    shape_t own(shape.begin() + (random.below(4) == 0 ? random.below(rank + 1) : 0), shape.end());
    for (std::int64_t& size : own) {
      if (random.below(3) == 0) size = 1;
    }
    return own;
  }

  random_integers random{8};
};

constexpr dtype of_each_size[] = {u8, i16, f32, f64, c128};

TEST_P(Layouts, BroadcastThreeWays) {
  const std::int64_t sizes[] = {1, 2, 3, 4, 7, 66};
  for (int repeat = 0; repeat < 400; ++repeat) {
    shape_t shape;
    std::int64_t elements = 1;
    for (std::int64_t rank = random.below(6); rank > 0; --rank) {
      shape.push_back(sizes[random.below(std::size(sizes))]);
      elements *= shape.back();
    }
    if (elements > 6000) continue;
    SCOPED_TRACE(repeat);
    condition_maker maker(on(), random);
    const seen mask = maker.make(boolean, narrowed(shape), any());
    const dtype type = of_each_size[random.below(std::size(of_each_size))];
    const array x = make_array(type, narrowed(shape), any(), random);
    const array y = make_array(type, narrowed(shape), any(), random);
    const shape_t common = broadcast(broadcast(mask.values->shape, x.shape), y.shape);
    expect_bits(truth_of(mask), x, y, make_array(type, common, any_distinct(), random));
  }
}

TEST_P(Layouts, BroadcastAtRank16) {
  for (int repeat = 0; repeat < 60; ++repeat) {
    SCOPED_TRACE(repeat);
    shape_t shape(BW_MAX_RANK, 1);
    for (int k = 0; k < 11; ++k) shape[static_cast<std::size_t>(random.below(BW_MAX_RANK))] = 2;
    condition_maker maker(on(), random);
    const judged condition = maker.tree(shape, 1 + repeat % BW_MAX_LEAVES);
    const dtype a = of_each_size[random.below(std::size(of_each_size))];
    const dtype b = repeat % 3 == 0 ? boolean : a;
    const array x = make_array(a, narrowed(shape), any(), random);
    const array y = make_array(b, narrowed(shape), any(), random);
    const shape_t common = broadcast(broadcast(condition.shape, x.shape), y.shape);
    const auto typed_as = [](const array& of) {
      return of.shape.empty() ? zero_dimensional(of.type) : strong(of.type);
    };
    const std::optional<dtype> type = promoted({typed_as(x), typed_as(y)});
    expect_bits(condition, x, y, make_array(type.value(), common, any_distinct(), random));
  }
}

TEST_P(Layouts, TakeNoElementsInAnyPosition) {
  const shape_t shapes[] = {{0}, {0, 3}, {3, 0}, {1, 0, 1}, {2, 0, 5}, {0, 0}, {4, 0, 1, 0}};
  int calls = 0;
  for (const shape_t& shape : shapes) {
    for (int position = 0; position < 4; ++position) {
      // The others are 1 where this one is 0.
      shape_t ones = shape;
      for (std::int64_t& size : ones) size = size == 0 ? 1 : size;
      const auto of = [&](int which) { return which == position || position == 3 ? shape : ones; };
      const array mask = make_array(boolean, of(0), layout::dense, random);
      const array x = make_array(f32, of(1), any(), random);
      const array y = make_array(position == 1 ? f32 : i8, of(2), any(), random);
      const placed pm(on(), mask);
      const placed px(on(), x);
      const placed py(on(), y);
      const tensor result = where(on(), pm.view(), px.view(), py.view());
      EXPECT_EQ(shape_t(result.shape().begin(), result.shape().end()), shape);
      EXPECT_EQ(result.type(), f32);
      // Without elements there need be no memory.
      const tensor_view nothing(nullptr, f32, shape, {}, on().memory());
      where(on(), pm.view(), px.view(), py.view(), nothing);
      where(on(), nothing > 0, nothing, 1, nothing);
      EXPECT_EQ(bitwhere::mask(on(), isnan(nothing) || pm.view()).size(), 0);
      ++calls;
    }
  }
  EXPECT_EQ(calls, 28);
  const array one = make_array(f32, {1}, layout::dense, random);
  condition_maker maker(on(), random);
  expect_bits(truth_of(maker.make(boolean, {1}, layout::dense)), one, one, one);
}

// An operand that runs along another dimension, at every size around blocks and cache lines.
TEST_P(Layouts, TakeEverySizeAroundBlocks) {
  const std::int64_t rows[] = {15, 16, 17, 63, 64, 65, 129};
  const std::int64_t columns[] = {255, 256, 257, 300};
  for (const std::int64_t r : rows) {
    for (const std::int64_t c : columns) {
      const dtype type = of_each_size[random.below(std::size(of_each_size))];
      SCOPED_TRACE(std::to_string(r) + " by " + std::to_string(c) + " " + describe(type));
      condition_maker maker(on(), random);
      const seen values =
          maker.make(f64, {r, c}, random.below(2) == 0 ? layout::dense : layout::transposed);
      expect_bits(comparison_of(values, compared{BW_GE, true, 0.5, 0}),
                  make_array(type, {r, c}, layout::transposed, random),
                  make_array(type, {r, c}, layout::dense, random),
                  make_array(type, {r, c},
                             random.below(3) == 0 ? layout::transposed : layout::dense, random));
    }
  }
}

// Every size of element with every size of condition, across.
TEST_P(Layouts, TakeEverySizeOfElementAcross) {
  for (const dtype of_condition : of_each_size) {
    for (const dtype type : of_each_size) {
      for (const shape_t& shape : {shape_t{65, 257}, shape_t{3, 70, 130}, shape_t{5, 300}}) {
        SCOPED_TRACE(describe(of_condition) + " chooses " + describe(type));
        condition_maker maker(on(), random);
        expect_bits(test_of(maker.make(of_condition, shape, layout::transposed), BW_NONZERO),
                    make_array(type, shape, any(), random), make_array(type, shape, any(), random),
                    make_array(type, shape, any_distinct(), random));
      }
    }
  }
}

// Elements at multiples of their size, but of nothing more.
TEST_P(Layouts, TakeElementsBesidePacks) {
  for (const dtype type : of_each_size) {
    for (const shape_t& shape : {shape_t{259}, shape_t{4, 68}, shape_t{3, 3, 64}}) {
      for (int shifted = 0; shifted < 4; ++shifted) {
        condition_maker maker(on(), random);
        array x = make_array(type, shape, layout::dense, random);
        array y = make_array(type, shape, layout::dense, random);
        array out = make_array(type, shape, layout::dense, random);
        array* const arrays[] = {&x, &y, &out};
        if (shifted < 3) arrays[shifted]->origin += type.bytes();
        array mask = make_array(boolean, shape, layout::dense, random);
        if (shifted == 3) mask.origin += 1;
        const placed pm(on(), mask);
        SCOPED_TRACE(describe(type) + " " + std::to_string(shifted));
        expect_bits(truth_of({&mask, pm.view()}), x, y, out);
      }
    }
  }
}

// Rows that lie far apart, and strides that lead nowhere because there is one element.
TEST_P(Layouts, TakeHugeStrides) {
  const std::int64_t far = std::int64_t{1} << 50;
  const tensor data = to(on(), bitwhere::view(std::vector<float>{1, -2, 3, -4, 5, -6, 7, -8}));
  const auto lone = [&](const shape_t& shape, const shape_t& strides) {
    return tensor_view(data.data(), f32, shape, strides, on().memory());
  };
  const auto values = [&](const tensor& result) {
    std::vector<float> host(static_cast<std::size_t>(result.size()));
    copy(on(), result, tensor_view(host.data(), f32, result.shape()));
    return host;
  };
  const tensor_view row = lone({1, 4, 1}, {far, 2, -far});
  EXPECT_EQ(values(where(on(), row > 2, row, 0)), (std::vector<float>{0, 3, 5, 7}));
  const tensor_view backwards(static_cast<float*>(data.data()) + 7, f32, shape_t{1, 8},
                              shape_t{-far, -1}, on().memory());
  const tensor_view column = lone({3, 1}, {0, far});
  EXPECT_EQ(values(where(on(), backwards < 0 && column == 1, backwards, column)),
            (std::vector<float>{-8, 1, -6, 1, -4, 1, -2, 1, -8, 1, -6, 1,
                                -4, 1, -2, 1, -8, 1, -6, 1, -4, 1, -2, 1}));
}

TEST_P(Layouts, ReachEveryPath) {
  std::set<std::string> reached;
  const auto run = [&](const shape_t& of_mask, const array& x, const array& y, const array& out) {
    condition_maker maker(on(), random);
    const seen mask = maker.make(boolean, of_mask, layout::dense);
    kernels_since();
    expect_bits(truth_of(mask), x, y, out);
    reached.insert(kernels_since().back());
  };
  const auto make = [&](dtype type, const shape_t& shape, layout chosen) {
    return make_array(type, shape, chosen, random);
  };
  const shape_t square{96, 96};
  const array dense = make(f32, square, layout::dense);
  run(square, dense, dense, dense);
  run({96}, dense, dense, dense);
  run(square, make(f32, square, layout::sliced), dense, dense);
  run(square, make(f32, square, layout::transposed), dense, dense);
  run(square, make(i32, square, layout::dense), dense, dense);
  const shape_t small{100, 3, 3};
  run(small, make(f32, small, layout::transposed), make(f32, small, layout::dense),
      make(f32, small, layout::dense));
  const std::set<std::string> cuda{"where.dense", "where.rows", "where.strided", "where.converted"};
  const std::set<std::string> cpu{"where.dense", "where.rows", "where.mixed", "where.blocks"};
  EXPECT_EQ(reached, GetParam().is_cuda() ? cuda : cpu);
}

INSTANTIATE_TEST_SUITE_P(Backends, Layouts, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
