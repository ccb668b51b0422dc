// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <new>

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
