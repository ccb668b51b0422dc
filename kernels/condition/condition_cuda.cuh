// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/scalar.hpp"
#include "../tile/vector_cuda.cuh"
#include "condition_formula.hpp"

// A leaf over several elements of one thread, as bits. The switches are uniform over the grid: a
// branch costs an instruction, where a kernel a dtype would multiply the binary.
namespace bitwhere::kernels {

// T as it is compared.
template <class T>
struct compared {
  template <comparison Order>
  static __device__ __forceinline__ bool holds(const leaf& from, T value) {
    const auto wide = widen(value);
    return compare<scalar_lane, Order>(wide, threshold_of(from, decltype(wide){}));
  }
};

struct truth_byte {
  uint8_t bits;
};

template <>
struct compared<truth_byte> {
  template <comparison>
  static __device__ __forceinline__ bool holds(const leaf&, truth_byte value) {
    return value.bits != 0;
  }
};

template <class T, comparison Order, int Count>
__device__ __forceinline__ uint32_t bits_of(const leaf& from, const T (&values)[Count]) {
  uint32_t bits = 0;
#pragma unroll
  for (int k = 0; k < Count; ++k) {
    bits |= static_cast<uint32_t>(compared<T>::template holds<Order>(from, values[k])) << k;
  }
  return bits;
}

template <class T, int Count>
__device__ __forceinline__ uint32_t ordered_bits(const leaf& from, const T (&values)[Count]) {
  switch (from.order) {
    case comparison::less:
      return bits_of<T, comparison::less>(from, values);
    case comparison::less_equal:
      return bits_of<T, comparison::less_equal>(from, values);
    case comparison::greater:
      return bits_of<T, comparison::greater>(from, values);
    case comparison::greater_equal:
      return bits_of<T, comparison::greater_equal>(from, values);
    default:
      return bits_of<T, comparison::equal>(from, values);
  }
}

// The one switch over the dtypes of conditions: calls read.template operator()<T>() for the type
// of the leaf's elements.
template <class Read>
__device__ __forceinline__ uint32_t with_leaf_type(const leaf& from, Read read) {
  switch (from.kind) {
    case leaf_kind::truth:
      return read.template operator()<truth_byte>();
    case leaf_kind::u8:
      return read.template operator()<uint8_t>();
    case leaf_kind::i8:
      return read.template operator()<int8_t>();
    case leaf_kind::i16:
      return read.template operator()<int16_t>();
    case leaf_kind::i32:
      return read.template operator()<int32_t>();
    case leaf_kind::i64:
      return read.template operator()<int64_t>();
    case leaf_kind::f16:
      return read.template operator()<half_bits>();
    case leaf_kind::bf16:
      return read.template operator()<bfloat_bits>();
    case leaf_kind::f32:
      return read.template operator()<float>();
    case leaf_kind::f64:
      return read.template operator()<double>();
    default:
      return 0;
  }
}

// Bit 0: the condition at byte offset `offset`.
__device__ __forceinline__ uint32_t condition_bit(const leaf& from, int64_t offset, bool aligned) {
  const unsigned char* p =
      from.values.data != nullptr ? from.values.data + offset : from.values.value;
  const uint32_t bit = with_leaf_type(from, [&]<class T>() {
    const T values[1] = {load_element<T>(p, aligned)};
    return ordered_bits<T, 1>(from, values);
  });
  return bit ^ static_cast<uint32_t>(from.negate);
}

// Bits of `Loads` runs of V neighbouring elements, run u beginning at element first + u * step.
// Operands are direct and aligned, or splat. All loads are issued before any is used.
template <int V, int Loads>
__device__ __forceinline__ uint32_t condition_bits(const leaf& from, int64_t first, int64_t step) {
  constexpr int count = V * Loads;
  constexpr uint32_t all = count == 32 ? ~0u : (1u << count) - 1;
  if (from.values.reach == access::splat || from.kind == leaf_kind::constant) {
    return condition_bit(from, 0, false) != 0 ? all : 0;
  }
  const uint32_t bits = with_leaf_type(from, [&]<class T>() {
    T values[count];
#pragma unroll
    for (int u = 0; u < Loads; ++u) {
      const int64_t at = (first + u * step) * static_cast<int64_t>(sizeof(T));
      const auto run = load_pack<T, V>(from.values.data + at);
#pragma unroll
      for (int k = 0; k < V; ++k) values[u * V + k] = run.value[k];
    }
    return ordered_bits<T, count>(from, values);
  });
  return from.negate ? ~bits & all : bits;
}

// Bytes of an element of the leaf, for alignment.
BITWHERE_FN int64_t leaf_bytes(leaf_kind kind) {
  switch (kind) {
    case leaf_kind::i16:
    case leaf_kind::f16:
    case leaf_kind::bf16:
      return 2;
    case leaf_kind::i32:
    case leaf_kind::f32:
      return 4;
    case leaf_kind::i64:
    case leaf_kind::f64:
      return 8;
    default:
      return 1;
  }
}

}  // namespace bitwhere::kernels
