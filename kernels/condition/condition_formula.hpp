// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/element.hpp"
#include "../lane/function.hpp"
#include "condition_args.hpp"

namespace bitwhere::kernels {

// left `Order` right, in any lane.
template <class L, comparison Order, class V>
BITWHERE_FN auto compare(V left, V right) {
  if constexpr (Order == comparison::less) return L::less(left, right);
  if constexpr (Order == comparison::less_equal) return L::less_equal(left, right);
  if constexpr (Order == comparison::greater) return L::less(right, left);
  if constexpr (Order == comparison::greater_equal) return L::less_equal(right, left);
  if constexpr (Order == comparison::equal) return L::equal(left, right);
}

// The bits of a float without its sign, as they are compared.
template <class T>
BITWHERE_FN T magnitude_mask() {
  return static_cast<T>(static_cast<T>(~T{0}) ^ static_cast<T>(T{1} << (8 * sizeof(T) - 1)));
}

// A float of so many bits, of which only the magnitude matters.
template <class Bits>
struct magnitude {
  Bits bits;
};

template <class Bits>
BITWHERE_FN Bits widen(magnitude<Bits> value) {
  return static_cast<Bits>(value.bits & magnitude_mask<Bits>());
}

// The one switch over what leaves compare: calls use.template operator()<T>(), T the stored type.
BITWHERE_VISITOR
template <class Use>
BITWHERE_FN auto with_leaf_type(leaf_kind kind, Use use) {
  switch (kind) {
    case leaf_kind::i8:
      return use.template operator()<int8_t>();
    case leaf_kind::i16:
      return use.template operator()<int16_t>();
    case leaf_kind::i32:
      return use.template operator()<int32_t>();
    case leaf_kind::i64:
      return use.template operator()<int64_t>();
    case leaf_kind::f16:
      return use.template operator()<half_bits>();
    case leaf_kind::bf16:
      return use.template operator()<bfloat_bits>();
    case leaf_kind::f32:
      return use.template operator()<float>();
    case leaf_kind::f64:
      return use.template operator()<double>();
    case leaf_kind::magnitude16:
      return use.template operator()<magnitude<int16_t>>();
    case leaf_kind::magnitude32:
      return use.template operator()<magnitude<int32_t>>();
    case leaf_kind::magnitude64:
      return use.template operator()<magnitude<int64_t>>();
    default:
      return use.template operator()<uint8_t>();
  }
}

// Every second bit of a word, pushed together: what remains of pairs.
BITWHERE_FN uint64_t even_bits(uint64_t word) {
  word &= 0x5555555555555555u;
  word = (word | word >> 1) & 0x3333333333333333u;
  word = (word | word >> 2) & 0x0f0f0f0f0f0f0f0fu;
  word = (word | word >> 4) & 0x00ff00ff00ff00ffu;
  word = (word | word >> 8) & 0x0000ffff0000ffffu;
  return (word | word >> 16) & 0x00000000ffffffffu;
}

}  // namespace bitwhere::kernels
