// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "class_loss_formula.hpp"
#include "loss_terms_cpu.hpp"

// The maximum and the sum of a pixel's classes that lie side by side: a lane a class.
namespace bitwhere::kernels {
namespace {

template <class C>
struct row_pair {
  C largest;
  C sum;
};

// From here on a row fills the running sums of a tile.
inline constexpr int64_t least_row_classes = class_lanes;

// Pixels whose rows stay in the L2 cache while they are looked at.
BITWHERE_FN int64_t rows_at_a_time(const class_scores& x) {
  constexpr int64_t bytes = 256 << 10;
  const int64_t fits = bytes / (x.classes * element_bytes(x.values.type));
  return fits < 1 ? 1 : fits > 256 ? 256 : fits;
}

BITWHERE_FN bool reads_rows(const class_loss_args& args) {
  return args.of == class_loss::cross_entropy && !sums_products(args) &&
         args.x.classes >= least_row_classes && classes_side_by_side(args.x);
}

template <class C>
BITWHERE_FN C load_score(dtype type, const unsigned char* p) {
  switch (type) {
    case dtype::f16:
      return static_cast<C>(widen(load<half_bits>(p)));
    case dtype::bf16:
      return static_cast<C>(widen(load<bfloat_bits>(p)));
    case dtype::f32:
      return static_cast<C>(load<float>(p));
    default:
      return static_cast<C>(load<double>(p));
  }
}

// (a_0 + a_1) + (a_2 + a_3) .. over 128 running sums, which are overwritten.
template <class C>
BITWHERE_FN C tree_of_lanes(C* a) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  int64_t n = class_lanes / 2;
  if constexpr (lanes > 1) {
    for (; n >= lanes; n /= 2) {
      for (int64_t i = 0; i < n; i += lanes) {
        decltype(hn::Zero(d)) even;
        decltype(hn::Zero(d)) odd;
        hn::LoadInterleaved2(d, a + 2 * i, even, odd);
        hn::StoreU(hn::Add(even, odd), d, a + i);
      }
    }
  }
  for (; n >= 1; n /= 2) {
    for (int64_t i = 0; i < n; ++i) a[i] = a[2 * i] + a[2 * i + 1];
  }
  return a[0];
}

// Lanes [0, 128) of a tile, whose classes beyond the last are -Inf and add +0.
template <class C>
[[gnu::noinline]] void class_row_tile(const C* x, int64_t n, C* room, C& largest, C& sum) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  const int64_t whole = n / class_lanes * class_lanes;
  const auto least = minus_infinity<simd_lane>(hn::Zero(d));
  alignas(64) C rest[class_lanes];
  for (int64_t i = 0; i < class_lanes; i += lanes) hn::StoreU(least, d, rest + i);
  memcpy(rest, x + whole, static_cast<size_t>(n - whole) * sizeof(C));
  auto top = least;
  auto other = least;
  for (int64_t i = 0; i < whole; i += 2 * lanes) {
    top = larger_number<simd_lane>(top, hn::LoadU(d, x + i));
    other = larger_number<simd_lane>(other, hn::LoadU(d, x + i + lanes));
  }
  for (int64_t i = 0; i < n - whole; i += lanes) {
    top = larger_number<simd_lane>(top, hn::LoadU(d, rest + i));
  }
  top = largest_of_lanes(d, larger_number<simd_lane>(top, other));
  const auto reference = reference_of<simd_lane>(top);
  for (int64_t l = 0; l < class_lanes; l += lanes) {
    auto running = hn::Zero(d);
    for (int64_t i = l; i < whole; i += class_lanes) {
      running = hn::Add(running, class_term<simd_lane>(hn::LoadU(d, x + i), reference));
    }
    if (l < n - whole) {
      running = hn::Add(running, class_term<simd_lane>(hn::LoadU(d, rest + l), reference));
    }
    hn::StoreU(running, d, room + l);
  }
  largest = hn::GetLane(top);
  sum = tree_of_lanes(room);
}

// Over all classes at `p`; `room` is for a tile of them.
template <class C>
[[gnu::noinline]] row_pair<C> class_row_pair(const convert_code& convert, const unsigned char* p,
                                             int64_t classes, C* room) {
  alignas(64) C running[class_lanes];
  C largest[class_lanes];
  C sums[class_lanes];
  const int64_t tiles = quotient_up(classes, class_tile);
  for (int64_t k = 0; k < tiles; ++k) {
    const int64_t left = classes - k * class_tile;
    const int64_t n = left < class_tile ? left : class_tile;
    const unsigned char* const from = p + k * class_tile * convert.from_bytes;
    const C* x = room;
    if (changes(convert)) {
      convert_run(convert, from, reinterpret_cast<unsigned char*>(room), n);
    } else if (reinterpret_cast<uintptr_t>(from) % sizeof(C) == 0) {
      x = reinterpret_cast<const C*>(from);
    } else {
      memcpy(room, from, static_cast<size_t>(n) * sizeof(C));
    }
    class_row_tile(x, n, running, largest[k], sums[k]);
  }
  if (tiles == 1) return {largest[0], sums[0]};
  C top = minus_infinity<scalar_lane>(C{0});
  for (int64_t k = 0; k < tiles; ++k) top = larger_number<scalar_lane>(top, largest[k]);
  const C reference = reference_of<scalar_lane>(top);
  const C sum = sum_of_tile<scalar_lane>(tiles, C{0}, [&](int64_t k) {
    return class_tile_term<scalar_lane>(largest[k], sums[k], reference);
  });
  return {top, sum};
}

}  // namespace
}  // namespace bitwhere::kernels
