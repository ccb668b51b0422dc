// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "reduce_terms_cpu.hpp"

// The smallest or largest key of a tile.
namespace bitwhere::kernels {
namespace {

template <class K, bool Largest>
BITWHERE_FN K extreme_of(const unsigned char* keys, int64_t n) {
  using tag = hn::ScalableTag<K>;
  const tag d;
  constexpr int64_t lanes = hn::MaxLanes(tag());
  constexpr int64_t size = sizeof(K);
  K best = Largest ? lowest_key<K>() : highest_key<K>();
  const auto better = [](auto a, auto b) {
    return Largest ? larger_integer(a, b) : smaller_integer(a, b);
  };
  int64_t i = 0;
  if (n >= lanes) {
    auto all = hn::Set(d, best);
    auto more = all;
    const auto at = [&](int64_t k) {
      return hn::LoadU(d, reinterpret_cast<const K*>(keys + k * size));
    };
    for (; i + 2 * lanes <= n; i += 2 * lanes) {
      all = better(all, at(i));
      more = better(more, at(i + lanes));
    }
    for (; i + lanes <= n; i += lanes) all = better(all, at(i));
    all = better(all, more);
    alignas(64) K lane[lanes];
    hn::StoreU(all, d, lane);
    for (int64_t k = 0; k < lanes; ++k)
      best = (lane[k] > best) == Largest && lane[k] != best ? lane[k] : best;
  }
  for (; i < n; ++i) {
    const K key = load<K>(keys + i * size);
    best = (key > best) == Largest && key != best ? key : best;
  }
  return best;
}

// The first element that is selected and has this key.
template <class K>
BITWHERE_FN int64_t first_with(const segment& s, const unsigned char* keys, K key) {
  int64_t i = 0;
  while (load<K>(keys + i * static_cast<int64_t>(sizeof(K))) != key || !s.holds(i)) ++i;
  return i;
}

struct extreme_accumulator {
  extreme_state best;
  bool any;

  BITWHERE_FN void open() {
    clear(best);
    any = false;
  }
};

// A segment's keys; at least one of its elements is selected.
template <class K>
BITWHERE_FN void add_keys(const segment& s, const unsigned char* keys, reducer by,
                          extreme_accumulator& to) {
  const bool largest = looks_for_largest(by);
  const K key =
      largest ? extreme_of<K, true>(keys, s.elements) : extreme_of<K, false>(keys, s.elements);
  const auto wide = static_cast<int64_t>(key);
  if (to.any && !beats(wide, to.best.key, largest)) return;  // earlier ones have lower indices
  to.best = {wide, gives_index(by) ? s.index + first_with(s, keys, key) : 0};
  to.any = true;
}

}  // namespace
}  // namespace bitwhere::kernels
