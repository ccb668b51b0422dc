// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_cpu.hpp"
#include "label_cpu.hpp"

namespace bitwhere::kernels {
namespace {

// Words of target == prediction, both contiguous and of type T.
template <class T>
void agree_words(const unsigned char* p, const unsigned char* t, int64_t elements,
                 uint64_t* words) {
  const hn::ScalableTag<T> d;
  constexpr int64_t size = sizeof(T);
  fill_words_with<hn::MaxLanes(hn::ScalableTag<T>())>(
      elements, words,
      [&](int64_t i) {
        return mask_to_bits(d, simd_lane::equal(vectors<T>::load(d, p + i * size),
                                                vectors<T>::load(d, t + i * size)));
      },
      [&](int64_t i) { return scalar_lane::equal(load<T>(p + i * size), load<T>(t + i * size)); });
}

using agree_function = void (*)(const unsigned char*, const unsigned char*, int64_t, uint64_t*);

agree_function agree_function_of(int64_t bytes) {
  switch (bytes) {
    case 1:
      return agree_words<uint8_t>;
    case 2:
      return agree_words<int16_t>;
    case 4:
      return agree_words<int32_t>;
    default:
      return agree_words<int64_t>;
  }
}

// The leaf `label == value`, one for each ignored value.
BITWHERE_FN leaf equals(label_kind kind, int64_t value) {
  leaf out = {};
  out.kind =
      static_cast<leaf_kind>(static_cast<int32_t>(kind) + static_cast<int32_t>(leaf_kind::u8));
  out.order = comparison::equal;
  out.threshold.integer = value;
  return out;
}

// words: pixels whose target counts.
void valid_words(const labels& target, const ignore_list& ignore, fill_function fill,
                 const unsigned char* t, int64_t elements, uint64_t* words) {
  uint64_t ignored[label_tile / 64];
  const int64_t count = (elements + 63) / 64;
  for (int64_t w = 0; w < count; ++w) words[w] = ~uint64_t{0};
  if (elements % 64 != 0) words[count - 1] = (uint64_t{1} << (elements % 64)) - 1;
  for (int k = 0; k < ignore.count; ++k) {
    fill(equals(target.kind, ignore.value[k]), t, elements, ignored);
    for (int64_t w = 0; w < count; ++w) words[w] &= ~ignored[w];
  }
}

// Pixels [begin, end).
void accuracy_range(const accuracy_args& args, int64_t begin, int64_t end, accuracy_counts& found) {
  const label_code prediction = label_code_of(args.prediction.kind);
  const label_code target = label_code_of(args.target.kind);
  const int64_t prediction_bytes = label_bytes(args.prediction.kind);
  const int64_t target_bytes = label_bytes(args.target.kind);
  // Equal bytes mean equal labels only within one dtype.
  const bool one_kind = args.prediction.kind == args.target.kind;
  const agree_function agree = agree_function_of(one_kind ? target_bytes : 8);
  const fill_function fill = code_of(equals(args.target.kind, 0)).fill;
  uint64_t agreed[label_tile / 64];
  uint64_t valid[label_tile / 64];
  scratch rooms[4];
  int64_t correct = 0;
  int64_t counted = 0;
  for_each_tile(
      args.s, args.cut, begin, end, 0, label_tile, [&](const position& at, int64_t, int64_t n) {
        const unsigned char* p =
            fetch_labels(args.s, args.prediction, prediction, prediction_bytes, at, n, rooms[0]);
        const unsigned char* t =
            fetch_labels(args.s, args.target, target, target_bytes, at, n, rooms[1]);
        valid_words(args.target, args.ignore, fill, t, n, valid);
        if (!one_kind) {
          prediction.widen(p, n, rooms[2].bytes);
          target.widen(t, n, rooms[3].bytes);
          p = rooms[2].bytes;
          t = rooms[3].bytes;
        }
        agree(p, t, n, agreed);
        for (int64_t w = 0; w * 64 < n; ++w) {
          correct += static_cast<int64_t>(hwy::PopCount(agreed[w] & valid[w]));
          counted += static_cast<int64_t>(hwy::PopCount(valid[w]));
        }
      });
  found.correct += correct;
  found.valid += counted;
}

}  // namespace
}  // namespace bitwhere::kernels
