// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

namespace simt {

/// xorshift64*: small, and good enough to pick who runs next.
class random_source {
 public:
  explicit random_source(std::uint64_t seed = 0) : state_(mix(seed)) {}

  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1du;
  }

  /// Uniform enough in [0, limit), for limits far below 2^32.
  std::uint64_t below(std::uint64_t limit) { return (next() >> 32) * limit >> 32; }

  bool flip() { return next() >> 63 != 0; }

 private:
  // Spreads neighbouring seeds apart and never yields the forbidden state 0.
  static std::uint64_t mix(std::uint64_t seed) {
    seed = (seed + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    seed = (seed ^ seed >> 31) * 0x94d049bb133111ebu;
    return (seed ^ seed >> 29) | 1u;
  }

  std::uint64_t state_;
};

}  // namespace simt
