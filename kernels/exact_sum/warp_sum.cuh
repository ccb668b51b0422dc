// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../launch.cuh"
#include "sum_state.hpp"

// Exact sums over the lanes of a warp. Each lane adds up its terms as an integer in the unit of the
// smallest exponent that is about, the lanes' integers are added up by shuffles, and lane k keeps
// limbs k, k + 32 .. of the state in registers: nothing is added to memory on the way.
namespace bitwhere::kernels {

__device__ __forceinline__ int lane_index() { return static_cast<int>(threadIdx.x) % 32; }

__device__ __forceinline__ int64_t sum_over_warp(int64_t mine) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) {
    mine += static_cast<int64_t>(__shfl_xor_sync(~0u, static_cast<unsigned long long>(mine), d));
  }
  return mine;
}

__device__ __forceinline__ uint32_t largest_over_warp(uint32_t mine) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  return __reduce_max_sync(~0u, mine);
#else
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) {
    const uint32_t other = __shfl_xor_sync(~0u, mine, d);
    mine = other > mine ? other : mine;
  }
  return mine;
#endif
}

__device__ __forceinline__ uint32_t smallest_over_warp(uint32_t mine) {
  return ~largest_over_warp(~mine);
}

// A lane's share of a warp's state.
template <class Sum>
struct warp_state {
  static constexpr int rows = (Sum::limbs + 31) / 32;
  int64_t limb[rows];
  int32_t special[3];  // of this lane's terms: NaN, +Inf, -Inf

  __device__ __forceinline__ void open() {
#pragma unroll
    for (int r = 0; r < rows; ++r) limb[r] = 0;
    special[0] = special[1] = special[2] = 0;
  }

  // Adds the warp's sum of integers, which every lane gives its own of, times 2^(unit + shift). The
  // sum has to fit 64 bits.
  __device__ __forceinline__ void deposit(int64_t mine, int shift) {
    const three_digits digits = digits_of(sum_over_warp(mine), shift);
#pragma unroll
    for (int r = 0; r < rows; ++r) {
      const int k = lane_index() + 32 * r;
      const int place = k - shift / 32;
      const int64_t middle = k < Sum::limbs - 1
                                 ? digits.digit[1]
                                 : digits.digit[1] + digits.digit[2] * (int64_t{1} << 32);
      limb[r] += place == 0   ? digits.digit[0]
                 : place == 1 ? middle
                 : place == 2 ? digits.digit[2]
                              : 0;
    }
  }

  // Assembles the state in memory that the warp shares, in no normal form yet.
  __device__ __forceinline__ void close(Sum& to) const {
#pragma unroll
    for (int r = 0; r < rows; ++r) {
      const int k = lane_index() + 32 * r;
      if (k < Sum::limbs) to.limb[k] = limb[r];
    }
    const int64_t nan = sum_over_warp(special[0]);
    const int64_t posinf = sum_over_warp(special[1]);
    const int64_t neginf = sum_over_warp(special[2]);
    if (lane_index() == 0) {
      to.nan = nan;
      to.posinf = posinf;
      to.neginf = neginf;
    }
  }
};

__device__ __forceinline__ void note_special(int32_t (&special)[3], bool fraction, bool negative) {
  special[0] += fraction ? 1 : 0;
  special[1] += !fraction && !negative ? 1 : 0;
  special[2] += !fraction && negative ? 1 : 0;
}

// --- f32 terms, 32 a lane, as bits. ---

inline constexpr int f32_lane_terms = 32;

// 24 bits of significand, moved by up to 34, times 32: below 2^63.
inline constexpr int f32_window_fields = 35;

struct magnitude_range {
  uint32_t largest;
  uint32_t smallest;  // but 0, less 1

  __device__ __forceinline__ void open() {
    largest = 0;
    smallest = ~0u;
  }
  __device__ __forceinline__ void add(uint32_t bits) {
    const uint32_t magnitude = bits & 0x7fffffff;
    largest = magnitude > largest ? magnitude : largest;
    smallest = magnitude - 1 < smallest ? magnitude - 1 : smallest;
  }
  __device__ __forceinline__ bool special() const { return largest >= 0x7f800000; }
  __device__ __forceinline__ int high() const {
    const uint32_t field = special() ? 254 : largest >> 23;
    return field > 0 ? static_cast<int>(field) : 1;
  }
  __device__ __forceinline__ int low() const {
    const uint32_t field = (smallest + 1) >> 23;
    return field > 0 ? static_cast<int>(field) : 1;
  }
};

// The lane's sum of the terms whose exponent fields lie in a window from `base` on, in units of
// that exponent.
__device__ __forceinline__ int64_t integer_sum_of(const uint32_t (&term)[f32_lane_terms],
                                                  int base) {
  int64_t sum = 0;
#pragma unroll
  for (int i = 0; i < f32_lane_terms; ++i) {
    const uint32_t bits = term[i];
    const int field = static_cast<int>(bits >> 23 & 0xff);
    const uint32_t significand = (bits & 0x7fffff) | (field != 0 ? 0x800000u : 0u);
    const auto up = static_cast<uint32_t>((field > 0 ? field : 1) - base);
    const bool inside = up < static_cast<uint32_t>(f32_window_fields) && field != 255;
    const uint64_t moved = inside ? static_cast<uint64_t>(significand) << (up & 63) : 0;
    const auto sign = static_cast<int64_t>(static_cast<int32_t>(bits) >> 31);
    sum += (static_cast<int64_t>(moved) ^ sign) - sign;
  }
  return sum;
}

