// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <cstring>

#include "../support/array.hpp"
#include "../support/backends.hpp"
#include "../support/conversion.hpp"
#include "../support/errors.hpp"
#include "../support/judged.hpp"
#include "../support/promotion_table.hpp"

// Outputs that are exactly x, y or a tensor of the condition.
namespace bitwhere::test {
namespace {

class InPlace : public parity {
 protected:
  // The buffer of `out` after its elements were chosen.
  static std::vector<std::uint8_t> chosen(const judged& condition, const array& x, const array& y,
                                          const array& out, dtype type) {
    std::vector<std::uint8_t> bytes = out.bytes;
    for_each_index(out.shape, [&](const shape_t& index) {
      const array& from = condition.truth(index) ? x : y;
      const auto element = converted(from.type, from.element(index), type);
      std::memcpy(bytes.data() + out.offset(index), element.data(), element.size());
    });
    return bytes;
  }

  // Of these a few combinations do.
  static bool large(const shape_t& shape) { return shape.front() == 66; }

  random_integers random{4};
  condition_maker maker{on(), random};
  const std::vector<shape_t> shapes{{7}, {333}, {5, 3, 7}, {66, 270}, {3, 5, 129}};
};

constexpr layout distinct[] = {layout::dense, layout::transposed, layout::reversed, layout::sliced,
                               layout::misaligned};

TEST_P(InPlace, OverXOrY) {
  for (const shape_t& shape : shapes) {
    for (const layout laid : distinct) {
      for (const dtype type : {boolean, bf16, f32, c64, c128}) {
        if (large(shape) && random.below(3) != 0) continue;
        SCOPED_TRACE(describe(type) + " " + describe(laid));
        const array x = make_array(type, shape, laid, random);
        const array y = make_array(type, shape, layout::transposed, random);
        const placed py(on(), y);
        const placed first(on(), x);
        const judged condition =
            either_of(test_of({&x, first.view()}, BW_ISNAN), maker.leaf(shape));
        where(on(), condition.asked, first.view(), py.view(), first.view());
        EXPECT_TRUE(first.bytes() == chosen(condition, x, y, x, type));
        const placed second(on(), x);
        const judged again = either_of(test_of({&x, second.view()}, BW_NONZERO), maker.leaf(shape));
        where(on(), again.asked, py.view(), second.view(), second.view());
        EXPECT_TRUE(second.bytes() == chosen(again, y, x, x, type));
        const placed third(on(), x);
        where(on(), again.asked, third.view(), third.view(), third.view());
        EXPECT_TRUE(third.bytes() == chosen(again, x, x, x, type));
      }
    }
  }
}

// An operand of another dtype of the same size lies in the very bytes that are written.
TEST_P(InPlace, OverWhatIsConverted) {
  const struct {
    dtype x, y;
  } pairs[] = {{i32, f32}, {i64, f64}, {f16, bf16}, {i16, bf16}, {boolean, u8}, {boolean, i8}};
  for (const shape_t& shape : shapes) {
    for (const layout laid : distinct) {
      for (const auto& pair : pairs) {
        if (large(shape) && random.below(3) != 0) continue;
        SCOPED_TRACE(describe(pair.x) + " " + describe(laid));
        const dtype type = promoted(pair.x, pair.y);
        if (type.bytes() != pair.x.bytes()) continue;
        const array x = make_array(pair.x, shape, laid, random);
        const array y = make_array(pair.y, shape, layout::dense, random);
        const judged condition = maker.leaf(shape);
        const placed px(on(), x);
        const tensor_view over(px.view().data(), type, x.shape, x.strides, on().memory());
        where(on(), condition.asked, px.view(), placed(on(), y).view(), over);
        EXPECT_TRUE(px.bytes() == chosen(condition, x, y, x, type));
      }
    }
  }
}

TEST_P(InPlace, OverATensorOfTheCondition) {
  for (const shape_t& shape : shapes) {
    for (const layout laid : distinct) {
      for (const dtype type : {boolean, u8, i8}) {
        SCOPED_TRACE(describe(type) + " " + describe(laid));
        const array values = make_array(type, shape, laid, random);
        const placed p(on(), values);
        const seen leaf{&values, p.view()};
        const judged condition =
            either_of(both_of(comparison_of(leaf, compared{BW_GE, false, 0, 1}), maker.leaf(shape)),
                      comparison_of(leaf, maker.make(f32, shape, layout::transposed), BW_LT));
        const tensor_view over(p.view().data(), boolean, values.shape, values.strides,
                               on().memory());
        std::vector<std::uint8_t> expected = values.bytes;
        for_each_index(shape, [&](const shape_t& index) {
          expected[static_cast<std::size_t>(values.offset(index))] = condition.truth(index);
        });
        mask(on(), condition.asked, over);
        EXPECT_TRUE(p.bytes() == expected);
      }
    }
  }
}

// Elements of 8 bytes that are compared and overwritten.
TEST_P(InPlace, OverAComparedTensor) {
  for (const shape_t& shape : shapes) {
    for (const layout laid : distinct) {
      const array values = make_array(f64, shape, laid, random);
      const array x = make_array(i32, shape, layout::sliced, random);
      const array y = make_array(f64, shape, layout::dense, random);
      const placed p(on(), values);
      const judged condition =
          both_of(maker.leaf(shape),
                  comparison_of({&values, p.view()}, maker.make(i8, shape, laid), BW_NE));
      where(on(), condition.asked, placed(on(), x).view(), placed(on(), y).view(), p.view());
      EXPECT_TRUE(p.bytes() == chosen(condition, x, y, values, f64));
    }
  }
}

TEST_P(InPlace, NeverInPart) {
  const tensor square = to(on(), bitwhere::view(std::vector<float>(64 * 64), {64, 64}));
  const tensor_view across = square.permute({1, 0});
  const tensor_view row(square.data(), f32, shape_t{64}, {}, on().memory());
  const tensor_view bytes(square.data(), boolean, shape_t{64, 64}, {}, on().memory());
  const tensor_view corner(square.data(), f32, shape_t{}, {}, on().memory());
  const auto refused = [&](const char* name, const condition& by, const operand& x,
                           const operand& y, const tensor_view& out) {
    expect_error(errc::overlap, {"out", name}, [&] { where(on(), by, x, y, out); });
  };
  const tensor other = where(on(), square == 0, square, 1);
  refused("x", other > 0, across, other, square);
  refused("y", other > 0, other, across, square);
  refused("x", other > 0, row, other, square);
  refused("y", other > 0, other, corner, square);
  refused("condition", across > 0, other, other, square);
  refused("condition's right side", other > across, other, other, square);
  refused("condition's 2nd leaf", other > 0 || isnan(across), other, other, square);
  refused("condition", square > 0, true, false, bytes);
}

INSTANTIATE_TEST_SUITE_P(Backends, InPlace, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
