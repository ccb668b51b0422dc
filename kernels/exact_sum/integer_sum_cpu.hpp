// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/element.hpp"
#include "sum_state.hpp"

// Exact sums of integers.
namespace bitwhere::kernels {
namespace {

inline constexpr int64_t integer_tile = 4096;  // terms at most of a call

struct integer_accumulator {
  integer_sum sum;
  int64_t deposits;

  BITWHERE_FN void open() {
    clear(sum);
    deposits = 0;
  }
  BITWHERE_FN void deposit(int64_t value, int shift) {
    if (++deposits >= deposits_between) {
      normalise(sum);
      deposits = 1;
    }
    deposit_integer(sum, value, shift);
  }
};

// Adds n <= integer_tile terms. Sums of a tile fit the type that they are made in.
template <class T>
BITWHERE_FN void add_integers(const unsigned char* p, int64_t n, integer_accumulator& to) {
  constexpr int64_t size = sizeof(T);
  if constexpr (size < 4) {
    int32_t sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += load<T>(p + i * size);
    to.deposit(sum, 0);
  } else if constexpr (size == 4) {
    int64_t sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += load<T>(p + i * size);
    to.deposit(sum, 0);
  } else {
    int64_t low = 0;
    int64_t high = 0;
    for (int64_t i = 0; i < n; ++i) {
      const auto term = load<T>(p + i * size);
      low += term & 0xffffffff;
      high += term >> 32;
    }
    to.deposit(low, 0);
    to.deposit(high, 32);
  }
}

}  // namespace
}  // namespace bitwhere::kernels