// The same of terms that spread over no more than 24 exponents, the smallest of them `low`: f64
// additions are exact.
__device__ __forceinline__ int64_t f64_sum_of(const uint32_t (&term)[f32_lane_terms], int low) {
  double sum = 0.0;
#pragma unroll
  for (int i = 0; i < f32_lane_terms; ++i) {
    sum = __dadd_rn(sum, static_cast<double>(__uint_as_float(term[i])));
  }
  const double unit = __longlong_as_double(static_cast<long long>(1023 + 150 - low) << 52);
  return static_cast<int64_t>(__double2ll_rz(__dmul_rn(sum, unit)));
}

template <bool F64>
__device__ __forceinline__ bool takes_f64(const magnitude_range& range) {
  return F64 && !range.special() && range.high() - range.low() <= 24;
}

// Calls deposit(lane's integer, shift) for the windows that hold the terms.
template <bool F64, class Deposit>
__device__ __forceinline__ void for_each_window(const uint32_t (&term)[f32_lane_terms],
                                                const magnitude_range& range, Deposit deposit) {
  if (range.largest == 0) return;
  const int low = range.low();
  if (takes_f64<F64>(range)) {
    deposit(f64_sum_of(term, low), low - 1);
    return;
  }
  const int high = range.high();
#pragma unroll 1
  for (int base = low; base <= high; base += f32_window_fields) {
    deposit(integer_sum_of(term, base), base - 1);
  }
}

__device__ __forceinline__ void note_specials(const uint32_t (&term)[f32_lane_terms],
                                              int32_t (&special)[3]) {
#pragma unroll
  for (int i = 0; i < f32_lane_terms; ++i) {
    if ((term[i] & 0x7f800000) != 0x7f800000) continue;
    note_special(special, (term[i] & 0x7fffff) != 0, term[i] >> 31 != 0);
  }
}

__device__ __forceinline__ magnitude_range range_of_lane(const uint32_t (&term)[f32_lane_terms]) {
  magnitude_range range;
  range.open();
#pragma unroll
  for (int i = 0; i < f32_lane_terms; ++i) range.add(term[i]);
  return range;
}

// 32 terms of every lane.
template <bool F64>
__device__ __forceinline__ void add_terms(warp_state<f32_sum>& to,
                                          const uint32_t (&term)[f32_lane_terms]) {
  const magnitude_range mine = range_of_lane(term);
  const magnitude_range range = {largest_over_warp(mine.largest),
                                 smallest_over_warp(mine.smallest)};
  if (mine.special()) note_specials(term, to.special);
  for_each_window<F64>(term, range, [&](int64_t sum, int shift) {
    // In two halves, whose sums over the warp fit.
    to.deposit(sum & 0xffffffff, shift);
    to.deposit(sum >> 32, shift + 32);
  });
}

// 32 terms of this thread alone.
template <bool F64>
__device__ __forceinline__ void add_terms(f32_sum& to, const uint32_t (&term)[f32_lane_terms]) {
  const magnitude_range range = range_of_lane(term);
  if (range.special()) {
    int32_t special[3] = {0, 0, 0};
    note_specials(term, special);
    to.nan += special[0];
    to.posinf += special[1];
    to.neginf += special[2];
  }
  for_each_window<F64>(term, range,
                       [&](int64_t sum, int shift) { deposit_integer(to, sum, shift); });
}

// --- f64 terms, 6 a lane: more would spill. ---

inline constexpr int f64_lane_terms = 6;

// 53 bits of significand, moved by up to 63, times 6: below 2^127.
inline constexpr int f64_window_fields = 64;

__device__ __forceinline__ void add_terms(warp_state<f64_sum>& to,
                                          const uint64_t (&term)[f64_lane_terms]) {
  uint32_t high = 0;
  uint32_t low = ~0u;
#pragma unroll
  for (int i = 0; i < f64_lane_terms; ++i) {
    const uint64_t magnitude = term[i] & 0x7fffffffffffffff;
    const auto field = static_cast<uint32_t>(magnitude >> 52);
    if (field == 0x7ff) {
      note_special(to.special, (term[i] & 0xfffffffffffff) != 0, term[i] >> 63 != 0);
    } else if (magnitude != 0) {
      const uint32_t counted = field > 0 ? field : 1;
      high = counted > high ? counted : high;
      low = counted < low ? counted : low;
    }
  }
  high = largest_over_warp(high);
  low = smallest_over_warp(low);
#pragma unroll 1
  for (uint32_t base = low; base <= high && high != 0; base += f64_window_fields) {
    int128 sum = 0;
#pragma unroll
    for (int i = 0; i < f64_lane_terms; ++i) {
      const auto field = static_cast<uint32_t>(term[i] >> 52 & 0x7ff);
      const auto fraction = static_cast<int64_t>(term[i] & 0xfffffffffffff);
      const int64_t significand = field != 0 ? fraction | int64_t{1} << 52 : fraction;
      const uint32_t up = (field > 0 ? field : 1) - base;
      const bool inside = up < static_cast<uint32_t>(f64_window_fields) && field != 0x7ff;
      const int64_t with_sign = term[i] >> 63 != 0 ? -significand : significand;
      const int64_t counted = inside ? with_sign : 0;
      sum += static_cast<int128>(counted) * static_cast<int128>(uint64_t{1} << (up & 63));
    }
#pragma unroll 1
    for (int k = 0; k < 4; ++k, sum >>= 32) {
      const int64_t digit =
          k < 3 ? static_cast<int64_t>(static_cast<uint32_t>(sum)) : static_cast<int64_t>(sum);
      to.deposit(digit, static_cast<int>(base) - 1 + 32 * k);
    }
  }
}

}  // namespace bitwhere::kernels
