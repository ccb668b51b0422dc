// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "../support/array.hpp"
#include "../support/backends.hpp"
#include "../support/conversion.hpp"
#include "../support/promotion_table.hpp"
#include "../support/reference.hpp"

// x and y of two dtypes: what is converted, and what is moved, bit by bit against the oracle.
namespace bitwhere::test {
namespace {

class MixedDtypes : public parity {
 protected:
  // where of three arrays of one shape into `out`, compared with the oracle over its whole buffer.
  void expect_bits(const array& mask, const array& x, const array& y, const array& out) {
    std::vector<std::uint8_t> expected = out.bytes;
    for_each_index(out.shape, [&](const shape_t& index) {
      const array& from = holds(mask.type, mask.element(index)) ? x : y;
      const std::vector<std::uint8_t> bytes = converted(from.type, from.element(index), out.type);
      std::memcpy(expected.data() + out.offset(index), bytes.data(), bytes.size());
    });
    const placed target(on(), out);
    where(on(), placed(on(), mask).view(), placed(on(), x).view(), placed(on(), y).view(),
          target.view());
    const std::vector<std::uint8_t> got = target.bytes();
    if (got == expected) return;
    const auto at = std::mismatch(got.begin(), got.end(), expected.begin()).first - got.begin();
    ADD_FAILURE() << "x " << describe(x.type) << ", y " << describe(y.type) << ", out "
                  << describe(out.type) << ": differs first at element "
                  << (at - out.origin) / out.type.bytes() << " of its buffer, byte "
                  << int{got[static_cast<std::size_t>(at)]} << " instead of "
                  << int{expected[static_cast<std::size_t>(at)]};
  }

