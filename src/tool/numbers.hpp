// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

namespace bitwhere::tool {

/// Numbers that are the same on every machine: SplitMix64 (Steele, Lea, Flood 2014).
class number_source {
 public:
  explicit number_source(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }

  /// A number in [0, bound).
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

  /// A number in [first, last].
  int in(int first, int last) {
    const std::uint64_t upper = next() >> 33;
    return first + static_cast<int>(upper % static_cast<std::uint64_t>(last - first + 1));
  }

 private:
  std::uint64_t state_;
};

}  // namespace bitwhere::tool
