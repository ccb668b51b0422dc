// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "metrics_cpu.hpp"
#include "pixel_cpu.hpp"

namespace bitwhere::kernels {
namespace {

// Cells of a tile's pixels; returns whether any pixel is bad.
bool fill_cells(const int32_t* targets, int32_t* predictions_to_cells, int64_t elements,
                int32_t classes) {
  const hn::ScalableTag<int32_t> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<int32_t>());
  const int32_t nowhere = classes * classes;
  const auto v_classes = hn::Set(d, classes);
  const auto v_nowhere = hn::Set(d, nowhere);
  auto any_bad = hn::Zero(d);
  bool bad = false;
  int64_t i = 0;
  for (; i + lanes <= elements; i += lanes) {
    const auto t = hn::LoadU(d, targets + i);
    const auto p = hn::LoadU(d, predictions_to_cells + i);
    any_bad = hn::Or(any_bad, hn::VecFromMask(d, bad_pixel<simd_lane>(t, p)));
    hn::StoreU(confusion_cell<simd_lane>(t, p, v_classes, v_nowhere), d, predictions_to_cells + i);
  }
  for (; i < elements; ++i) {
    const int32_t t = targets[i];
    const int32_t p = predictions_to_cells[i];
    bad = bad || bad_pixel<scalar_lane>(t, p);
    predictions_to_cells[i] = confusion_cell<scalar_lane>(t, p, classes, nowhere);
  }
  return bad || !hn::AllTrue(d, hn::Eq(any_bad, hn::Zero(d)));
}

// After fill_cells a pixel in no cell is either ignored or bad.
void note_bad(const int32_t* targets, const int32_t* cells, int64_t elements, int32_t nowhere,
              int64_t first_index, report& found) {
  for (int64_t i = 0; i < elements; ++i) {
    if (cells[i] != nowhere || targets[i] == code_ignored) continue;
    if (found.count++ == 0) found.first_index = first_index + i;
  }
}

// What the next tile reads, so many bytes a pixel. Counting leaves the memory idle: it is asked for
// them meanwhile. Asking beyond the end of a map is harmless.
struct upcoming {
  const unsigned char* next;
  int64_t bytes;

  BITWHERE_FN void prefetch_64_pixels(int64_t from) const {
    for (int64_t b = 0; b < bytes; ++b) __builtin_prefetch(next + from * bytes + b * 64, 0, 2);
  }
};

// Neighbouring pixels are mostly of one class: counting them in turns in separate copies keeps an
// increment from waiting for the one before it.
void count_cells(const int32_t* cells, int64_t elements, const histogram& into,
                 const upcoming& predictions, const upcoming& targets) {
  const int64_t stride = into.copies > 1 ? into.cells : 0;
  uint32_t* h0 = into.bins;
  uint32_t* h1 = h0 + stride;
  uint32_t* h2 = h1 + stride;
  uint32_t* h3 = h2 + stride;
  int64_t i = 0;
  for (; i + 64 <= elements; i += 64) {
    predictions.prefetch_64_pixels(i);
    targets.prefetch_64_pixels(i);
    for (int64_t k = i; k < i + 64; k += 4) {
      ++h0[cells[k]];
      ++h1[cells[k + 1]];
      ++h2[cells[k + 2]];
      ++h3[cells[k + 3]];
    }
  }
  for (; i < elements; ++i) ++h0[cells[i]];
}

// Runs of one cell are added at once: threads that meet in a cell then wait for each other once a
// run and not once a pixel.
void count_cells_shared(const int32_t* cells, int64_t elements, const histogram& into,
                        int64_t pixel_weight) {
  const int32_t nowhere = static_cast<int32_t>(into.cells - 1);
  for (int64_t i = 0; i < elements;) {
    const int32_t cell = cells[i];
    // The matrix is larger than the cache: its cells are asked for well before their turn.
    if (i + 32 < elements) __builtin_prefetch(into.shared + cells[i + 32], 1);
    int64_t run = 1;
    while (i + run < elements && cells[i + run] == cell) ++run;
    if (cell != nowhere) {
      __atomic_fetch_add(into.shared + cell, times(run, pixel_weight), __ATOMIC_RELAXED);
    }
    i += run;
  }
}

// Pixels without their bit become ignored ones.
void ignore_others(const uint64_t* words, int64_t elements, int32_t* targets) {
  const hn::ScalableTag<int32_t> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<int32_t>());
  const auto ignored = hn::Set(d, code_ignored);
  int64_t i = 0;
  for (; i + lanes <= elements; i += lanes) {
    const auto counted = bits_to_mask(d, words[i / 64] >> (i % 64));
    hn::StoreU(hn::IfThenElse(counted, hn::LoadU(d, targets + i), ignored), d, targets + i);
  }
  for (; i < elements; ++i) {
    if ((words[i / 64] >> (i % 64) & 1) == 0) targets[i] = code_ignored;
  }
}

// Pixels [begin, end); at most 2^31 of them between two flushes of the histogram.
void confusion_range(const confusion_args& args, int64_t begin, int64_t end, const histogram& into,
                     report& found) {
  const pixel_args& pixels = args.pixels;
  pixel_code code;
  choose_code(pixels, code);
  const int32_t nowhere = args.classes * args.classes;
  alignas(64) int32_t targets[label_tile];
  alignas(64) int32_t cells[label_tile];
  pixel_rooms rooms;
  report seen = {0, -1};
  for_each_tile(pixels.s, begin, end, 0, label_tile, [&](const tile& at) {
    const int64_t n = at.columns;
    const unsigned char* t =
        fetch_labels(pixels.s, pixels.target, code.target, code.target_bytes, at, rooms.labels[0]);
    code.target.target(t, n, args.classes, pixels.ignore, targets);
    const uint64_t* counted = counted_bits(pixels, code, at, rooms);
    if (counted != nullptr) ignore_others(counted, n, targets);
    upcoming predictions = {t, 0};
    if (pixels.from_scores) {
      code.argmax(pixels.s, pixels.scores, at, rooms.labels[1], cells);
    } else {
      const unsigned char* p = fetch_labels(pixels.s, pixels.prediction, code.prediction,
                                            code.prediction_bytes, at, rooms.labels[1]);
      code.prediction.prediction(p, n, args.classes, pixels.ignore, cells);
      predictions = {p + n * code.prediction_bytes, code.prediction_bytes};
    }
    if (fill_cells(targets, cells, n, args.classes)) {
      note_bad(targets, cells, n, nowhere, args.first_element + at.element, seen);
    }
    if (into.bins == nullptr) {
      count_cells_shared(cells, n, into, pixels.pixel_weight);
    } else {
      count_cells(cells, n, into, predictions, {t + n * code.target_bytes, code.target_bytes});
    }
  });
  merge(found, seen);
}

}  // namespace
}  // namespace bitwhere::kernels
