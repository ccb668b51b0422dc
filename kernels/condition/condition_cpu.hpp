// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/scalar.hpp"
#include "../lane/simd.hpp"
#include "../tile/tile_cpu.hpp"
#include "condition_formula.hpp"

// Fills the bit words of a tile: bit i of word w is the condition of element 64 w + i. Every
// operation consumes these words, so dtypes of conditions and of operands add, not multiply.
namespace bitwhere::kernels {
namespace {

inline constexpr int64_t tile_words = tile_elements / 64;

// Calls vector(first element, bits) for 64 / lanes vectors a word, then element(i) for the rest,
// and stores whole words.
template <size_t Lanes, class Vector, class Element>
BITWHERE_FN void fill_words_with(int64_t elements, uint64_t* words, Vector vector,
                                 Element element) {
  int64_t i = 0;
  for (; i + 64 <= elements; i += 64) {
    uint64_t word = 0;
    for (size_t k = 0; k < 64; k += Lanes) {
      word |= vector(i + static_cast<int64_t>(k)) << k;
    }
    *words++ = word;
  }
  if (i == elements) return;
  uint64_t word = 0;
  for (int64_t k = 0; i + k < elements; ++k) word |= uint64_t{element(i + k)} << k;
  *words = word;
}

template <class T, comparison Order>
void compare_words(const leaf& from, const unsigned char* p, int64_t elements, uint64_t* words) {
  const typename vectors<T>::tag d;
  using W = decltype(widen(T{}));
  const W threshold = threshold_of(from, W{});
  const auto right = hn::Set(d, threshold);
  constexpr int64_t size = sizeof(T);
  fill_words_with<hn::MaxLanes(typename vectors<T>::tag())>(
      elements, words,
      [&](int64_t i) {
        const auto left = vectors<T>::load(d, p + i * size);
        return mask_to_bits(d, compare<simd_lane, Order>(left, right));
      },
      [&](int64_t i) {
        return compare<scalar_lane, Order>(widen(load<T>(p + i * size)), threshold);
      });
}

void truth_words(const leaf&, const unsigned char* p, int64_t elements, uint64_t* words) {
  const hn::ScalableTag<uint8_t> d;
  fill_words_with<hn::MaxLanes(hn::ScalableTag<uint8_t>())>(
      elements, words,
      [&](int64_t i) { return mask_to_bits(d, hn::Ne(hn::LoadU(d, p + i), hn::Zero(d))); },
      [&](int64_t i) { return p[i] != 0; });
}

void constant_words(const leaf&, const unsigned char*, int64_t elements, uint64_t* words) {
  for (int64_t w = 0; w * 64 < elements; ++w) words[w] = 0;
}

// Fills words from contiguous elements, before negation.
using fill_function = void (*)(const leaf&, const unsigned char*, int64_t, uint64_t*);
using fetch_function = const unsigned char* (*)(const space&, const operand&, const position&,
                                                int64_t, scratch&);

struct leaf_code {
  fill_function fill;
  fetch_function fetch;
};

template <class T>
const unsigned char* fetch_leaf(const space& s, const operand& from, const position& at,
                                int64_t elements, scratch& room) {
  return fetch<T>(s, from, at, elements, room);
}

template <class T>
leaf_code compare_code(comparison order) {
  switch (order) {
    case comparison::less:
      return {compare_words<T, comparison::less>, fetch_leaf<T>};
    case comparison::less_equal:
      return {compare_words<T, comparison::less_equal>, fetch_leaf<T>};
    case comparison::greater:
      return {compare_words<T, comparison::greater>, fetch_leaf<T>};
    case comparison::greater_equal:
      return {compare_words<T, comparison::greater_equal>, fetch_leaf<T>};
    default:
      return {compare_words<T, comparison::equal>, fetch_leaf<T>};
  }
}

// The one switch over the dtypes of conditions, taken once a range.
leaf_code code_of(const leaf& from) {
  switch (from.kind) {
    case leaf_kind::constant:
      return {constant_words, fetch_leaf<uint8_t>};
    case leaf_kind::truth:
      return {truth_words, fetch_leaf<uint8_t>};
    case leaf_kind::u8:
      return compare_code<uint8_t>(from.order);
    case leaf_kind::i8:
      return compare_code<int8_t>(from.order);
    case leaf_kind::i16:
      return compare_code<int16_t>(from.order);
    case leaf_kind::i32:
      return compare_code<int32_t>(from.order);
    case leaf_kind::i64:
      return compare_code<int64_t>(from.order);
    case leaf_kind::f16:
      return compare_code<half_bits>(from.order);
    case leaf_kind::bf16:
      return compare_code<bfloat_bits>(from.order);
    case leaf_kind::f32:
      return compare_code<float>(from.order);
    case leaf_kind::f64:
      return compare_code<double>(from.order);
  }
  return {constant_words, fetch_leaf<uint8_t>};
}

// The words of the tile at `at`; bits past its end mean nothing.
BITWHERE_FN void condition_words(const space& s, const leaf& from, const leaf_code& code,
                                 const position& at, int64_t elements, scratch& room,
                                 uint64_t* words) {
  const unsigned char* p = code.fetch(s, from.values, at, elements, room);
  const bool splat = from.values.reach == access::splat;
  code.fill(from, p, splat ? 1 : elements, words);
  const int64_t count = (elements + 63) / 64;
  if (splat) {
    const uint64_t all = (words[0] & 1) != 0 ? ~uint64_t{0} : 0;
    for (int64_t w = 0; w < count; ++w) words[w] = all;
  }
  if (from.negate) {
    for (int64_t w = 0; w < count; ++w) words[w] = ~words[w];
  }
}

}  // namespace
}  // namespace bitwhere::kernels
