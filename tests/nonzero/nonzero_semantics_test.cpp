// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <complex>
#include <cstring>
#include <limits>

#include "../support/errors.hpp"
#include "selecting.hpp"

// What counts as a hit, what comes back of it, and in which shape: by hand.
namespace bitwhere::test {
namespace {

using indices = std::vector<std::int64_t>;
using floats = std::vector<float>;
using bytes = std::vector<std::uint8_t>;

class SelectionSemantics : public selecting {
 protected:
  tensor matrix(const floats& data, const shape_t& shape) const {
    return to(on(), bitwhere::view(data, shape));
  }

  tensor mask(bytes truths, const shape_t& shape) const {
    return to(on(), bitwhere::view(truths.data(), boolean, shape));
  }

  // Elements of up to 8 bytes by their bits.
  tensor of_bits(dtype type, const std::vector<std::uint64_t>& bits) const {
    const auto width = static_cast<std::size_t>(type.bytes());
    bytes host(bits.size() * width);
    for (std::size_t i = 0; i < bits.size(); ++i) {
      std::memcpy(host.data() + i * width, &bits[i], width);  // little-endian
    }
    return to(on(),
              tensor_view(host.data(), type, shape_t{static_cast<std::int64_t>(bits.size())}));
  }

  indices flat(const condition& of) const { return values<std::int64_t>(flatnonzero(on(), of)); }
  indices flat(const tensor& of) const { return values<std::int64_t>(flatnonzero(on(), of)); }
};

// --- What a hit is. ---

TEST_P(SelectionSemantics, FloatsHitByTheirBits) {
  struct format {
    dtype type;
    int fraction_bits;
  };
  for (const auto& [type, fraction_bits] : {format{f16, 10}, {bf16, 7}, {f32, 23}, {f64, 52}}) {
    SCOPED_TRACE(describe(type));
    const std::uint64_t sign = std::uint64_t{1} << (type.bits - 1);
    const std::uint64_t infinity = sign - (std::uint64_t{1} << fraction_bits);
    const std::uint64_t smallest_normal = std::uint64_t{1} << fraction_bits;
    const tensor x = of_bits(
        type, {0, sign, 1, sign | 1, smallest_normal - 1, smallest_normal, infinity,
               sign | infinity, infinity + 1, sign | infinity | 1, infinity | smallest_normal / 2});
    EXPECT_EQ(flat(x), (indices{2, 3, 4, 5, 6, 7, 8, 9, 10}));
    EXPECT_EQ(flat(!nonzero(x)), (indices{0, 1}));
    EXPECT_EQ(flat(isnan(x)), (indices{8, 9, 10}));
  }
}

TEST_P(SelectionSemantics, ComplexNumbersHitByEitherPart) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float denormal = std::numeric_limits<float>::denorm_min();
  using singles = std::vector<std::complex<float>>;
  const singles host{{0, 0},   {-0.0F, -0.0F}, {0, 1},         {2, 0},    {nan, 0},
                     {0, nan}, {0, denormal},  {-denormal, 0}, {-0.0F, 0}};
  EXPECT_EQ(flat(to(on(), bitwhere::view(host))), (indices{2, 3, 4, 5, 6, 7}));
  std::vector<std::complex<double>> wide(host.begin(), host.end());
  wide[8] = {0, std::numeric_limits<double>::denorm_min()};
  EXPECT_EQ(flat(to(on(), bitwhere::view(wide))), (indices{2, 3, 4, 5, 6, 7, 8}));
}

TEST_P(SelectionSemantics, EveryByteOfABoolButZeroIsTrue) {
  const tensor x = mask({0, 1, 2, 255, 0, 128}, {6});
  EXPECT_EQ(flat(x), (indices{1, 2, 3, 5}));
  EXPECT_EQ(flat(condition(x)), (indices{1, 2, 3, 5}));
  EXPECT_EQ(flat(!x), (indices{0, 4}));
}

TEST_P(SelectionSemantics, IntegersHitByEveryBit) {
  const auto all = [&]<class T>(T) {
    std::vector<T> host{0, 1, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), 0};
    const bool is_signed = std::is_signed_v<T>;
    EXPECT_EQ(flat(to(on(), bitwhere::view(host))), (is_signed ? indices{1, 2, 3} : indices{1, 3}));
  };
  all(std::uint8_t{});
  all(std::int8_t{});
  all(std::int16_t{});
  all(std::int32_t{});
  all(std::int64_t{});
  EXPECT_EQ(flat(of_bits(i64, {0, std::uint64_t{1} << 32, 0})), indices{1});
}

