// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../exact_sum/f32_sum_cpu.hpp"

// Exact sums down the columns of a matrix of f32: neighbours in memory belong to neighbouring
// outputs, a lane each, and nothing is moved.
namespace bitwhere::kernels {
namespace {

// Vectors of columns that are walked down at a time: the more, the more of a memory page is used
// while it is open; registers hold two sums, a largest and a smallest magnitude of each.
inline constexpr int64_t column_vectors = f32_lanes >= 16 ? 4 : f32_lanes == 1 ? 1 : 2;

inline constexpr int64_t rows_ahead = 16;

// What one group of columns has been found to hold, a lane a column.
template <int64_t Vectors>
struct column_scan {
  alignas(64) uint32_t largest[Vectors * f32_lanes];
  alignas(64) uint32_t smallest[Vectors * f32_lanes];
  alignas(64) double sum[Vectors * f32_lanes];
};

template <int64_t Vectors>
BITWHERE_FN void scan_columns(const unsigned char* p, int64_t pitch, int64_t terms,
                              column_scan<Vectors>& to) {
  const f32_tag df;
  const u32_tag du;
  u32_vector largest[Vectors];
  u32_vector smallest[Vectors];
  f64_vector sum[Vectors][f64_parts];
  for (int64_t v = 0; v < Vectors; ++v) {
    largest[v] = hn::Zero(du);
    smallest[v] = hn::Set(du, ~0u);
    for (int64_t k = 0; k < f64_parts; ++k) sum[v][k] = hn::Zero(f64_tag());
  }
  for (int64_t i = 0; i < terms; ++i, p += pitch) {
#pragma GCC unroll 4
    for (int64_t v = 0; v < Vectors; ++v) {
      const unsigned char* const q = p + v * f32_lanes * 4;
      if (v * f32_lanes % 16 == 0) __builtin_prefetch(q + rows_ahead * pitch);
      const f32_vector x = hn::LoadU(df, reinterpret_cast<const float*>(q));
      const u32_vector magnitude = hn::And(hn::BitCast(du, x), hn::Set(du, 0x7fffffffu));
      largest[v] = larger_integer(largest[v], magnitude);
      smallest[v] = smaller_integer(smallest[v], hn::Sub(magnitude, hn::Set(du, 1u)));
      widened(x, [&](int64_t k, f64_vector wide) { sum[v][k] = hn::Add(sum[v][k], wide); });
    }
  }
  for (int64_t v = 0; v < Vectors; ++v) {
    hn::StoreU(largest[v], du, to.largest + v * f32_lanes);
    hn::StoreU(hn::Add(smallest[v], hn::Set(du, 1u)), du, to.smallest + v * f32_lanes);
    for (int64_t k = 0; k < f64_parts; ++k) {
      hn::StoreU(sum[v][k], f64_tag(), to.sum + v * f32_lanes + k * f64_lanes);
    }
  }
}

// One column, gathered.
BITWHERE_FN void add_column(const unsigned char* p, int64_t pitch, int64_t terms,
                            f32_accumulator& to) {
  float column[f32_step * 8];
  constexpr int64_t most = f32_step * 8;
  for (int64_t begin = 0; begin < terms; begin += most) {
    const int64_t n = terms - begin < most ? terms - begin : most;
    for (int64_t i = 0; i < n; ++i) column[i] = load<float>(p + (begin + i) * pitch);
    add_terms(column, n, to, nullptr, false);
  }
}

// As many columns as fit Vectors at a time; returns how many of `columns` from `first` on are done.
template <int64_t Vectors, class Accumulator>
BITWHERE_FN int64_t add_groups(const unsigned char* p, int64_t columns, int64_t pitch,
                               int64_t terms, int64_t first, Accumulator of) {
  constexpr int64_t group = Vectors * f32_lanes;
  for (; first + group <= columns; first += group) {
    column_scan<Vectors> scan;
    scan_columns<Vectors>(p + first * 4, pitch, terms, scan);
    for (int64_t c = 0; c < group; ++c) {
      const f32_range range = {scan.largest[c], scan.smallest[c]};
      if (range.largest == 0) continue;
      f32_accumulator& to = of(first + c);
      if (range.adds_exactly(terms)) {
        to.about_to_deposit(1);
        deposit_value(to.sum, scan.sum[c], 0);
      } else {
        add_column(p + (first + c) * 4, pitch, terms, to);
      }
    }
  }
  return first;
}

// Adds `terms` rows of `columns` neighbouring f32, row after row `pitch` bytes on; of(c) is column
// c's accumulator.
template <class Accumulator>
BITWHERE_FN void add_columns(const unsigned char* p, int64_t columns, int64_t pitch, int64_t terms,
                             Accumulator of) {
  int64_t done = add_groups<column_vectors>(p, columns, pitch, terms, 0, of);
  if constexpr (column_vectors > 1) done = add_groups<1>(p, columns, pitch, terms, done, of);
  for (; done < columns; ++done) add_column(p + done * 4, pitch, terms, of(done));
}

}  // namespace
}  // namespace bitwhere::kernels
