// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "class_loss_args.hpp"
#include "class_loss_rooms.hpp"
#include "loss_terms_cpu.hpp"

// How the scores of a block of pixels come to the cache: classes one after another, the pixels of a
// class side by side.
namespace bitwhere::kernels {
namespace {

template <class C>
BITWHERE_FN constexpr int64_t padded(int64_t pixels) {
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  return quotient_up(pixels, lanes) * lanes;
}

// Pixels of a block: the longer the runs of a class, the better they are read from memory.
template <class C>
BITWHERE_FN int64_t block_pixels(int64_t classes) {
  const int64_t tile = classes < class_tile ? classes : class_tile;
  const int64_t fits = class_block_bytes / (tile * static_cast<int64_t>(sizeof(C)));
  const int64_t whole = fits / least_block_pixels * least_block_pixels;
  return whole < least_block_pixels  ? least_block_pixels
         : whole > most_block_pixels ? most_block_pixels
                                     : whole;
}

// Classes [first, first + n) of a tile of pixels whose classes lie side by side, `pitch` apart:
// read as they lie, a pixel after another.
template <class C>
void stage_rows(const space& s, const class_scores& from, const source_code& code, const tile& t,
                int64_t first, int64_t n, int64_t pitch, scratch& converted, C* stage) {
  const int64_t size = element_bytes(from.values.type);
  C* to = stage;
  for_each_run(s, from.values.stride_bytes, t.at, t.columns,
               [&](int64_t offset, int64_t stride, int64_t pixels) {
                 const unsigned char* p = from.values.data + offset + first * size;
                 for (int64_t k = 0; k < pixels; ++k, ++to, p += stride) {
                   const unsigned char* row = p;
                   if (changes(code.convert)) {
                     convert_run(code.convert, p, converted.bytes, n);
                     row = converted.bytes;
                   }
                   for (int64_t c = 0; c < n; ++c) {
                     to[c * pitch] = load<C>(row + c * static_cast<int64_t>(sizeof(C)));
                   }
                 }
               });
  for (int64_t c = 0; c < n; ++c) {
    for (int64_t i = t.columns; i < pitch; ++i) stage[c * pitch + i] = C{0};
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