TEST_P(SelectionSemantics, PredicatesAreEvaluatedWhereTheyAreUsed) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const tensor x = matrix({0.2F, nan, 0.9F, -1, 0.6F, 0.5F}, {2, 3});
  EXPECT_EQ(flat(x > 0.5), (indices{2, 4}));
  EXPECT_EQ(flat(x > 0.5 || isnan(x)), (indices{1, 2, 4}));
  EXPECT_EQ(flat(!(x > 0.5) && !isnan(x)), (indices{0, 3, 5}));
  const tensor row = matrix({0, 1, 0.5F}, {3});
  EXPECT_EQ(flat(x < row), (indices{3, 4}));
  const tensor column = matrix({0.1F, 0.55F}, {2, 1});
  EXPECT_EQ(flat(x > column && row == row), (indices{0, 2, 4}));
}

// --- Shapes. ---

TEST_P(SelectionSemantics, RowsAreCoordinates) {
  const tensor x = matrix({0, 1, 2, 0, 0, 3}, {2, 3});
  const tensor rows = nonzero(on(), x);
  EXPECT_EQ(shape_of(rows), (shape_t{3, 2}));
  EXPECT_EQ(values<std::int64_t>(rows), (indices{0, 1, 0, 2, 1, 2}));
  const tensor columns = nonzero(on(), x, {.form = index_form::columns, .index = i32});
  EXPECT_EQ(shape_of(columns), (shape_t{2, 3}));
  EXPECT_EQ(columns.type(), i32);
  EXPECT_EQ(values<std::int32_t>(columns), (std::vector<std::int32_t>{0, 0, 1, 1, 2, 2}));
  const tensor linear = flatnonzero(on(), x);
  EXPECT_EQ(shape_of(linear), shape_t{3});
  EXPECT_EQ(values<std::int64_t>(linear), (indices{1, 2, 5}));
  EXPECT_EQ(values<std::int64_t>(argwhere(on(), x)), values<std::int64_t>(rows));
  EXPECT_EQ(values<std::int64_t>(argwhere(on(), x > 1)), (indices{0, 2, 1, 2}));
}

// The order is that of the logical index, whatever the strides.
TEST_P(SelectionSemantics, StridesDoNotOrderHits) {
  const tensor x = matrix({0, 1, 2, 0, 0, 3}, {2, 3});
  EXPECT_EQ(values<std::int64_t>(nonzero(on(), x.permute({1, 0}))), (indices{1, 0, 2, 0, 2, 1}));
  const tensor_view reversed(static_cast<float*>(x.data()) + 5, f32, shape_t{6}, shape_t{-1},
                             on().memory());
  EXPECT_EQ(values<std::int64_t>(flatnonzero(on(), reversed)), (indices{0, 3, 4}));
  const tensor_view expanded(x.data(), f32, shape_t{2, 3}, shape_t{0, 1}, on().memory());
  EXPECT_EQ(values<std::int64_t>(flatnonzero(on(), expanded)), (indices{1, 2, 4, 5}));
}

