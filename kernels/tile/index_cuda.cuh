// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../launch.cuh"
#include "operand.hpp"

// From a linear index to addresses, a thread an element.
namespace bitwhere::kernels {

// Division of n < 2^31 by an invariant divisor with a multiplication (Granlund and Montgomery,
// 1994): a hardware division would cost more than the memory access it is for.
struct fast_divider {
  uint32_t divisor;
  uint32_t magic;
  uint32_t shift;
};

inline fast_divider divider_of(int64_t extent) {
  const auto d = static_cast<uint32_t>(extent);
  uint32_t shift = 0;
  while ((uint64_t{1} << shift) < d) ++shift;
  const uint64_t magic = ((uint64_t{1} << 32) * ((uint64_t{1} << shift) - d)) / d + 1;
  return {d, static_cast<uint32_t>(magic), shift};
}

// An index space whose linear indices threads take apart.
struct indexer {
  int32_t rank;
  bool wide;  // of 2^31 elements and more
  int64_t extent[max_rank];
  fast_divider divider[max_rank];
};

inline bool fits_32_bits(const space& s) { return s.elements <= INT32_MAX; }

inline indexer indexer_of(const space& s) {
  indexer out = {};
  out.rank = s.rank;
  out.wide = !fits_32_bits(s);
  for (int d = 0; d < s.rank; ++d) {
    out.extent[d] = s.extent[d];
    if (fits_32_bits(s)) out.divider[d] = divider_of(s.extent[d]);
  }
  return out;
}

// n / extent[d], leaving the remainder in n. `Wide` is for spaces of 2^31 elements and more.
template <bool Wide>
__device__ __forceinline__ int64_t divide(const indexer& by, int d, int64_t& n) {
  int64_t quotient;
  if constexpr (Wide) {
    quotient = n / by.extent[d];
  } else {
    const auto small = static_cast<uint32_t>(n);
    quotient = (__umulhi(small, by.divider[d].magic) + small) >> by.divider[d].shift;
  }
  const int64_t remainder = n - quotient * by.extent[d];
  n = quotient;
  return remainder;
}

// Byte offsets of `Count` operands at linear index n.
template <bool Wide, int Count>
__device__ __forceinline__ void offsets_at(const indexer& by, const int64_t* const (&stride)[Count],
                                           int64_t n, int64_t (&offset)[Count]) {
  for (int k = 0; k < Count; ++k) offset[k] = 0;
  for (int d = by.rank - 1; d >= 0; --d) {
    const int64_t at = divide<Wide>(by, d, n);
    for (int k = 0; k < Count; ++k) offset[k] += at * stride[k][d];
  }
}

// Where a thread stands: the indices of the inner dimensions, innermost first, stay in registers;
// those beyond are found again for every operand. Few spaces have more after collapsing.
struct thread_position {
  static constexpr int near = 4;
  int64_t index[near];
  int64_t rest;
};

__device__ __forceinline__ thread_position position_at(const indexer& by, int64_t n) {
  thread_position at;
#pragma unroll
  for (int k = 0; k < thread_position::near; ++k) {
    const int d = by.rank - 1 - k;
    at.index[k] = d < 0 ? 0 : by.wide ? divide<true>(by, d, n) : divide<false>(by, d, n);
  }
  at.rest = n;
  return at;
}

__device__ __forceinline__ int64_t offset_at(const indexer& by, const thread_position& at,
                                             const int64_t* stride) {
  int64_t offset = 0;
#pragma unroll
  for (int k = 0; k < thread_position::near; ++k) {
    const int d = by.rank - 1 - k;
    if (d >= 0) offset += at.index[k] * stride[d];
  }
  int64_t n = at.rest;
#pragma unroll 1
  for (int d = by.rank - 1 - thread_position::near; d >= 0; --d) {
    offset += (by.wide ? divide<true>(by, d, n) : divide<false>(by, d, n)) * stride[d];
  }
  return offset;
}

}  // namespace bitwhere::kernels
