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

// Whether 64 pixels are of one cell.
BITWHERE_FN bool all_cells(const int32_t* cells, int32_t one) {
  const hn::ScalableTag<int32_t> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<int32_t>());
  const auto wanted = hn::Set(d, one);
  for (int64_t i = 0; i < 64; i += lanes) {
    if (!hn::AllTrue(d, hn::Eq(hn::LoadU(d, cells + i), wanted))) return false;
  }
  return true;
}

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
    if (all_cells(cells + i, cells[i])) {
      h0[cells[i]] += 64;
      continue;
    }
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

// Whether 64 labels from `p` on are that at `one`.
template <class T>
BITWHERE_FN bool uniform_as(const unsigned char* one, const unsigned char* p) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<T>());
  const auto first = hn::Set(d, load<T>(one));
  for (int64_t i = 0; i < 64; i += lanes) {
    const auto labels = hn::LoadU(d, reinterpret_cast<const T*>(p) + i);
    if (!hn::AllTrue(d, hn::Eq(labels, first))) return false;
  }
  return true;
}

BITWHERE_FN bool uniform(const unsigned char* one, const unsigned char* p, int64_t label_size) {
  return label_size == 1 ? uniform_as<uint8_t>(one, p) : uniform_as<int16_t>(one, p);
}

// Two label maps of a tile, and what the next tile reads of them.
struct label_tile_of {
  const unsigned char* target;
  const unsigned char* prediction;
  int64_t elements;
  int64_t first_index;
};

// Counts the pixels of a range, a tile at a time.
class pixel_counter {
 public:
  pixel_counter(const confusion_args& args, const pixel_code& code, const histogram& into)
      : args_(args), code_(code), into_(into) {}

  // Target codes and predicted classes of a tile, to be filled before `count`.
  alignas(64) int32_t targets[label_tile];
  alignas(64) int32_t cells[label_tile];

  BITWHERE_FN void count(int64_t elements, int64_t first_index, const upcoming& predictions,
                         const upcoming& next_targets) {
    const int32_t nowhere = args_.classes * args_.classes;
    if (fill_cells(targets, cells, elements, args_.classes)) {
      note_bad(targets, cells, elements, nowhere, first_index, seen_);
    }
    if (into_.bins == nullptr) {
      count_cells_shared(cells, elements, into_, args_.pixels.pixel_weight);
    } else {
      count_cells(cells, elements, into_, predictions, next_targets);
    }
  }

  // Label maps mostly show one pair of labels over long runs. Those of narrow labels are counted
  // as they are read, without a code for each.
  BITWHERE_FN void count_labels(const label_tile_of& maps) {
    int64_t counted = 0;
    if (code_.target_bytes <= 2 && code_.prediction_bytes <= 2) {
      for (int64_t i = 0; i + step <= maps.elements;) {
        int64_t end = i;
        while (end + step <= maps.elements && like(maps, i, end)) end += step;
        if (end == i) {
          i += step;
          continue;
        }
        count_span(maps, counted, i);
        count_run(maps, i, end - i);
        counted = i = end;
      }
    }
    count_span(maps, counted, maps.elements);
  }

  const report& seen() const { return seen_; }

 private:
  static constexpr int64_t step = 64;

  // Whether the labels of a step from `begin` on are those of pixel `one`.
  BITWHERE_FN bool like(const label_tile_of& maps, int64_t one, int64_t begin) const {
    const int64_t t_bytes = code_.target_bytes;
    const int64_t p_bytes = code_.prediction_bytes;
    return uniform(maps.target + one * t_bytes, maps.target + begin * t_bytes, t_bytes) &&
           uniform(maps.prediction + one * p_bytes, maps.prediction + begin * p_bytes, p_bytes);
  }

  BITWHERE_FN void fill(const label_tile_of& maps, int64_t begin, int64_t elements) {
    const ignore_list& ignore = args_.pixels.ignore;
    code_.target.target(maps.target + begin * code_.target_bytes, elements, args_.classes, ignore,
                        targets);
    code_.prediction.prediction(maps.prediction + begin * code_.prediction_bytes, elements,
                                args_.classes, ignore, cells);
  }

  // Of the next tile, what lies where pixel `begin` does in this one.
  BITWHERE_FN upcoming next(const unsigned char* map, const label_tile_of& maps, int64_t begin,
                            int64_t bytes) const {
    return {map + (maps.elements + begin) * bytes, bytes};
  }

  BITWHERE_FN void count_span(const label_tile_of& maps, int64_t begin, int64_t end) {
    if (begin == end) return;
    fill(maps, begin, end - begin);
    count(end - begin, maps.first_index + begin,
          next(maps.prediction, maps, begin, code_.prediction_bytes),
          next(maps.target, maps, begin, code_.target_bytes));
  }

  // Pixels that are all like the first.
  BITWHERE_FN void count_run(const label_tile_of& maps, int64_t begin, int64_t elements) {
    const upcoming predictions = next(maps.prediction, maps, begin, code_.prediction_bytes);
    const upcoming next_targets = next(maps.target, maps, begin, code_.target_bytes);
    for (int64_t i = 0; i < elements; i += step) {
      predictions.prefetch_64_pixels(i);
      next_targets.prefetch_64_pixels(i);
    }
    fill(maps, begin, 1);
    if (fill_cells(targets, cells, 1, args_.classes)) {
      merge(seen_, {elements, maps.first_index + begin});
    } else if (into_.bins != nullptr) {
      into_.bins[cells[0]] += static_cast<uint32_t>(elements);
    } else if (cells[0] != into_.cells - 1) {
      __atomic_fetch_add(into_.shared + cells[0], times(elements, args_.pixels.pixel_weight),
                         __ATOMIC_RELAXED);
    }
  }

  const confusion_args& args_;
  const pixel_code& code_;
  const histogram& into_;
  report seen_ = {0, -1};
};

// Pixels [begin, end); at most 2^31 of them between two flushes of the histogram.
void confusion_range(const confusion_args& args, int64_t begin, int64_t end, const histogram& into,
                     report& found) {
  const pixel_args& pixels = args.pixels;
  pixel_code code;
  choose_code(pixels, code);
  pixel_rooms rooms;
  pixel_counter counter(args, code, into);
  for_each_tile(pixels.s, begin, end, 0, label_tile, [&](const tile& at) {
    const int64_t n = at.columns;
    const int64_t first_index = args.first_element + at.element;
    const unsigned char* t =
        fetch_labels(pixels.s, pixels.target, code.target, code.target_bytes, at, rooms.labels[0]);
    const unsigned char* p = nullptr;
    if (!pixels.from_scores) {
      p = fetch_labels(pixels.s, pixels.prediction, code.prediction, code.prediction_bytes, at,
                       rooms.labels[1]);
      if (!pixels.conditional) {
        counter.count_labels({t, p, n, first_index});
        return;
      }
      code.prediction.prediction(p, n, args.classes, pixels.ignore, counter.cells);
    } else {
      code.argmax(pixels.s, pixels.scores, at, rooms.labels[1], counter.cells);
    }
    code.target.target(t, n, args.classes, pixels.ignore, counter.targets);
    const uint64_t* counted = counted_bits(pixels, code, at, rooms);
    if (counted != nullptr) ignore_others(counted, n, counter.targets);
    counter.count(n, first_index, {t, 0}, {t + n * code.target_bytes, code.target_bytes});
  });
  merge(found, counter.seen());
}

}  // namespace
}  // namespace bitwhere::kernels