TEST_P(SelectionSemantics, RankZeroHasNoCoordinates) {
  for (const float value : {0.0F, 3.0F}) {
    const std::int64_t n = value != 0 ? 1 : 0;
    const tensor x = matrix({value}, {});
    EXPECT_EQ(shape_of(nonzero(on(), x)), (shape_t{n, 0}));
    EXPECT_EQ(shape_of(nonzero(on(), x, {.form = index_form::columns})), (shape_t{0, n}));
    EXPECT_EQ(flat(x), indices(static_cast<std::size_t>(n), 0));
    EXPECT_EQ(shape_of(masked_select(on(), x, x > 0)), shape_t{n});
    const auto hits = where<1>(on(), x);
    EXPECT_EQ(hits.size(), n);
    EXPECT_EQ(values<std::int64_t>(on(), hits[0]), indices(static_cast<std::size_t>(n), 0));
  }
}

TEST_P(SelectionSemantics, NothingFoundHasAShape) {
  const tensor x = matrix({0, 0, 0, 0, 0, 0}, {2, 3});
  EXPECT_EQ(shape_of(nonzero(on(), x)), (shape_t{0, 2}));
  EXPECT_EQ(shape_of(nonzero(on(), x, {.form = index_form::columns})), (shape_t{2, 0}));
  EXPECT_EQ(shape_of(flatnonzero(on(), x)), shape_t{0});
  EXPECT_EQ(shape_of(masked_select(on(), x, x > 0)), shape_t{0});
  EXPECT_EQ(nonzero(on(), x).data(), nullptr);
}

TEST_P(SelectionSemantics, EmptyTensorsHaveNoHits) {
  for (const shape_t& shape : {shape_t{0}, shape_t{2, 0, 3}, shape_t{4, 0}}) {
    const tensor x = empty(on(), shape, f32);
    const auto rank = static_cast<std::int64_t>(shape.size());
    EXPECT_EQ(shape_of(nonzero(on(), x)), (shape_t{0, rank}));
    EXPECT_EQ(shape_of(nonzero(on(), x, {.form = index_form::columns})), (shape_t{rank, 0}));
    EXPECT_EQ(shape_of(flatnonzero(on(), x)), shape_t{0});
    EXPECT_EQ(shape_of(masked_select(on(), x, isnan(x))), shape_t{0});
    const bounded room = nonzero_static(on(), x, 2);
    EXPECT_EQ(values<std::int64_t>(room.values), indices(static_cast<std::size_t>(2 * rank), -1));
    EXPECT_TRUE(same(room.found.host(), {0, 0}));
  }
}

TEST_P(SelectionSemantics, EverythingFoundIsEveryIndex) {
  const tensor x = matrix(floats(130, 1), {2, 65});
  indices all;
  for (std::int64_t i = 0; i < 130; ++i) all.push_back(i);
  EXPECT_EQ(flat(x), all);
  const indices rows = values<std::int64_t>(nonzero(on(), x));
  ASSERT_EQ(rows.size(), 260U);
  EXPECT_EQ(rows[128], 0);
  EXPECT_EQ(rows[129], 64);
  EXPECT_EQ(rows[130], 1);
  EXPECT_EQ(rows[131], 0);
}

// --- where of a condition alone. ---

TEST_P(SelectionSemantics, WhereBindsANameADimension) {
  const tensor x = matrix({0, 1, 2, 0}, {2, 2});
  const auto hits = where<2>(on(), x > 0);
  const auto& [rows, columns] = hits;
  EXPECT_EQ(values<std::int64_t>(on(), rows), (indices{0, 1}));
  EXPECT_EQ(values<std::int64_t>(on(), columns), (indices{1, 0}));
  EXPECT_EQ(hits.size(), 2);
  EXPECT_EQ(values<std::int64_t>(on(), hits[1]), (indices{1, 0}));
  EXPECT_EQ(values<std::int64_t>(hits.columns()), (indices{0, 1, 1, 0}));
  expect_error(errc::invalid_argument, {"dimension"}, [&] { (void)hits[2]; });
  const auto [of_tensor, second] = where<2>(on(), x);
  EXPECT_EQ(values<std::int64_t>(on(), of_tensor), (indices{0, 1}));
  EXPECT_EQ(values<std::int64_t>(on(), second), (indices{1, 0}));
  EXPECT_EQ(where<2>(on(), x > 9).size(), 0);
  EXPECT_EQ(where<2>(on(), x > 9)[1].size(), 0);
}

