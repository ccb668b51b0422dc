// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../convert/convert_cuda.cuh"
#include "../lane/scalar.hpp"
#include "../tile/run_cuda.cuh"
#include "condition_formula.hpp"

// A condition over several elements of one thread, as bits. What it consists of is the same for the
// whole grid, so its switches are branches that all threads take together. Elements are loaded by
// size, widened to 32 or 64 bits and compared there: dtypes add up in the code of a kernel.
namespace bitwhere::kernels {

// Which outcomes of a comparison make a bit: masks over all bits of a thread.
struct wanted {
  uint32_t less;
  uint32_t equal;
  uint32_t greater;
};

__device__ __forceinline__ wanted wanted_by(comparison order) {
  return {order <= comparison::less_equal ? ~0u : 0u,
          order == comparison::less_equal || order >= comparison::greater_equal ? ~0u : 0u,
          order == comparison::greater || order == comparison::greater_equal ? ~0u : 0u};
}

// Of NaN neither outcome is true.
template <class T, int V>
__device__ __forceinline__ uint32_t compare_bits(const T (&left)[V], const T (&right)[V],
                                                 const wanted& by) {
  uint32_t less = 0;
  uint32_t equal = 0;
  uint32_t greater = 0;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    less |= static_cast<uint32_t>(compare<scalar_lane, comparison::less>(left[k], right[k])) << k;
    equal |= static_cast<uint32_t>(compare<scalar_lane, comparison::equal>(left[k], right[k])) << k;
    greater |= static_cast<uint32_t>(compare<scalar_lane, comparison::greater>(left[k], right[k]))
               << k;
  }
  return (less & by.less) | (equal & by.equal) | (greater & by.greater);
}

__device__ __forceinline__ bool is_64_bits(leaf_kind kind) {
  return kind == leaf_kind::i64 || kind == leaf_kind::f64 || kind == leaf_kind::magnitude64;
}

// --- Elements as they are stored, in an unsigned word. ---

__device__ __forceinline__ uint32_t extended(leaf_kind kind, uint32_t raw) {
  switch (kind) {
    case leaf_kind::i8:
      return static_cast<uint32_t>(int32_t{static_cast<int8_t>(raw)});
    case leaf_kind::i16:
      return static_cast<uint32_t>(int32_t{static_cast<int16_t>(raw)});
    case leaf_kind::f16:
      return bits_of_float(widen(half_bits{static_cast<uint16_t>(raw)}));
    case leaf_kind::bf16:
      return raw << 16;
    case leaf_kind::magnitude16:
      return raw & 0x7fffu;
    case leaf_kind::magnitude32:
      return raw & 0x7fffffffu;
    default:
      return raw;
  }
}

__device__ __forceinline__ uint64_t extended(leaf_kind kind, uint64_t raw) {
  return kind == leaf_kind::magnitude64 ? raw & 0x7fffffffffffffffu : raw;
}

template <class T, int V, class Word>
__device__ __forceinline__ void load_words_as(run_of_operand from, Word (&words)[V]) {
  T values[V];
  load_run<T, V>(from, values);
#pragma unroll
  for (int k = 0; k < V; ++k) words[k] = values[k];
}

template <int V>
__device__ __forceinline__ void load_words(run_of_operand from, int64_t bytes,
                                           uint32_t (&words)[V]) {
  if (bytes == 1) {
    load_words_as<uint8_t>(from, words);
  } else if (bytes == 2) {
    load_words_as<uint16_t>(from, words);
  } else {
    load_words_as<uint32_t>(from, words);
  }
}

template <int V>
__device__ __forceinline__ void load_words(run_of_operand from, int64_t, uint64_t (&words)[V]) {
  load_words_as<uint64_t>(from, words);
}

template <int V>
__device__ __forceinline__ void extend(leaf_kind kind, uint32_t (&words)[V]) {
  if (kind == leaf_kind::u8 || kind == leaf_kind::i32 || kind == leaf_kind::f32) return;
#pragma unroll
  for (int k = 0; k < V; ++k) words[k] = extended(kind, words[k]);
}

template <int V>
__device__ __forceinline__ void extend(leaf_kind kind, uint64_t (&words)[V]) {
#pragma unroll
  for (int k = 0; k < V; ++k) words[k] = extended(kind, words[k]);
}

