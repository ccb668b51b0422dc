// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <new>
#include <optional>

// More than 2^31 elements: nothing counts in 32 bits.
namespace bitwhere::test {
namespace {

constexpr std::int64_t many = (std::int64_t{1} << 31) + 70001;

TEST(Large, WhereReachesBeyond2To31) {
  const context cpu("cpu");
  std::vector<std::uint8_t> data;
  try {
    data.assign(static_cast<std::size_t>(many), 1);
  } catch (const std::bad_alloc&) {
    GTEST_SKIP() << "needs " << (many >> 20) << " MiB of memory";
  }
  const std::int64_t marked[] = {0, (1LL << 31) - 1, 1LL << 31, (1LL << 31) + 1, many - 1};
  for (const std::int64_t i : marked) data[static_cast<std::size_t>(i)] = 200;
  const tensor_view x = view(data);
  where(cpu, x > 100, 7, x, x);
  std::int64_t sevens = 0;
  for (const std::uint8_t value : data) sevens += value == 7 ? 1 : 0;
  EXPECT_EQ(sevens, 5);
  for (const std::int64_t i : marked) EXPECT_EQ(data[static_cast<std::size_t>(i)], 7);
}

// Rows that lie more than 2^32 bytes apart, of which few pages are touched, in both directions.
TEST(Large, WhereTakesRowsFarApart) {
  const context cpu("cpu");
  const std::int64_t row = (std::int64_t{1} << 30) + 11;
  std::optional<tensor> room;
  try {
    room.emplace(empty(cpu, {row + 100}, f32));
  } catch (const error&) {
    GTEST_SKIP() << "needs " << (row >> 18) << " MiB of address space";
  }
  auto* const data = static_cast<float*>(room->data());
  for (std::int64_t i = 0; i < 100; ++i) {
    data[i] = static_cast<float>(i);
    data[row + i] = static_cast<float>(100 - i);
  }
  const tensor_view down = view(data, {2, 100}, {row, 1});
  const tensor_view up = view(data + row, {2, 100}, {-row, 1});
  const tensor larger = where(cpu, down > up, down, up);
  for (std::int64_t i = 0; i < 200; ++i) {
    const std::int64_t k = i % 100;
    ASSERT_EQ(larger.span<float>()[static_cast<std::size_t>(i)],
              static_cast<float>(k > 100 - k ? k : 100 - k));
  }
}

TEST(Large, CountsBeyond2To31) {
  const context cpu("cpu");
  const float one = 1;
  EXPECT_EQ(count_nonzero(cpu, view(&one, {many}, {0})).item<std::int64_t>(), many);
  const tensor_view square = view(&one, {3, many}, {0, 0});
  const tensor each = count_nonzero(cpu, square > 0.5, {.dims = {1}});
  for (const std::int64_t count : each.span<std::int64_t>()) EXPECT_EQ(count, many);
}

// Few hits among many elements, and a capacity of few. Indices and values need no more memory.
TEST(Large, SelectsBeyond2To31) {
  const context cpu("cpu");
  std::vector<std::uint8_t> data;
  try {
    data.assign(static_cast<std::size_t>(many), 0);
  } catch (const std::bad_alloc&) {
    GTEST_SKIP() << "needs " << (many >> 20) << " MiB of memory";
  }
  using indices = std::vector<std::int64_t>;
  const indices marked{5, (1LL << 31) - 1, 1LL << 31, (1LL << 31) + 1, many - 1};
  std::uint8_t value = 200;
  for (const std::int64_t i : marked) data[static_cast<std::size_t>(i)] = value++;
  const tensor_view x = view(data);

  const auto [flat, found] = nonzero_static(cpu, x, 6, {.form = index_form::flat});
  indices expected = marked;
  expected.push_back(-1);
  EXPECT_EQ(indices(flat.span<std::int64_t>().begin(), flat.span<std::int64_t>().end()), expected);
  EXPECT_EQ(found.count(), 5);
  EXPECT_FALSE(found.overflow());

  // Rows of a matrix, which the elements do not fill evenly.
  const std::int64_t width = 65537;
  const std::int64_t height = many / width;
  const tensor_view matrix = view(data.data(), {height, width});
  const bounded rows = nonzero_static(cpu, matrix, 4, {.index = i32});
  EXPECT_EQ(rows.found.count(), 4) << "the last lies beyond the whole rows";
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_EQ(rows.values.span<std::int32_t>()[2 * k], marked[k] / width);
    EXPECT_EQ(rows.values.span<std::int32_t>()[2 * k + 1], marked[k] % width);
  }

  const bounded values = masked_select_static(cpu, x, x > 201, 2);
  EXPECT_EQ(values.values.span<std::uint8_t>()[0], 202);
  EXPECT_EQ(values.values.span<std::uint8_t>()[1], 203);
  EXPECT_EQ(values.found.count(), 3);
  EXPECT_TRUE(values.found.overflow());
  EXPECT_EQ(argwhere(cpu, x > 203).item<std::int64_t>(), many - 1);
}

// As many hits as i32 has indices, of which few are stored.
TEST(Large, CountsHitsBeyond2To31) {
  const context cpu("cpu");
  const float one = 1;
  const tensor_view most = view(&one, {1LL << 31}, {0});
  const bounded narrow = nonzero_static(cpu, most, 3, {.form = index_form::flat, .index = i32});
  EXPECT_EQ(narrow.found.count(), 1LL << 31);
  EXPECT_TRUE(narrow.found.overflow());
  EXPECT_EQ(narrow.values.span<std::int32_t>()[2], 2);
  EXPECT_EQ(nonzero_static(cpu, view(&one, {many}, {0}), 0).found.count(), many);
}

// One label read again and again: the counts pass what a 32-bit bin holds.
TEST(Large, ConfusionCountsBeyond2To31) {
  const context cpu("cpu");
  const std::uint8_t one = 1;
  const tensor_view labels = view(&one, {many}, {0});
  const confusion seen = confusion_matrix(cpu, labels, labels, {.classes = 2});
  EXPECT_EQ(seen.host_counts(), (std::vector<std::int64_t>{0, 0, 0, many}));
  confusion bad(cpu, {.classes = 1});
  bad.add(labels, labels, 1LL << 40);
  EXPECT_EQ(bad.bad_labels(), many);
  EXPECT_EQ(bad.first_bad_label(), 1LL << 40);
  EXPECT_EQ(accuracy(cpu, labels, labels).correct, many);
}

}  // namespace
}  // namespace bitwhere::test