TEST_P(SelectionSemantics, WhereNamesAWrongRank) {
  const tensor x = matrix({0, 1, 2, 0}, {2, 2});
  expect_error(errc::invalid_shape, {"where<3>", "rank 2"}, [&] { where<3>(on(), x > 0); });
  expect_error(errc::invalid_shape, {"where<1>", "rank 2"}, [&] { where<1>(on(), x > 0); });
  const tensor one = matrix({1}, {});
  expect_error(errc::invalid_shape, {"where<2>", "rank 0"}, [&] { where<2>(on(), one > 0); });
  const tensor_view row(x.data(), f32, shape_t{1, 4}, {}, on().memory());
  EXPECT_EQ(where<2>(on(), x.permute({0, 1}) >= 0 && nonzero(one)).size(), 4);
  EXPECT_EQ(where<2>(on(), row).size(), 2);
}

// --- A fixed capacity. ---

TEST_P(SelectionSemantics, StaticFormsTellWhatIsUsed) {
  const tensor x = matrix({0, 1, 2, 0}, {2, 2});
  const auto [rows, found] = nonzero_static(on(), x > 0, 3);
  EXPECT_EQ(values<std::int64_t>(rows), (indices{0, 1, 1, 0, -1, -1}));
  EXPECT_EQ(found.count(), 2);
  EXPECT_FALSE(found.overflow());
  EXPECT_EQ(values<std::int64_t>(found.cells()), (indices{2, 0}));

  const bounded columns =
      nonzero_static(on(), x, 3, {.form = index_form::columns, .index = i32, .fill = 0});
  EXPECT_EQ(values<std::int32_t>(columns.values), (std::vector<std::int32_t>{0, 1, 0, 1, 0, 0}));

  const bounded narrow = nonzero_static(on(), x, 1, {.form = index_form::flat});
  EXPECT_EQ(values<std::int64_t>(narrow.values), indices{1});
  EXPECT_EQ(narrow.found.count(), 2);
  EXPECT_TRUE(narrow.found.overflow());

  const bounded none = nonzero_static(on(), x, 0);
  EXPECT_EQ(shape_of(none.values), (shape_t{0, 2}));
  EXPECT_TRUE(same(none.found.host(), {2, 1}));
}

TEST_P(SelectionSemantics, StaticValuesTellWhatIsUsed) {
  const tensor x = to(on(), bitwhere::view(std::vector<std::int32_t>{5, 6, 7}));
  const tensor chosen_by = mask({1, 0, 1}, {3});
  const auto [seven, found] = masked_select_static(on(), x, chosen_by, 3, {.fill = 9});
  EXPECT_EQ(values<std::int32_t>(seven), (std::vector<std::int32_t>{5, 7, 9}));
  EXPECT_TRUE(same(found.host(), {2, 0}));
  const bounded narrow = masked_select_static(on(), x, chosen_by, 1);
  EXPECT_EQ(values<std::int32_t>(narrow.values), std::vector<std::int32_t>{5});
  EXPECT_TRUE(same(narrow.found.host(), {2, 1}));
}

// The defaults suit every dtype, bool as well.
TEST_P(SelectionSemantics, StaticValuesAreFilledWithZeros) {
  for (const dtype type : all_dtypes) {
    const tensor x = empty(on(), {2}, type);
    const bounded none = masked_select_static(on(), x, mask({0}, {1}), 3);
    bytes host(static_cast<std::size_t>(3 * type.bytes()), 7);
    copy(on(), none.values, tensor_view(host.data(), type, shape_t{3}));
    EXPECT_EQ(host, bytes(host.size(), 0)) << describe(type);
  }
}