template <class T, int V, class Word>
__device__ __forceinline__ uint32_t compare_words_as(const Word (&left)[V], const Word (&right)[V],
                                                     const wanted& by) {
  T l[V];
  T r[V];
  memcpy(l, left, sizeof(l));
  memcpy(r, right, sizeof(r));
  return compare_bits(l, r, by);
}

template <int V>
__device__ __forceinline__ uint32_t compare_words(leaf_kind kind, const uint32_t (&left)[V],
                                                  const uint32_t (&right)[V], const wanted& by) {
  const bool real = kind == leaf_kind::f16 || kind == leaf_kind::bf16 || kind == leaf_kind::f32;
  return real ? compare_words_as<float>(left, right, by)
              : compare_words_as<int32_t>(left, right, by);
}

template <int V>
__device__ __forceinline__ uint32_t compare_words(leaf_kind kind, const uint64_t (&left)[V],
                                                  const uint64_t (&right)[V], const wanted& by) {
  return kind == leaf_kind::f64 ? compare_words_as<double>(left, right, by)
                                : compare_words_as<int64_t>(left, right, by);
}

// Runs of V elements, as many of them loaded before any is compared as 16 registers hold; a run
// that they do not hold is taken in parts.
template <class Word, int V, int Runs, class Run>
__device__ __forceinline__ uint32_t stored_bits(const leaf& from, const Run (&runs)[Runs]) {
  constexpr int fits = 64 / static_cast<int>(sizeof(Word));
  constexpr int part = V < fits ? V : fits;
  constexpr int stretch = fits / part < Runs ? fits / part : Runs;
  const int64_t left_bytes = element_bytes(from.left.type);
  const int64_t right_bytes = element_bytes(from.right.type);
  const wanted by = wanted_by(from.order);
  uint32_t bits = 0;
#pragma unroll
  for (int first = 0; first < V * Runs; first += part * stretch) {
    Word left[stretch][part];
#pragma unroll
    for (int k = 0; k < stretch; ++k) {
      const int at = first + k * part;
      load_words(part_of(runs[at / V].of(from.left, left_bytes), at % V), left_bytes, left[k]);
    }
#pragma unroll
    for (int k = 0; k < stretch; ++k) {
      const int at = first + k * part;
      Word right[part];
      load_words(part_of(runs[at / V].of(from.right, right_bytes), at % V), right_bytes, right);
      extend(from.kind, left[k]);
      extend(from.kind, right);
      bits |= compare_words(from.kind, left[k], right, by) << at;
    }
  }
  return bits;
}

// --- One element at any address, of any dtype. ---

template <class T>
__device__ __forceinline__ bool compare_one(const leaf& from, T left, T right) {
  const T l[1] = {left};
  const T r[1] = {right};
  return compare_bits(l, r, wanted_by(from.order)) != 0;
}

// One side of a leaf as an integer of its dtype.
__device__ __forceinline__ int64_t integer_as(dtype type, dtype stored, const unsigned char* p,
                                              bool aligned) {
  const auto value = load_middle<int64_t>(stored, p, aligned);
  switch (type) {
    case dtype::u8:
      return static_cast<uint8_t>(value);
    case dtype::i8:
      return static_cast<int8_t>(value);
    case dtype::i16:
      return static_cast<int16_t>(value);
    case dtype::i32:
      return static_cast<int32_t>(value);
    default:
      return value;
  }
}

__device__ __forceinline__ float float_as(dtype type, dtype stored, const unsigned char* p,
                                          bool aligned) {
  const auto value = load_middle<float>(stored, p, aligned);
  if (type == dtype::f16) return widen(narrow_half(value));
  return type == dtype::bf16 ? widen(narrow_bfloat(value)) : value;
}

// The magnitude of the real at `p`, in 64 bits.
__device__ __forceinline__ int64_t magnitude_at(leaf_kind kind, const unsigned char* p) {
  switch (kind) {
    case leaf_kind::magnitude16:
      return widen(load<magnitude<int16_t>>(p));
    case leaf_kind::magnitude32:
      return widen(load<magnitude<int32_t>>(p));
    default:
      return widen(load<magnitude<int64_t>>(p));
  }
}

