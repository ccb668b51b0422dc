// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace bitwhere::tool {

std::uint64_t digest_of_words(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, std::min(sizeof word, bytes.size() - i));
    hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32;  // or differences of two highest bits would cancel out
  }
  return hash;
}

void digest::add(std::span<const std::byte> bytes) {
  // The prime is 2^88 + 0x13B, so that a product of 128 bits takes two of 64.
  constexpr std::uint64_t low_prime = 0x13B;
  constexpr int high_shift = 88 - 64;
  std::uint64_t high = high_;
  std::uint64_t low = low_;
  for (const std::byte b : bytes) {
    low ^= std::to_integer<std::uint64_t>(b);
    const std::uint64_t lower_half = (low & 0xFFFFFFFFU) * low_prime;
    const std::uint64_t upper_half = (low >> 32) * low_prime + (lower_half >> 32);
    high = high * low_prime + (upper_half >> 32) + (low << high_shift);
    low *= low_prime;
  }
  high_ = high;
  low_ = low;
}

std::string digest::text() const { return fmt::format("{:016x}{:016x}", high_, low_); }

}  // namespace bitwhere::tool