// --- masked_select. ---

TEST_P(SelectionSemantics, ValuesMoveBitByBit) {
  const std::vector<std::uint64_t> bits{0x7fc00001, 0xffffffff, 0x80000000, 0x00000001, 0x7f800001};
  const tensor x = of_bits(f32, bits);
  const tensor got = masked_select(on(), x, mask({1}, {1}));
  std::vector<std::uint32_t> host(5);
  copy(on(), got, tensor_view(host.data(), f32, shape_t{5}));
  EXPECT_EQ(host, std::vector<std::uint32_t>(bits.begin(), bits.end()));
  const tensor odd = mask({2, 0, 255, 128}, {4});
  EXPECT_EQ(values<std::uint8_t>(masked_select(on(), odd, mask({1}, {1}))),
            (bytes{2, 0, 255, 128}));
  EXPECT_EQ(values<std::uint8_t>(masked_select(on(), odd, odd)), (bytes{2, 255, 128}));
}

TEST_P(SelectionSemantics, ValuesBroadcastWithTheCondition) {
  const tensor x = matrix({1, 2, 3}, {3});
  const tensor column = mask({1, 0, 1}, {3, 1});
  EXPECT_EQ(values(masked_select(on(), x, column)), (floats{1, 2, 3, 1, 2, 3}));
  const tensor tall = matrix({1, 2, 3}, {3, 1});
  EXPECT_EQ(values(masked_select(on(), tall, mask({1, 0}, {2}))), (floats{1, 2, 3}));
  EXPECT_EQ(values(masked_select(on(), matrix({8}, {1}), mask({1, 0, 1}, {3}))), (floats{8, 8}));
  EXPECT_EQ(values(masked_select(on(), matrix({8}, {}), mask({1, 0, 1}, {3}))), (floats{8, 8}));
  EXPECT_EQ(values(masked_select(on(), x, mask({1}, {}))), (floats{1, 2, 3}));
}

// --- The C functions. ---

TEST_P(SelectionSemantics, AllocatedSelectionsAreTheCallers) {
  const tensor x = matrix({0, 1, 2, 0}, {2, 2});
  const condition positive = x > 0;
  const condition::c_tree c(positive);
  bw_selection rows = {};
  on().check(bw_nonzero(on().get(), c.get(), nullptr, &rows));
  EXPECT_EQ(rows.count, 2);
  EXPECT_EQ(rows.bytes, 32U);
  const tensor owner(on(), shape_t{2, 2}, i64, rows.data, rows.bytes);
  EXPECT_EQ(values<std::int64_t>(owner), (indices{0, 1, 1, 0}));
  // An index dtype of zeros is i64.
  const bw_nonzero_options flat_ones = {sizeof(flat_ones), BW_INDEX_FLAT, 1, 1LL << 40, {}, 0};
  bw_selection linear = {};
  on().check(bw_nonzero(on().get(), c.get(), &flat_ones, &linear));
  EXPECT_EQ(linear.bytes, 16U);
  on().check(bw_free(on().get(), linear.data, linear.bytes));
  const bw_tensor c_x = x.c();
  bw_selection values_of = {};
  on().check(bw_masked_select(on().get(), &c_x, c.get(), &values_of));
  EXPECT_EQ(values_of.bytes, 8U);
  on().check(bw_free(on().get(), values_of.data, values_of.bytes));
  const condition no = x > 9;
  const condition::c_tree c_no(no);
  bw_selection none = {&none, 7, 7};
  on().check(bw_nonzero(on().get(), c_no.get(), nullptr, &none));
  EXPECT_EQ(none.data, nullptr);
  EXPECT_EQ(none.bytes, 0U);
  EXPECT_EQ(none.count, 0);
}

INSTANTIATE_TEST_SUITE_P(Backends, SelectionSemantics, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
