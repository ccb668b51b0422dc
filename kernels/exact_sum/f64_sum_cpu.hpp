// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "f32_sum_cpu.hpp"

// Exact sums of f64 terms: cut into windows of exponents whose parts f64 additions sum up without
// an error, and where the exponents of a tile spread too far for that, term by term.
namespace bitwhere::kernels {
namespace {

inline constexpr int64_t f64_tile = 1024;  // terms at most of a call

struct f64_accumulator {
  f64_sum sum;
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

inline constexpr int f64_first_window = 43;
inline constexpr int f64_window = 44;
inline constexpr int f64_most_windows = 3;

// Above this exponent sums could overflow: terms are made smaller first, which is exact for the
// spreads that windows take.
inline constexpr int f64_top = 900;
inline constexpr int f64_scaling = 128;

inline constexpr int64_t f64_step = f64_lanes < 4 ? 4 : f64_lanes == 4 ? 8 : 16;
inline constexpr int64_t f64_vectors = f64_step / f64_lanes;

struct f64_range {
  double largest;
  double smallest;  // but 0; infinity where all are 0
  bool nan;

  BITWHERE_FN bool special() const { return nan || largest > 0x1.fffffffffffffp1023; }
  static BITWHERE_FN int field_of(double magnitude) {
    uint64_t bits;
    memcpy(&bits, &magnitude, sizeof bits);
    return bits >> 52 != 0 ? static_cast<int>(bits >> 52) : 1;
  }
  BITWHERE_FN int high() const { return field_of(largest); }
  BITWHERE_FN int spread() const { return high() - field_of(smallest); }
};

template <class Body>
BITWHERE_FN void for_each_f64_step(const double* p, int64_t n, Body body) {
  int64_t i = 0;
  for (; i + f64_step <= n; i += f64_step) body(p + i);
  if (i == n) return;
  alignas(64) double tail[f64_step];
  const auto* const rest = reinterpret_cast<const unsigned char*>(p + i);
  for (int64_t k = 0; k < f64_step; ++k) tail[k] = i + k < n ? load<double>(rest + 8 * k) : 0.0;
  body(static_cast<const double*>(tail));
}

BITWHERE_FN f64_vector larger(f64_vector a, f64_vector b) {
  return hn::IfThenElse(hn::Lt(a, b), b, a);
}
BITWHERE_FN f64_vector smaller(f64_vector a, f64_vector b) {
  return hn::IfThenElse(hn::Lt(b, a), b, a);
}

BITWHERE_FN f64_range range_of(const double* p, int64_t n) {
  const f64_tag d;
  const f64_vector infinity = hn::Set(d, __builtin_inf());
  f64_vector largest[f64_vectors];
  f64_vector smallest[f64_vectors];
  for (int64_t v = 0; v < f64_vectors; ++v) {
    largest[v] = hn::Zero(d);
    smallest[v] = infinity;
  }
  auto nan = hn::Lt(infinity, infinity);
  for_each_f64_step(p, n, [&](const double* q) {
#pragma GCC unroll 16
    for (int64_t v = 0; v < f64_vectors; ++v) {
      const f64_vector x = hn::Abs(hn::LoadU(d, q + v * f64_lanes));
      // A NaN is looked for by itself.
      largest[v] = larger(largest[v], x);
      smallest[v] = smaller(smallest[v], hn::IfThenElse(hn::Eq(x, hn::Zero(d)), infinity, x));
      nan = hn::Or(nan, hn::IsNaN(x));
    }
  });
  for (int64_t v = 1; v < f64_vectors; ++v) {
    largest[0] = larger(largest[0], largest[v]);
    smallest[0] = smaller(smallest[0], smallest[v]);
  }
  // Floats that are not negative are ordered as their bits.
  const hn::ScalableTag<int64_t> di;
  const int64_t high = largest_lane(hn::BitCast(di, largest[0]));
  const int64_t low = smallest_lane(hn::BitCast(di, smallest[0]));
  f64_range range = {0.0, 0.0, !hn::AllFalse(d, nan)};
  memcpy(&range.largest, &high, sizeof high);
  memcpy(&range.smallest, &low, sizeof low);
  return range;
}

template <int Windows, bool Scaled>
void deposit_f64_windows(const double* p, int64_t n, int high, f64_accumulator& to) {
  const f64_tag d;
  const f64_vector scale = hn::Set(d, power_of_two(-f64_scaling));
  f64_vector by[Windows];
  f64_vector upper[Windows][2];
  f64_vector rest[2] = {hn::Zero(d), hn::Zero(d)};
  int window = high - 1022 - (Scaled ? f64_scaling : 0) - f64_first_window;
  for (int w = 0; w < Windows; ++w, window -= f64_window) {
    by[w] = splitter(window > -1074 ? window : -1074);
    upper[w][0] = upper[w][1] = hn::Zero(d);
  }
  for_each_f64_step(p, n, [&](const double* q) {
#pragma GCC unroll 16
    for (int64_t v = 0; v < f64_vectors; ++v) {
      f64_vector x = hn::LoadU(d, q + v * f64_lanes);
      if constexpr (Scaled) x = hn::Mul(x, scale);
#pragma GCC unroll 8
      for (int w = 0; w < Windows; ++w) {
        const f64_vector part = upper_part(x, by[w]);
        upper[w][v % 2] = hn::Add(upper[w][v % 2], part);
        x = hn::Sub(x, part);
      }
      rest[v % 2] = hn::Add(rest[v % 2], x);
    }
  });
  constexpr int up = Scaled ? f64_scaling : 0;
  for (int w = 0; w < Windows; ++w) {
    const f64_vector both = hn::Add(upper[w][0], upper[w][1]);
    deposit_value(to.sum, hn::GetLane(hn::SumOfLanes(d, both)), up);
  }
  deposit_value(to.sum, hn::GetLane(hn::SumOfLanes(d, hn::Add(rest[0], rest[1]))), up);
}

template <int Windows>
BITWHERE_FN void deposit_f64(const double* p, int64_t n, int high, f64_accumulator& to) {
  if (high - 1022 > f64_top) {
    deposit_f64_windows<Windows, true>(p, n, high, to);
  } else {
    deposit_f64_windows<Windows, false>(p, n, high, to);
  }
}

// Adds n <= f64_tile terms.
BITWHERE_FN void add_terms(const double* p, int64_t n, f64_accumulator& to) {
  const f64_range range = range_of(p, n);
  if (!range.nan && range.largest == 0) return;
  const int spread = range.special() ? f64_window * f64_most_windows : range.spread();
  const int windows = (spread + 10 + f64_window - 1) / f64_window;
  if (windows > f64_most_windows) {
    to.about_to_deposit(n);
    const auto* const terms = reinterpret_cast<const unsigned char*>(p);
    for (int64_t i = 0; i < n; ++i) deposit_term(to.sum, load<uint64_t>(terms + 8 * i));
    return;
  }
  to.about_to_deposit(f64_most_windows + 1);
  switch (windows) {
    case 1:
      return deposit_f64<1>(p, n, range.high(), to);
    case 2:
      return deposit_f64<2>(p, n, range.high(), to);
    default:
      return deposit_f64<3>(p, n, range.high(), to);
  }
}

}  // namespace
}  // namespace bitwhere::kernels
