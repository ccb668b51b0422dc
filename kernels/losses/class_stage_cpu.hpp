// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "class_loss_args.hpp"
#include "class_loss_rooms.hpp"
#include "loss_terms_cpu.hpp"
#include "turn_square_cpu.hpp"

// How the scores of a block of pixels come to the cache: classes one after another, the pixels of a
// class side by side.
namespace bitwhere::kernels {
namespace {

// Pixels with what is behind the last of a block: whole cache lines, which whole vectors are, too.
template <class C>
BITWHERE_FN constexpr int64_t padded(int64_t pixels) {
  constexpr int64_t line = 64 / static_cast<int64_t>(sizeof(C));
  static_assert(line % hn::MaxLanes(hn::ScalableTag<C>()) == 0);
  return quotient_up(pixels, line) * line;
}

// Pixels of a block: the longer the runs of a class, the better they are read from memory. An odd
// number of cache lines, where that leaves most of them: classes a power of two apart would share
// few sets of the cache.
template <class C>
BITWHERE_FN int64_t block_pixels(int64_t classes) {
  constexpr int64_t line = 64 / static_cast<int64_t>(sizeof(C));
  const int64_t tile = classes < class_tile ? classes : class_tile;
  const int64_t fits = class_block_bytes / (tile * static_cast<int64_t>(sizeof(C)));
  int64_t whole = fits / least_block_pixels * least_block_pixels;
  if (whole > most_block_pixels) whole = most_block_pixels;
  if (whole >= 4 * least_block_pixels && whole / line % 2 == 0) whole -= line;
  return whole < least_block_pixels ? least_block_pixels : whole;
}

// Rows that are turned at a time: as many as fill a cache line of a class; and classes of them,
// which in C fit a scratch.
template <class C>
inline constexpr int64_t turned_rows = 64 / static_cast<int64_t>(sizeof(C));
inline constexpr int64_t turned_classes = 128;

// `n` classes of a full group of rows: whole lines of a class are written at a time.
template <class C>
[[gnu::noinline]] void turn_rows(const C* const* rows, int64_t n, int64_t pitch, C* to) {
  constexpr int64_t side = square_of(sizeof(C));
  int64_t c = 0;
  for (; c + side <= n; c += side) {
    for (int64_t k = 0; k < turned_rows<C>; k += side) {
      turn_square(rows + k, c, pitch, to + c * pitch + k);
    }
  }
  for (; c < n; ++c) {
    for (int64_t k = 0; k < turned_rows<C>; ++k) to[c * pitch + k] = rows[k][c];
  }
}

// Classes [first, first + n) of a tile of pixels whose classes lie side by side, `pitch` apart.
template <class C>
void stage_rows(const space& s, const class_scores& from, const source_code& code, const tile& t,
                int64_t first, int64_t n, int64_t pitch, scratch& converted, C* stage) {
  const int64_t size = element_bytes(from.values.type);
  const unsigned char* pixels[most_block_pixels];
  int64_t found = 0;
  for_each_run(s, from.values.stride_bytes, t.at, t.columns,
               [&](int64_t offset, int64_t stride, int64_t count) {
                 const unsigned char* p = from.values.data + offset + first * size;
                 for (int64_t k = 0; k < count; ++k, p += stride) pixels[found++] = p;
               });
  const bool converts = changes(code.convert);
  auto* const room = reinterpret_cast<C*>(converted.bytes);
  for (int64_t i = 0; i < pitch; i += turned_rows<C>) {
    for (int64_t c = 0; c < n; c += turned_classes) {
      const int64_t m = n - c < turned_classes ? n - c : turned_classes;
      const C* rows[turned_rows<C>];
      for (int64_t k = 0; k < turned_rows<C>; ++k) {
        // What is behind the last pixel repeats it: a number as good as any.
        const unsigned char* const p = pixels[i + k < t.columns ? i + k : t.columns - 1] + c * size;
        C* const here = room + k * turned_classes;
        rows[k] = here;
        if (converts) {
          convert_run(code.convert, p, reinterpret_cast<unsigned char*>(here), m);
        } else if (reinterpret_cast<uintptr_t>(p) % sizeof(C) == 0) {
          rows[k] = reinterpret_cast<const C*>(p);
        } else {
          memcpy(here, p, static_cast<size_t>(m) * sizeof(C));
        }
      }
      turn_rows(rows, m, pitch, stage + c * pitch + i);
    }
  }
}

// Classes [first, first + n) of a tile of pixels, `pitch` apart.
template <class C>
void stage_classes(const space& s, const class_scores& from, const source_code& code, const tile& t,
                   int64_t first, int64_t n, int64_t pitch, scratch& packed, C* stage) {
  if (classes_side_by_side(from)) {
    stage_rows(s, from, code, t, first, n, pitch, packed, stage);
    return;
  }
  operand plane = from.values;
  const int64_t columns = t.columns;
  for (int64_t c = 0; c < n; ++c) {
    plane.data = from.values.data + (first + c) * from.class_stride_bytes;
    const strip raw = code.fetch(s, plane, t, packed);
    auto* const row = reinterpret_cast<unsigned char*>(stage + c * pitch);
    const int64_t many = raw.splat ? 1 : columns;
    if (changes(code.convert)) {
      convert_run(code.convert, raw.p, row, many);
    } else {
      memcpy(row, raw.p, static_cast<size_t>(many) * sizeof(C));
    }
    C* const to = stage + c * pitch;
    if (raw.splat) {
      for (int64_t i = 1; i < columns; ++i) to[i] = to[0];
    }
    for (int64_t i = columns; i < pitch; ++i) to[i] = C{0};
  }
}

}  // namespace
}  // namespace bitwhere::kernels
