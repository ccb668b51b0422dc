// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/simd.hpp"
#include "../tile/bits_cpu.hpp"
#include "reduce_formula.hpp"

// From the elements of a tile to the terms that are reduced: widened, and where the condition does
// not hold, replaced by what changes nothing.
namespace bitwhere::kernels {
namespace {

// Elements side by side that belong to one output.
struct segment {
  const unsigned char* x;
  int64_t elements;
  const uint64_t* words;  // bits of the condition, from bit `first_bit` on; nullptr: it holds
  int64_t first_bit;
  int64_t index;  // of the first element among the output's

  BITWHERE_FN int64_t selected() const {
    return words == nullptr ? elements : count_bits(words, first_bit, first_bit + elements);
  }
  BITWHERE_FN bool holds(int64_t i) const {
    const int64_t bit = first_bit + i;
    return words == nullptr || (words[bit / 64] >> (bit % 64) & 1) != 0;
  }
};

// Calls simd(i, bits) for each whole vector of elements and scalar(i) for the rest; the low bits of
// `bits` say where the condition holds.
template <int64_t Lanes, class Simd, class Scalar>
BITWHERE_FN void for_each_vector(const segment& s, Simd simd, Scalar scalar) {
  int64_t i = 0;
  for (; i + 64 <= s.elements; i += 64) {
    const uint64_t word = s.words == nullptr ? ~uint64_t{0} : bits_at(s.words, s.first_bit + i, 64);
    for (int64_t k = 0; k < 64; k += Lanes) simd(i + k, word >> k);
  }
  for (; i < s.elements; ++i) scalar(i);
}

// The terms of floats as T of `Term`: f16 and bf16 widen. Direct where nothing is to be done.
template <class T, class Term>
BITWHERE_FN const Term* float_terms(const segment& s, Term* room) {
  if constexpr (sizeof(T) == sizeof(Term)) {
    if (s.words == nullptr) return reinterpret_cast<const Term*>(s.x);
  }
  using tag = typename vectors<T>::tag;
  const tag d;
  constexpr int64_t lanes = hn::MaxLanes(tag());
  constexpr int64_t size = sizeof(T);
  for_each_vector<lanes>(
      s,
      [&](int64_t i, uint64_t bits) {
        const auto v = vectors<T>::load(d, s.x + i * size);
        hn::StoreU(hn::IfThenElseZero(bits_to_mask(d, bits), v), d, room + i);
      },
      [&](int64_t i) { room[i] = s.holds(i) ? widen(load<T>(s.x + i * size)) : Term{0}; });
  return room;
}

// The elements of an integer dtype as they are stored, `otherwise` where the condition does not
// hold; a bool is 0 or 1.
template <class T>
BITWHERE_FN const unsigned char* integer_terms(const segment& s, dtype type, T otherwise,
                                               unsigned char* room) {
  const bool truth = type == dtype::boolean;
  if (s.words == nullptr && !truth) return s.x;
  using tag = hn::ScalableTag<T>;
  const tag d;
  constexpr int64_t lanes = hn::MaxLanes(tag());
  constexpr int64_t size = sizeof(T);
  const auto one = hn::Set(d, T{1});
  for_each_vector<lanes>(
      s,
      [&](int64_t i, uint64_t bits) {
        auto v = hn::LoadU(d, reinterpret_cast<const T*>(s.x + i * size));
        if (truth) v = hn::IfThenZeroElse(hn::Eq(v, hn::Zero(d)), one);
        v = hn::IfThenElse(bits_to_mask(d, bits), v, hn::Set(d, otherwise));
        hn::StoreU(v, d, reinterpret_cast<T*>(room + i * size));
      },
      [&](int64_t i) {
        T term = load<T>(s.x + i * size);
        if (truth) term = term != 0 ? T{1} : T{0};
        store(room + i * size, s.holds(i) ? term : otherwise);
      });
  return room;
}

// The keys of floats, whose bits are signed integers K.
template <class K>
BITWHERE_FN const unsigned char* key_terms(const segment& s, reducer by, dtype type,
                                           unsigned char* room) {
  using tag = hn::ScalableTag<K>;
  const tag d;
  constexpr int64_t lanes = hn::MaxLanes(tag());
  constexpr int64_t size = sizeof(K);
  const auto infinity = static_cast<K>(infinity_of(format_of(type)));
  const K of_nan = nan_key<K>(by);
  const K losing = losing_key<K>(by);
  const bool zeros_equal = gives_index(by);
  const auto all_nan = hn::Set(d, of_nan);
  const auto all_losing = hn::Set(d, losing);
  const auto all_infinity = hn::Set(d, infinity);
  const auto all_sizes = hn::Set(d, highest_key<K>());
  for_each_vector<lanes>(
      s,
      [&](int64_t i, uint64_t bits) {
        const auto v = hn::LoadU(d, reinterpret_cast<const K*>(s.x + i * size));
        const auto magnitude = hn::And(v, all_sizes);
        auto key = hn::IfThenElse(hn::Lt(v, hn::Zero(d)), hn::Xor(v, all_sizes), v);
        if (zeros_equal) {
          key = hn::IfThenZeroElse(hn::Eq(magnitude, hn::Zero(d)), key);
        }
        key = hn::IfThenElse(hn::Gt(magnitude, all_infinity), all_nan, key);
        key = hn::IfThenElse(bits_to_mask(d, bits), key, all_losing);
        hn::StoreU(key, d, reinterpret_cast<K*>(room + i * size));
      },
      [&](int64_t i) {
        const K key = float_key(load<K>(s.x + i * size), infinity, of_nan, zeros_equal);
        store(room + i * size, s.holds(i) ? key : losing);
      });
  return room;
}

}  // namespace
}  // namespace bitwhere::kernels
