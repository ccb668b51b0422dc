// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>

#include "../support/array.hpp"
#include "../support/backends.hpp"
#include "../support/reference.hpp"

// where on every backend, bit by bit against the oracle: dtypes, layouts, sizes, conditions.
namespace bitwhere::test {
namespace {

class WhereParity : public parity {
 protected:
  // Runs on the backend into an array of the same layout as `out` and compares its whole buffer.
  void expect_bits(const condition& chosen, const operand& x, const operand& y, const array& out,
                   const std::vector<std::uint8_t>& expected) {
    const placed target(on(), out);
    where(on(), chosen, x, y, target.view());
    EXPECT_EQ(target.bytes(), expected);
  }
};

// Paths that only the cpu has.
class WhereOnCpu : public WhereParity {};

auto truth_of(const array& mask) {
  return [&mask](const shape_t& index) { return holds(mask.type, mask.at(index)); };
}

auto truth_of(const array& values, const compared& with) {
  return
      [&values, with](const shape_t& index) { return holds(values.type, values.at(index), with); };
}

// The oracle: the buffer of `out` with its elements replaced.
template <class Truth>
std::vector<std::uint8_t> expected_bytes(const array& out, Truth truth, const array& x,
                                         const array& y) {
  std::vector<std::uint8_t> bytes = out.bytes;
  for_each_index(out.shape, [&](const shape_t& index) {
    const std::uint8_t* from = (truth(index) ? x : y).at(index);
    for (std::int64_t b = 0; b < out.type.bytes(); ++b) {
      std::uint8_t byte = from[b];
      if (out.type == boolean) byte = byte != 0 ? 1 : 0;
      bytes[static_cast<std::size_t>(out.offset(index) + b)] = byte;
    }
  });
  return bytes;
}

constexpr dtype all_dtypes[] = {boolean, u8, i8, i16, i32, i64, f16, bf16, f32, f64, c64, c128};

TEST_P(WhereParity, MovesEveryDtypeInEveryLayout) {
  random_integers random(1);
  const shape_t shapes[] = {{5, 7, 3}, {3, 130}};
  for (const dtype type : all_dtypes) {
    for (const layout chosen : all_layouts) {
      for (const shape_t& shape : shapes) {
        SCOPED_TRACE(std::to_string(type.code) + "/" + std::to_string(type.bits) + " " +
                     describe(chosen) + " rank " + std::to_string(shape.size()));
        const array mask = make_array(boolean, shape, chosen, random);
        const array x = make_array(type, shape, chosen, random);
        const array y = make_array(type, shape, layout::dense, random);
        const array out = make_array(type, shape, layout::dense, random);
        const auto truth = truth_of(mask);
        expect_bits(placed(on(), mask).view(), placed(on(), x).view(), placed(on(), y).view(), out,
                    expected_bytes(out, truth, x, y));
      }
    }
  }
}

TEST_P(WhereParity, WritesEveryLayoutThatHasDistinctElements) {
  random_integers random(2);
  for (const dtype type : {u8, f32, c128}) {
    for (const layout chosen :
         {layout::transposed, layout::reversed, layout::sliced, layout::misaligned}) {
      SCOPED_TRACE(describe(chosen));
      const shape_t shape{6, 70};
      const array mask = make_array(boolean, shape, layout::dense, random);
      const array x = make_array(type, shape, layout::dense, random);
      const array y = make_array(type, shape, layout::transposed, random);
      const array out = make_array(type, shape, chosen, random);
      const auto truth = truth_of(mask);
      expect_bits(placed(on(), mask).view(), placed(on(), x).view(), placed(on(), y).view(), out,
                  expected_bytes(out, truth, x, y));
    }
  }
}

TEST_P(WhereParity, TakesEverySizeAroundVectorsAndWords) {
  random_integers random(3);
  for (const dtype type : {u8, i16, f32, f64, c128}) {
    for (std::int64_t n = 0; n <= 2 * 64 + 1; ++n) {
      SCOPED_TRACE(n);
      const array mask = make_array(boolean, {n}, layout::dense, random);
      const array x = make_array(type, {n}, layout::dense, random);
      const array y = make_array(type, {n}, layout::dense, random);
      const array out = make_array(type, {n}, layout::dense, random);
      const auto truth = truth_of(mask);
      expect_bits(placed(on(), mask).view(), placed(on(), x).view(), placed(on(), y).view(), out,
                  expected_bytes(out, truth, x, y));
    }
  }
}

TEST_P(WhereParity, TakesSizesAroundTilesAndBlocks) {
  random_integers random(4);
  for (const std::int64_t n : {4095, 4096, 4097, 8191, 16385, 65535, 65536, 65537, 300001}) {
    SCOPED_TRACE(n);
    const array x = make_array(f32, {n}, layout::dense, random);
    const array y = make_array(f32, {n}, layout::misaligned, random);
    const array out = make_array(f32, {n}, layout::dense, random);
    const compared with{BW_GT, true, 0.0, 0};
    const auto truth = truth_of(x, with);
    const placed px(on(), x);
    expect_bits(px.view() > 0, px.view(), placed(on(), y).view(), out,
                expected_bytes(out, truth, x, y));
  }
  if (!GetParam().is_cuda()) {
    EXPECT_EQ(most_workers(), std::min(GetParam().threads, 5));
  }
}

// Above the size from which outputs are written around the cache, from an address that is not
// aligned for it.
TEST_P(WhereOnCpu, StreamsLargeOutputs) {
  random_integers random(5);
  const std::int64_t n = (8 << 20) / 4 + 4099;
  array x = make_array(f32, {n}, layout::dense, random);
  array out = make_array(f32, {n}, layout::dense, random);
  out.origin += 4;  // element aligned, vector misaligned
  const array y = make_array(f32, {n}, layout::dense, random);
  const compared with{BW_LE, true, 0.5, 0};
  const auto truth = truth_of(x, with);
  const placed px(on(), x);
  expect_bits(px.view() <= 0.5, px.view(), placed(on(), y).view(), out,
              expected_bytes(out, truth, x, y));
  EXPECT_EQ(most_workers(), GetParam().threads);
}

// Tiles hold as many elements as the widest condition allows, not as the output allows.
TEST_P(WhereParity, PacksWideConditionsOfNarrowOutputs) {
  random_integers random(11);
  const compared with{BW_GT, true, 0.0, 0};
  for (const shape_t& shape : {shape_t{9001}, shape_t{3, 3001}, shape_t{3001, 3}}) {
    for (const dtype type : {u8, c128}) {
      const array values = make_array(f64, shape, layout::sliced, random);
      const array x = make_array(type, shape, layout::sliced, random);
      const array y = make_array(type, shape, layout::transposed, random);
      const array out = make_array(type, shape, layout::sliced, random);
      expect_bits(placed(on(), values).view() > 0, placed(on(), x).view(), placed(on(), y).view(),
                  out, expected_bytes(out, truth_of(values, with), x, y));
    }
  }
}

TEST_P(WhereParity, TakesComplexScalars) {
  random_integers random(12);
  const array mask = make_array(boolean, {777}, layout::dense, random);
  const array x = make_array(c128, {777}, layout::dense, random);
  array i = make_array(c128, {}, layout::dense, random);
  i.shape = {777};
  i.strides = {0};
  const double parts[2] = {0.5, -2};
  std::copy_n(reinterpret_cast<const std::uint8_t*>(parts), 16, i.bytes.begin() + i.origin);
  const array out = make_array(c128, {777}, layout::dense, random);
  const std::complex<double> value(0.5, -2);
  const placed pm(on(), mask);
  const placed px(on(), x);
  expect_bits(pm.view(), px.view(), value, out, expected_bytes(out, truth_of(mask), x, i));
  expect_bits(pm.view(), value, px.view(), out, expected_bytes(out, truth_of(mask), i, x));
}

TEST_P(WhereParity, BroadcastsThreeWays) {
  random_integers random(6);
  struct triple {
    shape_t mask, x, y, out;
  };
  const triple cases[] = {
      {{2, 1}, {1, 3}, {4, 1, 1}, {4, 2, 3}},
      {{0, 3}, {1, 3}, {1, 1}, {0, 3}},
      {{1}, {0}, {1}, {0}},
      {{}, {}, {}, {}},
      {{3, 1, 130}, {3, 5, 130}, {}, {3, 5, 130}},
      {{3, 5, 1}, {130}, {1, 5, 130}, {3, 5, 130}},
      {{1, 1, 1}, {3, 5, 7}, {3, 1, 7}, {3, 5, 7}},
      {{2, 1, 2, 1, 2, 1, 2, 1}, {2, 1, 2, 1, 2, 1, 2}, {2, 2}, {2, 2, 2, 2, 2, 2, 2, 2}},
  };
  for (const triple& c : cases) {
    const array mask = make_array(boolean, c.mask, layout::dense, random);
    const array x = make_array(f32, c.x, layout::dense, random);
    const array y = make_array(f32, c.y, layout::dense, random);
    const array out = make_array(f32, c.out, layout::dense, random);
    const auto widened = [&](const array& a) {
      array wide = a;
      wide.shape = c.out;
      wide.strides.assign(c.out.size(), 0);
      const std::size_t missing = c.out.size() - a.shape.size();
      for (std::size_t d = 0; d < a.shape.size(); ++d) {
        wide.strides[missing + d] = a.shape[d] == 1 ? 0 : a.strides[d];
      }
      return wide;
    };
    const array wide_mask = widened(mask);
    const auto truth = truth_of(wide_mask);
    expect_bits(placed(on(), mask).view(), placed(on(), x).view(), placed(on(), y).view(), out,
                expected_bytes(out, truth, widened(x), widened(y)));
  }
}

TEST_P(WhereParity, ComparesEveryRealDtypeWithEveryScalar) {
  random_integers random(7);
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double reals[] = {0.0,   -0.0,  0.1,   1.0,    -1.0,    0.5,    1.5,   -0.5, 2.5,
                          127.5, 255.5, 300,   -300,   65504,   65520,  70000, 1e-8, 6e-8,
                          3e-5,  1e30,  -1e30, 0x1p63, -0x1p63, 9.3e18, inf,   -inf, nan};
  const std::int64_t integers[] = {0,
                                   1,
                                   -1,
                                   2,
                                   127,
                                   128,
                                   -128,
                                   255,
                                   256,
                                   300,
                                   32767,
                                   2147483647,
                                   -32769,
                                   (1LL << 53) + 1,
                                   std::numeric_limits<std::int64_t>::max(),
                                   std::numeric_limits<std::int64_t>::min()};
  std::vector<compared> scalars;
  for (const double r : reals) scalars.push_back({BW_LT, true, r, 0});
  for (const std::int64_t i : integers) scalars.push_back({BW_LT, false, 0, i});
  for (const dtype type : {boolean, u8, i8, i16, i32, i64, f16, bf16, f32, f64}) {
    const array values = make_array(type, {197}, layout::dense, random);
    const placed p(on(), values);
    const tensor out(on(), shape_t{197}, boolean);
    for (compared with : scalars) {
      for (const bw_predicate c : {BW_LT, BW_LE, BW_GT, BW_GE, BW_EQ, BW_NE}) {
        with.comparison = c;
        SCOPED_TRACE(std::to_string(type.code) + "/" + std::to_string(type.bits) + " comparison " +
                     std::to_string(c) + " with " +
                     (with.is_float ? std::to_string(with.real) : std::to_string(with.integer)));
        const scalar s = with.is_float ? scalar(with.real) : scalar(with.integer);
        where(on(), condition(c, p.view(), s), true, false, out);
        std::vector<std::uint8_t> got(197);
        copy(on(), out, tensor_view(got.data(), boolean, out.shape()));
        std::vector<std::uint8_t> expected(197);
        for (std::int64_t i = 0; i < 197; ++i) {
          expected[static_cast<std::size_t>(i)] = holds(type, values.at({i}), with);
        }
        ASSERT_EQ(got, expected);
      }
    }
  }
}

TEST_P(WhereParity, TakesScalarsForEitherSide) {
  random_integers random(8);
  const shape_t shape{3, 50};
  const array mask = make_array(boolean, shape, layout::dense, random);
  const placed pm(on(), mask);
  for (const dtype type : {i8, i32, f16, bf16, f32, f64}) {
    const array x = make_array(type, shape, layout::sliced, random);
    array two = make_array(type, {}, layout::dense, random);
    two.shape = shape;
    two.strides = {0, 0};
    const std::uint64_t bits = type == f16    ? 0x4000
                               : type == bf16 ? 0x4000
                               : type == f32  ? 0x40000000
                               : type == f64  ? 0x4000000000000000
                                              : 2;
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&bits), type.bytes(),
                two.bytes.begin() + two.origin);
    const array out = make_array(type, shape, layout::dense, random);
    const auto truth = truth_of(mask);
    const placed px(on(), x);
    expect_bits(pm.view(), px.view(), 2, out, expected_bytes(out, truth, x, two));
    expect_bits(pm.view(), 2, px.view(), out, expected_bytes(out, truth, two, x));
  }
}

TEST_P(WhereParity, WorksInPlace) {
  random_integers random(9);
  for (const std::int64_t n : {100, 5000, 3000000}) {
    if (GetParam().is_cuda() && n > 5000) continue;
    array x = make_array(f32, {n}, layout::dense, random);
    const array y = make_array(f32, {n}, layout::dense, random);
    const compared with{BW_GT, true, 0.0, 0};
    const auto truth = truth_of(x, with);
    const std::vector<std::uint8_t> expected = expected_bytes(x, truth, x, y);
    const placed px(on(), x);
    where(on(), px.view() > 0, px.view(), placed(on(), y).view(), px.view());
    EXPECT_EQ(px.bytes(), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, WhereParity, testing::ValuesIn(backends()), name_of);
INSTANTIATE_TEST_SUITE_P(Backends, WhereOnCpu, testing::ValuesIn(cpu_backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
