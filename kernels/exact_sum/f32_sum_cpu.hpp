// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/simd.hpp"
#include "sum_state.hpp"

// Exact sums of f32 terms. Most tiles hold numbers of like size, which f64 additions sum up without
// an error; the others are cut into windows of exponents for which that holds, or sorted into
// buckets by their exponent. All of it gives the same state, so that each tile may go its own way.
//
// Of n terms with exponents in [f, F] every partial sum is a multiple of 2^(f-150) below
// n 2^(24+F-f) of them: f64 additions are exact where n 2^(F-f) <= 2^29, in any order.
namespace bitwhere::kernels {
namespace {

inline constexpr int64_t f32_tile = 4096;  // terms at most of a call

struct f32_accumulator {
  f32_sum sum;
  int64_t deposits;

  BITWHERE_FN void open() {
    clear(sum);
    deposits = 0;
  }
  BITWHERE_FN void about_to_deposit(int64_t times) {
    deposits += times;
    if (deposits < deposits_between) return;
    normalise(sum);
    deposits = times;
  }
};

using f32_tag = hn::ScalableTag<float>;
using f64_tag = hn::ScalableTag<double>;
using u32_tag = hn::ScalableTag<uint32_t>;
using f32_vector = hn::Vec<f32_tag>;
using f64_vector = hn::Vec<f64_tag>;
using u32_vector = hn::Vec<u32_tag>;

inline constexpr int64_t f32_lanes = hn::MaxLanes(f32_tag());
inline constexpr int64_t f64_lanes = hn::MaxLanes(f64_tag());

// Calls body(k, f64 vector) for the parts that a vector of f32 widens to.
inline constexpr int64_t f64_parts = f32_lanes / f64_lanes;

template <class Body>
BITWHERE_FN void widened(f32_vector x, Body body) {
  const f64_tag d;
#if HWY_TARGET == HWY_SCALAR
  body(0, hn::PromoteTo(d, x));
#else
  const hn::Half<f32_tag> half;
  body(0, hn::PromoteTo(d, hn::LowerHalf(half, x)));
  body(1, hn::PromoteTo(d, hn::UpperHalf(half, x)));
#endif
}

// Terms of one step: as many f64 sums run side by side, each of f32_tile / f32_step terms.
inline constexpr int64_t f32_step = f32_lanes == 1 ? 4 : 32;
inline constexpr int64_t f32_vectors = f32_step / f32_lanes;
inline constexpr int64_t f32_sums = f32_step / f64_lanes;

// What is known of the magnitudes of terms, as bits: where all are 0, `largest` is.
struct f32_range {
  uint32_t largest;
  uint32_t smallest;  // but 0

  // Exponent fields; those of subnormals count as 1, for they are multiples of the same unit.
  BITWHERE_FN int high() const { return largest >> 23 != 0 ? static_cast<int>(largest >> 23) : 1; }
  BITWHERE_FN int low() const { return smallest >> 23 != 0 ? static_cast<int>(smallest >> 23) : 1; }
  BITWHERE_FN int spread() const { return high() - low(); }
  BITWHERE_FN bool special() const { return largest >= 0x7f800000; }
  BITWHERE_FN bool adds_exactly(int64_t n) const {
    return !special() && spread() <= 29 && n << spread() <= int64_t{1} << 29;
  }
};

struct f32_scan {
  u32_vector largest;
  u32_vector smallest;  // less 1, so that 0 is the largest number
  f64_vector sums[f32_sums];