  random_integers random{1};
};

TEST_P(MixedDtypes, OfEveryPair) {
  const shape_t shape{3, 131};
  for (const dtype a : all_dtypes) {
    for (const dtype b : all_dtypes) {
      expect_bits(make_array(boolean, shape, layout::dense, random),
                  make_array(a, shape, layout::dense, random),
                  make_array(b, shape, layout::dense, random),
                  make_array(promoted(a, b), shape, layout::dense, random));
    }
  }
}

TEST_P(MixedDtypes, OfEveryPairInEveryLayout) {
  const shape_t shape{5, 3, 21};
  for (const layout of_x : all_layouts) {
    for (const dtype a : all_dtypes) {
      for (const dtype b : all_dtypes) {
        SCOPED_TRACE(describe(of_x));
        const layout of_y = all_layouts[random.below(std::size(all_layouts))];
        expect_bits(make_array(boolean, shape, layout::dense, random),
                    make_array(a, shape, of_x, random), make_array(b, shape, of_y, random),
                    make_array(promoted(a, b), shape, layout::dense, random));
      }
    }
  }
}

// Long rows, in which an operand may be read as it lies, repeated, gathered or by blocks.
TEST_P(MixedDtypes, InLongRows) {
  const shape_t shape{7, 270};
  for (const dtype a : all_dtypes) {
    for (const dtype b : {boolean, i8, i64, f16, f32, c128}) {
      const layout of_x = all_layouts[random.below(std::size(all_layouts))];
      const layout of_y = all_layouts[random.below(std::size(all_layouts))];
      const layout of_out = all_layouts[random.below(5)];  // of distinct elements
      SCOPED_TRACE(describe(of_x) + ", " + describe(of_y) + " into " + describe(of_out));
      expect_bits(make_array(boolean, shape, layout::dense, random),
                  make_array(a, shape, of_x, random), make_array(b, shape, of_y, random),
                  make_array(promoted(a, b), shape, of_out, random));
    }
  }
}

TEST_P(MixedDtypes, InBlocks) {
  const struct {
    dtype x, y;
  } pairs[] = {{u8, f32},  {f32, i8}, {bf16, f16}, {boolean, c128},
               {c64, f64}, {i64, i8}, {f32, c64}};
  for (const auto& pair : pairs) {
    const shape_t shape{70, 300};
    expect_bits(make_array(boolean, shape, layout::dense, random),
                make_array(pair.x, shape, layout::transposed, random),
                make_array(pair.y, shape, layout::dense, random),
                make_array(promoted(pair.x, pair.y), shape, layout::dense, random));
  }
  const auto kernels = kernels_since();
  for (const std::string& kernel : kernels) {
    EXPECT_EQ(kernel, GetParam().is_cuda() ? "where.converted" : "where.blocks");
  }
}

// Every pattern of 16 bits in every dtype that it can become.
TEST_P(MixedDtypes, FromEveryHalf) {
  const std::int64_t n = 1 << 16;
  const array mask = make_array(boolean, {n}, layout::dense, random);
  for (const dtype from : {f16, bf16}) {
    array x = make_array(from, {n}, layout::dense, random);
    for (std::int64_t i = 0; i < n; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      std::memcpy(x.bytes.data() + x.offset({i}), &bits, 2);
    }
    for (const dtype to : {f32, f64, c64, c128}) {
      if (GetParam().is_cuda() && to != f32) continue;
      const array y = make_array(to, {n}, layout::dense, random);
      expect_bits(mask, x, y, make_array(to, {n}, layout::dense, random));
    }
  }
}

// Integers next to halfway points of every float dtype: rounded once on the way to f32 and f64, and
// through f32 on the way to f16 and bf16.
TEST_P(MixedDtypes, FromIntegersNextToTies) {
  std::vector<std::int64_t> values;
  for (int top = 1; top < 63; ++top) {
    for (const int places : {8, 11, 24, 53}) {
      if (top < places) continue;
      const std::int64_t tie = (1LL << top) + (1LL << (top - places));
      for (const std::int64_t odd : {0LL, 2LL << (top - places)}) {
        for (const std::int64_t past : {-1, 0, 1}) {
          values.push_back(tie + odd + past);
          values.push_back(-(tie + odd + past));
        }
      }
    }
  }
  values.insert(values.end(), {0, 1, -1, INT64_MAX, INT64_MIN, 16842753, INT32_MAX, INT32_MIN});
  const auto n = static_cast<std::int64_t>(values.size());
  for (const dtype from : {i32, i64}) {
    array x = make_array(from, {n}, layout::dense, random);
    for (std::int64_t i = 0; i < n; ++i) {
      std::memcpy(x.bytes.data() + x.offset({i}), &values[static_cast<std::size_t>(i)],
                  static_cast<std::size_t>(from.bytes()));
    }
    array mask = make_array(boolean, {n}, layout::dense, random);
    std::fill(mask.bytes.begin(), mask.bytes.end(), std::uint8_t{1});
    for (const dtype to : {f16, bf16, f32, f64, c64, c128}) {
      expect_bits(mask, x, make_array(to, {n}, layout::dense, random),
                  make_array(to, {n}, layout::dense, random));
    }
  }
}

TEST_P(MixedDtypes, OfEverySizeAroundVectors) {
  for (std::int64_t n = 0; n <= 67; ++n) {
    const struct {
      dtype x, y;
    } pairs[] = {{u8, f32}, {i16, i32}, {f32, f64}, {f16, c64}, {boolean, i8}};
    for (const auto& pair : pairs) {
      SCOPED_TRACE(n);
      expect_bits(make_array(boolean, {n}, layout::dense, random),
                  make_array(pair.x, {n}, layout::dense, random),
                  make_array(pair.y, {n}, layout::misaligned, random),
                  make_array(promoted(pair.x, pair.y), {n}, layout::dense, random));
    }
  }
}

// Tensors of rank 0 stand below tensors: their values wrap and overflow.
class WeakerStanding : public parity {
 protected:
  random_integers random{2};

  // `one` repeated over the shape of `like`, for the oracle.
  static array repeated(const array& one, const array& like) {
    array wide = one;
    wide.shape = like.shape;
    wide.strides.assign(like.shape.size(), 0);
    return wide;
  }

