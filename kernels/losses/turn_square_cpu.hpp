// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/simd.hpp"

// The transpose of a small square of elements, as many a side as a vector of 16 bytes has.
namespace bitwhere::kernels {
namespace {

// Element c + j of row k becomes element k of the row j at `to`, which are `pitch` apart.
#if HWY_TARGET == HWY_SCALAR
inline constexpr int64_t square_of(int64_t) { return 1; }
template <class C>
BITWHERE_FN void turn_square(const C* const* rows, int64_t c, int64_t, C* to) {
  *to = rows[0][c];
}
#else
inline constexpr int64_t square_of(int64_t element_bytes) { return 16 / element_bytes; }

BITWHERE_FN void turn_square(const float* const* rows, int64_t c, int64_t pitch, float* to) {
  const hn::Full128<float> d;
  const auto a = hn::LoadU(d, rows[0] + c);
  const auto b = hn::LoadU(d, rows[1] + c);
  const auto e = hn::LoadU(d, rows[2] + c);
  const auto f = hn::LoadU(d, rows[3] + c);
  const auto low_ab = hn::InterleaveLower(d, a, b);
  const auto low_ef = hn::InterleaveLower(d, e, f);
  const auto high_ab = hn::InterleaveUpper(d, a, b);
  const auto high_ef = hn::InterleaveUpper(d, e, f);
  hn::StoreU(hn::ConcatLowerLower(d, low_ef, low_ab), d, to);
  hn::StoreU(hn::ConcatUpperUpper(d, low_ef, low_ab), d, to + pitch);
  hn::StoreU(hn::ConcatLowerLower(d, high_ef, high_ab), d, to + 2 * pitch);
  hn::StoreU(hn::ConcatUpperUpper(d, high_ef, high_ab), d, to + 3 * pitch);
}

BITWHERE_FN void turn_square(const double* const* rows, int64_t c, int64_t pitch, double* to) {
  const hn::Full128<double> d;
  const auto a = hn::LoadU(d, rows[0] + c);
  const auto b = hn::LoadU(d, rows[1] + c);
  hn::StoreU(hn::InterleaveLower(d, a, b), d, to);
  hn::StoreU(hn::InterleaveUpper(d, a, b), d, to + pitch);
}
#endif

}  // namespace
}  // namespace bitwhere::kernels