template <class Run>
__device__ __forceinline__ bool element_bit(const leaf& from, const Run& run, bool aligned) {
  const unsigned char* left = run.of(from.left, element_bytes(from.left.type)).first();
  const unsigned char* right = run.of(from.right, element_bytes(from.right.type)).first();
  if (from.kind >= leaf_kind::magnitude16) {
    const int64_t limit = magnitude_at(from.kind, right);
    const bool first = compare_one(from, magnitude_at(from.kind, left), limit);
    if (!from.pairs) return first;
    const int64_t half = element_bytes(from.type) / 2;
    return first || compare_one(from, magnitude_at(from.kind, left + half), limit);
  }
  switch (from.type) {
    case dtype::boolean:  // any two bytes but 0 are the same truth
      return compare_one(from, int{*left != 0}, int{*right != 0});
    case dtype::f64:
      return compare_one(from, load_middle<double>(from.left.type, left, aligned),
                         load_middle<double>(from.right.type, right, aligned));
    case dtype::f16:
    case dtype::bf16:
    case dtype::f32:
      return compare_one(from, float_as(from.type, from.left.type, left, aligned),
                         float_as(from.type, from.right.type, right, aligned));
    default:
      return compare_one(from, integer_as(from.type, from.left.type, left, aligned),
                         integer_as(from.type, from.right.type, right, aligned));
  }
}

// --- The program. ---

template <class LeafBits>
__device__ __forceinline__ uint32_t run_program(const condition_program& from, LeafBits bits_of) {
  uint32_t top = 0, second = 0, third = 0, fourth = 0;
#pragma unroll 1
  for (int k = 0; k < from.step_count; ++k) {
    const int step = from.steps[k];
    if (step >= 0) {
      const leaf& l = from.leaves[step];
      fourth = third;
      third = second;
      second = top;
      top = l.kind == leaf_kind::constant ? 0 : bits_of(l);
      if (l.negate) top = ~top;
    } else {
      top = step == step_and ? top & second : top | second;
      second = third;
      third = fourth;
    }
  }
  return top;
}

// Bits u * V + k: the condition at element k of run u; bits beyond mean nothing. For conditions
// that compare what is stored, as packs_condition says.
template <int V, int Runs, class Run>
__device__ __forceinline__ uint32_t condition_bits(const condition_program& from,
                                                   const Run (&runs)[Runs]) {
  static_assert(V * Runs <= 32, "a thread's bits are one register");
  return run_program(from, [&](const leaf& l) {
    return is_64_bits(l.kind) ? stored_bits<uint64_t, V, Runs>(l, runs)
                              : stored_bits<uint32_t, V, Runs>(l, runs);
  });
}

// The condition of one element, of any condition.
template <class Run>
__device__ __forceinline__ bool condition_bit(const condition_program& from, const Run& run,
                                              bool aligned) {
  const uint32_t bits = run_program(
      from, [&](const leaf& l) { return static_cast<uint32_t>(element_bit(l, run, aligned)); });
  return (bits & 1) != 0;
}

// Whether every operand of a condition that is read from memory suits `test`.
template <class Test>
bool all_operands(const condition_program& from, Test test) {
  for (int k = 0; k < from.leaf_count; ++k) {
    for (const operand* side : {&from.leaves[k].left, &from.leaves[k].right}) {
      if (side->data != nullptr && !test(*side)) return false;
    }
  }
  return true;
}

// Whether leaves compare their operands as they are stored, so that they may be read in packs.
inline bool packs_condition(const condition_program& from) {
  for (int k = 0; k < from.leaf_count; ++k) {
    const leaf& l = from.leaves[k];
    if (l.kind == leaf_kind::constant) continue;
    if (l.pairs || l.left.type != l.type || l.right.type != l.type) return false;
  }
  return true;
}

// Whether a thread may read V neighbouring elements of every operand at once, anywhere in the
// space.
inline bool packs_everywhere(const condition_program& from, const space& s, int v) {
  return s.cut == tiling::dense && packs_condition(from) &&
         all_operands(from, [&](const operand& o) { return row_packs(o, s, v); });
}

}  // namespace bitwhere::kernels
