// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../convert/convert_cpu.hpp"
#include "../lane/scalar.hpp"
#include "../lane/simd.hpp"
#include "../tile/bits_cpu.hpp"
#include "../tile/tile_cpu.hpp"
#include "condition_formula.hpp"

// Fills the bit words of a tile: bit i of word w is the condition of element 64 w + i of its row.
// Every operation consumes these words, so dtypes of conditions and of operands add, not multiply.
namespace bitwhere::kernels {
namespace {

// Calls vector(first element) for 64 / lanes vectors a word, then element(i) for the rest, and
// stores whole words.
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

// What is compared, as vectors.
template <class Bits>
struct vectors<magnitude<Bits>> {
  using tag = hn::ScalableTag<Bits>;
  static BITWHERE_FN auto load(tag d, const unsigned char* p) {
    return hn::And(hn::LoadU(d, reinterpret_cast<const Bits*>(p)),
                   hn::Set(d, magnitude_mask<Bits>()));
  }
};

// Bytes ahead of a comparison that are asked for. The loop ends with its tile, sooner than the
// hardware sees what it reads.
inline constexpr int64_t bytes_ahead = 2048;

// The usual comparison: with a number.
template <class T, comparison Order>
void compare_with_splat(const unsigned char* left, const unsigned char* right, int64_t elements,
                        uint64_t* words) {
  const typename vectors<T>::tag d;
  const auto threshold = widen(load<T>(right));
  const auto all = hn::Set(d, threshold);
  constexpr int64_t size = sizeof(T);
  fill_words_with<hn::MaxLanes(typename vectors<T>::tag())>(
      elements, words,
      [&](int64_t i) {
        __builtin_prefetch(left + i * size + bytes_ahead);
        return mask_to_bits(d,
                            compare<simd_lane, Order>(vectors<T>::load(d, left + i * size), all));
      },
      [&](int64_t i) {
        return compare<scalar_lane, Order>(widen(load<T>(left + i * size)), threshold);
      });
}

template <class T, comparison Order>
void compare_pairwise(const unsigned char* left, const unsigned char* right, int64_t elements,
                      uint64_t* words) {
  const typename vectors<T>::tag d;
  constexpr int64_t size = sizeof(T);
  fill_words_with<hn::MaxLanes(typename vectors<T>::tag())>(
      elements, words,
      [&](int64_t i) {
        return mask_to_bits(d, compare<simd_lane, Order>(vectors<T>::load(d, left + i * size),
                                                         vectors<T>::load(d, right + i * size)));
      },
      [&](int64_t i) {
        return compare<scalar_lane, Order>(widen(load<T>(left + i * size)),
                                           widen(load<T>(right + i * size)));
      });
}

using compare_function = void (*)(const unsigned char*, const unsigned char*, int64_t, uint64_t*);

struct leaf_code {
  compare_function with_splat;
  compare_function pairwise;
  source_code left;
  source_code right;
  int64_t bytes;  // of an element as it is compared
};

struct compare_code {
  compare_function with_splat;
  compare_function pairwise;
};

template <class T>
compare_code compare_code_for(comparison order) {
  switch (order) {
    case comparison::less:
      return {compare_with_splat<T, comparison::less>, compare_pairwise<T, comparison::less>};
    case comparison::less_equal:
      return {compare_with_splat<T, comparison::less_equal>,
              compare_pairwise<T, comparison::less_equal>};
    case comparison::greater:
      return {compare_with_splat<T, comparison::greater>, compare_pairwise<T, comparison::greater>};
    case comparison::greater_equal:
      return {compare_with_splat<T, comparison::greater_equal>,
              compare_pairwise<T, comparison::greater_equal>};
    default:
      return {compare_with_splat<T, comparison::equal>, compare_pairwise<T, comparison::equal>};
  }
}

struct condition_code {
  leaf_code leaves[max_leaves];
};

// The switches over what leaves compare, taken once a range.
void choose_code(const condition_program& from, condition_code& to) {
  for (int k = 0; k < from.leaf_count; ++k) {
    const leaf& l = from.leaves[k];
    const compare_code code =
        with_leaf_type(l.kind, [&]<class T>() { return compare_code_for<T>(l.order); });
    to.leaves[k] = {code.with_splat, code.pairwise, source_of(l.left, l.type),
                    source_of(l.right, l.type), element_bytes(l.type)};
  }
}

// The words of one row of a leaf, before negation. `wide` has room for the bits of pairs.
BITWHERE_FN void row_words(const leaf_code& code, const unsigned char* left, bool left_splat,
                           const unsigned char* right, bool right_splat, int64_t elements,
                           uint64_t* words) {
  if (!left_splat) {
    (right_splat ? code.with_splat : code.pairwise)(left, right, elements, words);
    return;
  }
  if (right_splat) {
    uint64_t one;
    code.pairwise(left, right, 1, &one);
    for (int64_t w = 0; w < words_of(elements); ++w) words[w] = (one & 1) != 0 ? ~uint64_t{0} : 0;
    return;
  }
  // A number on the left of a tensor: repeated as far as a word goes.
  alignas(64) unsigned char repeated[64 * 16];
  const int64_t n = elements < 64 ? elements : 64;
  for (int64_t i = 0; i < n * code.bytes; ++i) repeated[i] = left[i % code.bytes];
  for (int64_t i = 0; i < elements; i += 64) {
    code.pairwise(repeated, right + i * code.bytes, elements - i < 64 ? elements - i : 64,
                  words + i / 64);
  }
}

// A complex row compares the reals of its pairs; the right side is one number.
BITWHERE_FN void pair_words(const leaf_code& code, const unsigned char* left, bool left_splat,
                            const unsigned char* right, int64_t elements, uint64_t* words) {
  uint64_t wide[2];
  const int64_t n = left_splat ? 1 : elements;
  for (int64_t i = 0; i < n; i += 64) {
    const int64_t m = n - i < 64 ? n - i : 64;
    wide[1] = 0;
    code.with_splat(left + i * code.bytes, right, 2 * m, wide);
    words[i / 64] = even_bits(wide[0] | wide[0] >> 1) | even_bits(wide[1] | wide[1] >> 1) << 32;
  }
  if (!left_splat) return;
  const uint64_t all = (words[0] & 1) != 0 ? ~uint64_t{0} : 0;
  for (int64_t w = 0; w < words_of(elements); ++w) words[w] = all;
}

void leaf_words(const space& s, const leaf& from, const leaf_code& code, const tile& t,
                scratch* rooms, uint64_t* words) {
  const int64_t row_count = words_of(t.columns);
  const int64_t count = row_count * t.rows;
  if (from.kind == leaf_kind::constant) {
    for (int64_t w = 0; w < count; ++w) words[w] = from.negate ? ~uint64_t{0} : 0;
    return;
  }
  const strip left = fetch_as(s, from.left, code.left, t, rooms[0], rooms[1]);
  const strip right = fetch_as(s, from.right, code.right, t, rooms[2], rooms[3]);
  for (int64_t r = 0; r < t.rows; ++r) {
    const unsigned char* l = left.p + r * left.row_step;
    const unsigned char* q = right.p + r * right.row_step;
    uint64_t* row = words + r * row_count;
    if (from.pairs) {
      pair_words(code, l, left.splat, q, t.columns, row);
    } else {
      row_words(code, l, left.splat, q, right.splat, t.columns, row);
    }
  }
  if (from.negate) {
    for (int64_t w = 0; w < count; ++w) words[w] = ~words[w];
  }
}

// Rooms that a condition needs; they are free again afterwards.
inline constexpr int condition_rooms = 4;

struct condition_stack {
  uint64_t words[max_depth][tile_words];
};

// The words of a tile, row after row, each row beginning a word; bits past a row's end mean
// nothing. They lie in stack.words[0].
BITWHERE_FN void condition_words(const space& s, const condition_program& from,
                                 const condition_code& code, const tile& t, scratch* rooms,
                                 condition_stack& stack) {
  const int64_t count = words_of(t.columns) * t.rows;
  int top = 0;
  for (int k = 0; k < from.step_count; ++k) {
    const int step = from.steps[k];
    if (step >= 0) {
      leaf_words(s, from.leaves[step], code.leaves[step], t, rooms, stack.words[top++]);
      continue;
    }
    --top;
    uint64_t* const left = stack.words[top - 1];
    const uint64_t* const right = stack.words[top];
    if (step == step_and) {
      for (int64_t w = 0; w < count; ++w) left[w] &= right[w];
    } else {
      for (int64_t w = 0; w < count; ++w) left[w] |= right[w];
    }
  }
}

// Bytes of the widest element that a condition packs or converts, for the size of tiles.
BITWHERE_FN int64_t widest_of(const condition_program& from) {
  int64_t widest = 1;
  for (int k = 0; k < from.leaf_count; ++k) {
    const leaf& l = from.leaves[k];
    for (const int64_t bytes :
         {element_bytes(l.type), element_bytes(l.left.type), element_bytes(l.right.type)}) {
      if (bytes > widest) widest = bytes;
    }
  }
  return widest;
}

}  // namespace
}  // namespace bitwhere::kernels