  BITWHERE_FN void open() {
    const u32_tag d;
    largest = hn::Zero(d);
    smallest = hn::Set(d, ~0u);
    for (int64_t k = 0; k < f32_sums; ++k) sums[k] = hn::Zero(f64_tag());
  }
  BITWHERE_FN void step(const float* p) {
    const u32_tag d;
#pragma GCC unroll 16
    for (int64_t v = 0; v < f32_vectors; ++v) {
      const f32_vector x = hn::LoadU(f32_tag(), p + v * f32_lanes);
      const u32_vector magnitude = hn::And(hn::BitCast(d, x), hn::Set(d, 0x7fffffffu));
      largest = larger_integer(largest, magnitude);
      smallest = smaller_integer(smallest, hn::Sub(magnitude, hn::Set(d, 1u)));
      widened(x, [&](int64_t part, f64_vector wide) {
        sums[v * f64_parts + part] = hn::Add(sums[v * f64_parts + part], wide);
      });
    }
  }
  BITWHERE_FN f32_range range() const {
    return {largest_lane(largest), smallest_lane(smallest) + 1};
  }
  BITWHERE_FN double total() const {
    f64_vector all = sums[0];
    for (int64_t k = 1; k < f32_sums; ++k) all = hn::Add(all, sums[k]);
    return hn::GetLane(hn::SumOfLanes(f64_tag(), all));
  }
};

// The last terms of a tile, filled up with zeros to a step.
struct f32_tail {
  alignas(64) float term[f32_step];
  BITWHERE_FN f32_tail(const float* p, int64_t n) {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(p);
    for (int64_t i = 0; i < f32_step; ++i) term[i] = i < n ? load<float>(bytes + 4 * i) : 0.0f;
  }
};

// Calls body(pointer to f32_step terms) until all are done.
template <class Body>
BITWHERE_FN void for_each_step(const float* p, int64_t n, Body body) {
  int64_t i = 0;
  for (; i + f32_step <= n; i += f32_step) body(p + i);
  if (i == n) return;
  const f32_tail tail(p + i, n - i);
  body(static_cast<const float*>(tail.term));
}

BITWHERE_FN double power_of_two(int exponent) {  // of a normal number
  const auto bits = static_cast<int64_t>(exponent + 1023) << 52;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// (x + Q) - Q with Q = 1.5 * 2^(p + 52) is x rounded to a multiple of 2^p, without an error in the
// difference: |x| <= 2^(p + 51).
BITWHERE_FN f64_vector splitter(int p) { return hn::Set(f64_tag(), 1.5 * power_of_two(p + 52)); }
BITWHERE_FN f64_vector upper_part(f64_vector x, f64_vector by) {
  return hn::Sub(hn::Add(x, by), by);
}

// The multiples of 2^p of 4096 terms below 2^E sum up exactly from here on.
inline constexpr int f32_first_window = 41;  // p = E - 41
inline constexpr int f32_window = 42;        // and so much lower for each window that follows

// The sums of a scan, each of 128 terms at most (with one lane: 1024): two deposits.
BITWHERE_FN void deposit_scan(const f32_scan& scan, const f32_range& range, f32_accumulator& to) {
  const f64_vector by = splitter(range.high() - 126 - f32_first_window);
  f64_vector upper = hn::Zero(f64_tag());
  f64_vector rest = hn::Zero(f64_tag());
  for (int64_t k = 0; k < f32_sums; ++k) {
    const f64_vector part = upper_part(scan.sums[k], by);
    upper = hn::Add(upper, part);
    rest = hn::Add(rest, hn::Sub(scan.sums[k], part));
  }
  deposit_value(to.sum, hn::GetLane(hn::SumOfLanes(f64_tag(), upper)), 0);
  deposit_value(to.sum, hn::GetLane(hn::SumOfLanes(f64_tag(), rest)), 0);
}

// Terms of any spread up to 17 + 42 Windows.
template <int Windows>
void deposit_windows(const float* p, int64_t n, int high, f32_accumulator& to) {
  const f64_tag d;
  f64_vector by[Windows];
  f64_vector upper[Windows][f64_parts];
  f64_vector rest[f64_parts];
  for (int w = 0; w < Windows; ++w) {
    by[w] = splitter(high - 126 - f32_first_window - w * f32_window);
    for (int64_t k = 0; k < f64_parts; ++k) upper[w][k] = hn::Zero(d);
  }
  for (int64_t k = 0; k < f64_parts; ++k) rest[k] = hn::Zero(d);
  for_each_step(p, n, [&](const float* q) {
#pragma GCC unroll 2
    for (int64_t v = 0; v < f32_vectors; ++v) {
      widened(hn::LoadU(f32_tag(), q + v * f32_lanes), [&](int64_t k, f64_vector x) {
#pragma GCC unroll 8
        for (int w = 0; w < Windows; ++w) {
          const f64_vector part = upper_part(x, by[w]);
          upper[w][k] = hn::Add(upper[w][k], part);
          x = hn::Sub(x, part);
        }
        rest[k] = hn::Add(rest[k], x);
      });
    }
  });
  for (int64_t k = 0; k < f64_parts; ++k) {
    for (int w = 0; w < Windows; ++w) {
      deposit_value(to.sum, hn::GetLane(hn::SumOfLanes(d, upper[w][k])), 0);
    }
    deposit_value(to.sum, hn::GetLane(hn::SumOfLanes(d, rest[k])), 0);
  }
}

// Sums of significands by sign and exponent. The number of terms stands above bit 40 of a bucket,
// for the leading ones that significands do not show; four copies keep equal neighbours from
// waiting for each other.
struct f32_buckets {
  static constexpr int64_t most = int64_t{1} << 17;  // terms between flushes
  int64_t bucket[4][512];
  int64_t held = -1;  // terms; -1: not cleared yet

  BITWHERE_FN void add(const float* p, int64_t n, f32_accumulator& to) {
    if (held < 0 || held + n > most) flush(to);
    held += n;
    const auto* const terms = reinterpret_cast<const unsigned char*>(p);
    const auto put = [&](int64_t i, int64_t copy) {
      const auto bits = load<uint32_t>(terms + 4 * i);
      bucket[copy][bits >> 23] += (int64_t{1} << 40) + (bits & 0x7fffff);
    };
    int64_t i = 0;
    for (; i + 4 <= n; i += 4) {
#pragma GCC unroll 4
      for (int64_t copy = 0; copy < 4; ++copy) put(i + copy, copy);
    }
    for (; i < n; ++i) put(i, 0);
  }
  // Leaves the buckets empty.
  BITWHERE_FN void flush(f32_accumulator& to) {
    if (held > 0) {
      to.about_to_deposit(512);
      for (int k = 0; k < 512; ++k) {
        int64_t terms = 0;
        int64_t sum = 0;
        for (int copy = 0; copy < 4; ++copy) {
          terms += bucket[copy][k] >> 40;
          sum += bucket[copy][k] & ((int64_t{1} << 40) - 1);
        }
        if (terms == 0) continue;
        const int field = k & 255;
        const int64_t all = field != 0 ? sum + (terms << 23) : sum;
        deposit_integer(to.sum, k < 256 ? all : -all, (field != 0 ? field : 1) - 1);
      }
    }
    if (held != 0) {
      for (auto& copy : bucket) {
        for (int64_t& b : copy) b = 0;
      }
    }
    held = 0;
  }
};

// From so many windows on, buckets are faster.
inline constexpr int f32_most_windows = f32_lanes >= 16 ? 4 : f32_lanes == 1 ? 1 : 3;

BITWHERE_FN void deposit_wide(const float* p, int64_t n, const f32_range& range,
                              f32_accumulator& to, f32_buckets* buckets) {
  const int windows = range.spread() <= 59 ? 1 : (range.spread() + 24) / 42;
  if (windows > f32_most_windows && buckets != nullptr && n >= f32_tile / 4) {
    buckets->add(p, n, to);
    return;
  }
  switch (windows) {
    case 1:
      return deposit_windows<1>(p, n, range.high(), to);
    case 2:
      return deposit_windows<2>(p, n, range.high(), to);
    case 3:
      return deposit_windows<3>(p, n, range.high(), to);
    case 4:
      return deposit_windows<4>(p, n, range.high(), to);
    case 5:
      return deposit_windows<5>(p, n, range.high(), to);
    default:
      return deposit_windows<6>(p, n, range.high(), to);
  }
}

// Whether f64 additions sum up n <= f32_tile terms without an error. Terms that were f16 are
// multiples of 2^-24 below 2^16: any 2^13 of them do.
BITWHERE_FN bool add_exactly(const f32_range& range, int64_t n, bool halves) {
  return halves ? !range.special() : range.adds_exactly(n);
}

// Adds n <= f32_tile terms. Without buckets the widest tiles take windows, too.
BITWHERE_FN void add_terms(const float* p, int64_t n, f32_accumulator& to, f32_buckets* buckets,
                           bool halves) {
  f32_scan scan;
  scan.open();
  for_each_step(p, n, [&](const float* q) { scan.step(q); });
  const f32_range range = scan.range();
  if (range.largest == 0) return;
  if (range.special()) {
    to.about_to_deposit(n);
    const auto* const terms = reinterpret_cast<const unsigned char*>(p);
    for (int64_t i = 0; i < n; ++i) deposit_term(to.sum, load<uint32_t>(terms + 4 * i));
    return;
  }
  to.about_to_deposit(32);
  if (add_exactly(range, n, halves)) {
    deposit_value(to.sum, scan.total(), 0);
  } else if (range.adds_exactly(f32_tile / f32_step)) {
    deposit_scan(scan, range, to);
  } else {
    deposit_wide(p, n, range, to, buckets);
  }
}

// The same of a few terms, which are not worth a vector.
BITWHERE_FN bool sum_few(const float* p, int64_t n, bool halves, double& sum) {
  const auto* const terms = reinterpret_cast<const unsigned char*>(p);
  f32_range range = {0, ~0u};
  sum = 0.0;
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t magnitude = load<uint32_t>(terms + 4 * i) & 0x7fffffff;
    range.largest = magnitude > range.largest ? magnitude : range.largest;
    range.smallest = magnitude - 1 < range.smallest ? magnitude - 1 : range.smallest;
    sum += static_cast<double>(load<float>(terms + 4 * i));
  }
  range.smallest += 1;
  return range.largest == 0 || add_exactly(range, n, halves);
}

// The exact sum of n <= f32_tile terms where f64 holds it; false where it may not.
BITWHERE_FN bool sum_terms(const float* p, int64_t n, bool halves, double& sum) {
  if (n < f32_step) return sum_few(p, n, halves, sum);
  f32_scan scan;
  scan.open();
  for_each_step(p, n, [&](const float* q) { scan.step(q); });
  const f32_range range = scan.range();
  if (range.largest != 0 && !add_exactly(range, n, halves)) return false;
  sum = range.largest == 0 ? 0.0 : scan.total() + 0.0;
  return true;
}

}  // namespace
}  // namespace bitwhere::kernels
