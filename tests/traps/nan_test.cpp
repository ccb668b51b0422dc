// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bit>
#include <bitwhere/bitwhere.hpp>
#include <cstdint>
#include <string>
#include <vector>

// A NaN that is moved keeps its bits, and one that is computed has the one canonical form. CPUs do
// neither by themselves.
namespace bitwhere::traps {
namespace {

// Signalling, with a sign, with a payload.
const std::vector<std::uint32_t> singles{0x7f800001, 0xffc12345, 0x7fffffff, 0xff800001};
const std::vector<std::uint16_t> halves{0x7c01, 0xfe55, 0x7fff, 0xfc01};

// What the fault gives: a choice made by arithmetic. Volatile, or the compiler drops it.
std::uint32_t chosen_by_arithmetic(std::uint32_t bits) {
  const volatile float x = std::bit_cast<float>(bits);
  const volatile float yes = 1;
  return std::bit_cast<std::uint32_t>(x * yes + 0.0f);
}

std::uint32_t moved_through_double(std::uint32_t bits) {
  const volatile double wide = std::bit_cast<float>(bits);
  return std::bit_cast<std::uint32_t>(static_cast<float>(wide));
}

template <class T>
void expect_moved(const context& on, dtype type, std::vector<T> bits) {
  while (bits.size() < 67) bits.insert(bits.end(), bits.begin(), bits.begin() + 4);
  const auto n = static_cast<std::int64_t>(bits.size());
  std::vector<std::uint8_t> all(bits.size(), 1);
  const tensor moved = where(on, view(all.data(), boolean, {n}), view(bits.data(), type, {n}), 0);
  std::vector<T> got(bits.size());
  copy(on, moved, view(got.data(), type, {n}));
  EXPECT_EQ(got, bits) << on.isa();
}

TEST(Nan, MovedOnesKeepTheirBitsOnEveryInstructionSet) {
  for (const std::string& isa : isas()) {
    context_options options;
    options.isa = isa;
    const context cpu(options);
    expect_moved(cpu, f32, singles);
    expect_moved(cpu, f16, halves);
    expect_moved(cpu, bf16, halves);
  }
}

// Shows that the test above can fail.
TEST(Nan, ArithmeticChangesSomeOfThem) {
  int by_choice = 0, by_width = 0;
  for (const std::uint32_t bits : singles) {
    by_choice += chosen_by_arithmetic(bits) != bits;
    by_width += moved_through_double(bits) != bits;
  }
  EXPECT_EQ(by_choice, 2);  // the signalling ones
  EXPECT_EQ(by_width, 2);
}

TEST(Nan, ComputedOnesAreCanonical) {
  const context cpu("cpu");
  std::vector<std::uint8_t> none;
  const confusion seen = confusion_matrix(cpu, view(none), view(none), {.classes = 2});
  for (const double score : {seen.accuracy(), seen.mean_iou()})
    EXPECT_EQ(std::bit_cast<std::uint64_t>(score), 0x7ff8000000000000u);
}

// Shows that the test above can fail: CPUs hand payloads on, and x86 makes negative ones.
TEST(Nan, WhatCpusComputeIsNotCanonical) {
  const volatile double payload = std::bit_cast<double>(std::uint64_t{0x7ff8000000000001});
  EXPECT_NE(std::bit_cast<std::uint64_t>(payload + 1), 0x7ff8000000000000u);
#if defined(__x86_64__)
  const volatile double zero = 0;
  EXPECT_NE(std::bit_cast<std::uint64_t>(zero / zero), 0x7ff8000000000000u);
#endif
}

}  // namespace
}  // namespace bitwhere::traps