  static std::vector<std::uint8_t> expected(const array& mask, const array& x, const array& y,
                                            const array& out) {
    std::vector<std::uint8_t> bytes = out.bytes;
    for_each_index(out.shape, [&](const shape_t& index) {
      const array& from = holds(mask.type, mask.element(index)) ? x : y;
      const auto element = converted(from.type, from.element(index), out.type);
      std::memcpy(bytes.data() + out.offset(index), element.data(), element.size());
    });
    return bytes;
  }
};

TEST_P(WeakerStanding, OfEveryPair) {
  for (const dtype a : all_dtypes) {
    for (const dtype b : all_dtypes) {
      const std::optional<dtype> type = promoted({strong(a), zero_dimensional(b)});
      if (!type) continue;
      SCOPED_TRACE(describe(a) + " with 0-d " + describe(b));
      for (int repeat = 0; repeat < 3; ++repeat) {
        const shape_t shape = repeat == 0 ? shape_t{77} : shape_t{3, 66};
        const array mask = make_array(boolean, shape, layout::dense, random);
        const array x = make_array(a, shape, layout::dense, random);
        const array zero =
            make_array(b, {}, repeat == 1 ? layout::misaligned : layout::dense, random);
        const array out = make_array(*type, shape, layout::dense, random);
        const array wide = repeated(zero, x);
        const placed pm(on(), mask);
        const placed px(on(), x);
        const placed pz(on(), zero);
        const tensor_view host(const_cast<std::uint8_t*>(zero.bytes.data()), b, shape_t{}, {},
                               {BW_CPU, 0}, static_cast<std::uint64_t>(zero.origin));
        for (const tensor_view& weak : {pz.view(), host}) {
          const placed first(on(), out);
          where(on(), pm.view(), px.view(), weak, first.view());
          EXPECT_EQ(first.bytes(), expected(mask, x, wide, out));
          const placed second(on(), out);
          where(on(), pm.view(), weak, px.view(), second.view());
          EXPECT_EQ(second.bytes(), expected(mask, wide, x, out));
        }
      }
    }
  }
}

// A float of rank 0 may round in every way that there is: at ties and next to them, among
// denormals, to infinity.
TEST_P(WeakerStanding, RoundsToHalves) {
  for (const dtype type : {f16, bf16}) {
    const array x = make_array(type, {1}, layout::dense, random);
    const placed px(on(), x);
    array chosen = make_array(boolean, {1}, layout::dense, random);
    chosen.bytes[static_cast<std::size_t>(chosen.origin)] = 0;
    const placed pm(on(), chosen);
    for (const int bits :
         {0, 1, 2, 3, 0x3fe, 0x3ff, 0x400, 0x3c00, 0x3c01, 0x7bfe, 0x7bff, 0x7f7f}) {
      const auto low = value_of_half(static_cast<std::uint16_t>(bits), type == bf16);
      const auto high = value_of_half(static_cast<std::uint16_t>(bits + 1), type == bf16);
      if (!(low < high)) continue;  // past infinity
      const double top =
          std::isinf(high)
              ? 2 * low - value_of_half(static_cast<std::uint16_t>(bits - 1), type == bf16)
              : high;
      const auto tie = static_cast<float>(low + (top - low) / 2);
      for (const float value : {tie, std::nextafter(tie, 0.0f), std::nextafter(tie, 1e38f)}) {
        for (const float either : {value, -value}) {
          array zero = make_array(f32, {}, layout::dense, random);
          std::memcpy(zero.bytes.data() + zero.origin, &either, 4);
          const placed pz(on(), zero);
          const placed out(on(), x);
          where(on(), pm.view(), px.view(), pz.view(), out.view());
          EXPECT_EQ(out.bytes(), expected(chosen, x, repeated(zero, x), x)) << either;
          float host = either;
          const placed again(on(), x);
          where(on(), pm.view(), px.view(), bitwhere::view(&host, {}), again.view());
          EXPECT_EQ(again.bytes(), out.bytes()) << either;
        }
      }
    }
  }
}

// The stated cases: i8 takes the low byte of 300, f32 has no room for 1e300.
TEST_P(WeakerStanding, WrapsAndOverflows) {
  const auto value = [&]<class T, class Z>(T strong_value, Z weak, T& got) {
    const tensor x = to(on(), bitwhere::view(std::vector<T>{strong_value}));
    const tensor mask = where(on(), x != x, true, false);
    const tensor result = where(on(), mask, x, bitwhere::view(&weak, {}));
    got = to(context("cpu"), result).item<T>();
  };
  std::int8_t small = 0;
  value(std::int8_t{1}, std::int64_t{300}, small);
  EXPECT_EQ(small, 44);
  value(std::int8_t{1}, std::uint8_t{200}, small);
  EXPECT_EQ(small, -56);
  std::uint8_t byte = 0;
  value(std::uint8_t{1}, std::int8_t{-1}, byte);
  EXPECT_EQ(byte, 255);
  float single = 0;
  value(1.0f, 1e300, single);
  EXPECT_EQ(single, std::numeric_limits<float>::infinity());
  value(1.0f, -1e300, single);
  EXPECT_EQ(single, -std::numeric_limits<float>::infinity());
  value(1.0f, std::numeric_limits<std::int64_t>::max(), single);
  EXPECT_EQ(single, 0x1p63f);
}

INSTANTIATE_TEST_SUITE_P(Backends, MixedDtypes, testing::ValuesIn(backends()), name_of);
INSTANTIATE_TEST_SUITE_P(Backends, WeakerStanding, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
