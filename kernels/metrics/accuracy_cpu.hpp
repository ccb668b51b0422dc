// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "pixel_cpu.hpp"

namespace bitwhere::kernels {
namespace {

// Both maps contiguous and of type T; a value fits `ignore` as bits, whatever T's sign. One pass:
// the hardware prefetches both maps while they are read side by side. `counted` has a bit for each
// pixel that counts, or is nullptr.
template <class T>
void count_agreeing(const unsigned char* p, const unsigned char* t, int64_t elements,
                    const ignore_list& ignore, const uint64_t* counted, accuracy_counts& found) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<T>());
  constexpr int64_t size = sizeof(T);
  const auto ignored_value = [&](int k) { return static_cast<T>(ignore.value[k]); };
  const auto first = hn::Set(d, ignore.count > 0 ? ignored_value(0) : T{0});
  int64_t correct = 0;
  int64_t invalid = 0;
  int64_t i = 0;
  for (; i + 64 <= elements; i += 64) {
    uint64_t agreed = 0;
    uint64_t ignored = counted == nullptr ? 0 : ~counted[i / 64];
    for (int64_t k = 0; k < 64; k += lanes) {
      const auto target = vectors<T>::load(d, t + (i + k) * size);
      const auto prediction = vectors<T>::load(d, p + (i + k) * size);
      agreed |= mask_to_bits(d, simd_lane::equal(target, prediction)) << k;
      if (ignore.count == 0) continue;
      auto skip = simd_lane::equal(target, first);
      for (int j = 1; j < ignore.count; ++j) {
        skip = simd_lane::either(skip, simd_lane::equal(target, hn::Set(d, ignored_value(j))));
      }
      ignored |= mask_to_bits(d, skip) << k;
    }
    correct += static_cast<int64_t>(hwy::PopCount(agreed & ~ignored));
    invalid += static_cast<int64_t>(hwy::PopCount(ignored));
  }
  for (; i < elements; ++i) {
    const T target = load<T>(t + i * size);
    bool skip = counted != nullptr && (counted[i / 64] >> (i % 64) & 1) == 0;
    for (int j = 0; j < ignore.count; ++j) {
      skip = skip || scalar_lane::equal(target, ignored_value(j));
    }
    invalid += skip ? 1 : 0;
    correct += !skip && scalar_lane::equal(target, load<T>(p + i * size)) ? 1 : 0;
  }
  found.correct += correct;
  found.valid += elements - invalid;
}

using agree_function = void (*)(const unsigned char*, const unsigned char*, int64_t,
                                const ignore_list&, const uint64_t*, accuracy_counts&);

agree_function agree_function_of(int64_t bytes) {
  switch (bytes) {
    case 1:
      return count_agreeing<uint8_t>;
    case 2:
      return count_agreeing<int16_t>;
    case 4:
      return count_agreeing<int32_t>;
    default:
      return count_agreeing<int64_t>;
  }
}

// Pixels [begin, end).
void accuracy_range(const accuracy_args& args, int64_t begin, int64_t end, accuracy_counts& found) {
  const pixel_args& pixels = args.pixels;
  pixel_code code;
  choose_code(pixels, code);
  // Equal bytes mean equal labels only within one dtype.
  const bool one_kind = !pixels.from_scores && pixels.prediction.kind == pixels.target.kind;
  const agree_function agree = agree_function_of(one_kind ? code.target_bytes : 8);
  // Labels that are read where they lie need no tiles.
  const bool in_place = one_kind && !pixels.conditional &&
                        pixels.prediction.values.reach == access::direct &&
                        pixels.target.values.reach == access::direct;
  const int64_t limit = in_place ? end - begin : label_tile;
  alignas(64) int32_t classes[label_tile];
  pixel_rooms rooms;
  scratch wide[2];
  accuracy_counts seen = {0, 0};
  for_each_tile(pixels.s, begin, end, 0, limit, [&](const tile& at) {
    const int64_t n = at.columns;
    const unsigned char* t =
        fetch_labels(pixels.s, pixels.target, code.target, code.target_bytes, at, rooms.labels[0]);
    const unsigned char* p = wide[0].bytes;
    if (pixels.from_scores) {
      code.argmax(pixels.s, pixels.scores, at, rooms.labels[1], classes);
      narrow_labels<int64_t>(classes, n, wide[0].bytes);
    } else {
      p = fetch_labels(pixels.s, pixels.prediction, code.prediction, code.prediction_bytes, at,
                       rooms.labels[1]);
      if (!one_kind) {
        code.prediction.widen(p, n, wide[0].bytes);
        p = wide[0].bytes;
      }
    }
    if (!one_kind) {
      code.target.widen(t, n, wide[1].bytes);
      t = wide[1].bytes;
    }
    agree(p, t, n, pixels.ignore, counted_bits(pixels, code, at, rooms), seen);
  });
  found.correct += seen.correct;
  found.valid += seen.valid;
}

}  // namespace
}  // namespace bitwhere::kernels
