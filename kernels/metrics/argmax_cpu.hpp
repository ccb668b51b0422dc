// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "label_cpu.hpp"

// The largest of a pixel's scores, a tile of pixels at a time.
namespace bitwhere::kernels {
namespace {

// Scores of type T as they are compared, and indices of their width.
template <class T>
struct score_lanes {
  using value = decltype(widen(T()));
  using tag = typename vectors<T>::tag;
  using index_tag = hn::RebindToSigned<tag>;
  using index = hn::TFromD<index_tag>;
  static constexpr int64_t lanes = hn::MaxLanes(tag());
};

// Classes lie apart and pixels side by side: the best so far of a whole tile stays in the L1 cache,
// and several classes are compared with it at a time.
template <class T>
struct best_of_tile {
  using lanes_of = score_lanes<T>;
  using value = typename lanes_of::value;
  using index_of = typename lanes_of::index;
  alignas(64) value best[label_tile];
  alignas(64) index_of index[label_tile];

  BITWHERE_FN void begin(const strip& from, int64_t n) {
    constexpr int64_t size = sizeof(T);
    for (int64_t i = 0; i < n; ++i) {
      best[i] = widen(load<T>(from.p + (from.splat ? 0 : i * size)));
      index[i] = 0;
    }
  }

  BITWHERE_FN void take_one(int64_t i, const unsigned char* p, int64_t c) {
    const value later = widen(load<T>(p));
    if (!better<scalar_lane>(later, best[i])) return;
    best[i] = later;
    index[i] = static_cast<index_of>(c);
  }

  // Classes c, c + 1, .. of pixels side by side, `stride` bytes from a class to the next.
  template <int Classes>
  BITWHERE_FN void take(const unsigned char* p, int64_t stride, int64_t n, int64_t c) {
    const typename lanes_of::tag d;
    const typename lanes_of::index_tag di;
    constexpr int64_t size = sizeof(T);
    constexpr int64_t lanes = lanes_of::lanes;
    int64_t i = 0;
    for (; i + lanes <= n; i += lanes) {
      auto top = hn::LoadU(d, best + i);
      auto at = hn::LoadU(di, index + i);
#pragma GCC unroll 8
      for (int k = 0; k < Classes; ++k) {
        const unsigned char* q = p + k * stride + i * size;
        // What the next tile reads of this class.
        if (i * size % 64 == 0) __builtin_prefetch(q + n * size, 0, 2);
        const auto later = vectors<T>::load(d, q);
        const auto wins = better<simd_lane>(later, top);
        top = simd_lane::select(wins, later, top);
        at = simd_lane::select(hn::RebindMask(di, wins), hn::Set(di, static_cast<index_of>(c + k)),
                               at);
      }
      hn::StoreU(top, d, best + i);
      hn::StoreU(at, di, index + i);
    }
    for (; i < n; ++i) {
      for (int k = 0; k < Classes; ++k) take_one(i, p + k * stride + i * size, c + k);
    }
  }
};

template <class T>
void argmax_planes(const space& s, const class_scores& from, const tile& t, scratch& room,
                   int32_t* classes) {
  constexpr int at_once = 4;
  const int64_t n = t.columns;
  best_of_tile<T> found;
  operand plane = from.values;
  found.begin(fetch<T>(s, plane, t, room), n);
  int64_t c = 1;
  if (plane.reach == access::direct) {
    const int64_t stride = from.class_stride_bytes;
    const unsigned char* p = plane.data + offset_of(s, plane.stride_bytes, t.at);
    for (; c + at_once <= from.classes; c += at_once) {
      found.template take<at_once>(p + c * stride, stride, n, c);
    }
    for (; c < from.classes; ++c) found.template take<1>(p + c * stride, stride, n, c);
  }
  for (; c < from.classes; ++c) {
    plane.data = from.values.data + c * from.class_stride_bytes;
    const strip scores = fetch<T>(s, plane, t, room);
    if (scores.splat) {
      for (int64_t i = 0; i < n; ++i) found.take_one(i, scores.p, c);
    } else {
      found.template take<1>(scores.p, 0, n, c);
    }
  }
  for (int64_t i = 0; i < n; ++i) classes[i] = static_cast<int32_t>(found.index[i]);
}

// The largest of all lanes, in every lane; no lane is NaN. Every step folds a vector onto itself.
template <class D, class V>
BITWHERE_FN V largest_of_lanes(D d, V v) {
  constexpr size_t lanes = hn::MaxLanes(D());
  const auto fold = [&](V other) { v = simd_lane::select(simd_lane::less(v, other), other, v); };
  if constexpr (lanes > 1) fold(hn::Reverse(d, v));
  if constexpr (lanes > 8) fold(hn::Reverse8(d, v));
  if constexpr (lanes > 4) fold(hn::Reverse4(d, v));
  if constexpr (lanes > 2) fold(hn::Reverse2(d, v));
  return v;
}

// The classes of a pixel lie side by side. First the largest is found, then where it comes first:
// the row is in the cache by then, and no lane has to remember an index.
template <class T>
BITWHERE_FN int32_t argmax_row(const unsigned char* p, int64_t classes) {
  using lanes_of = score_lanes<T>;
  constexpr int64_t size = sizeof(T);
  constexpr int64_t lanes = lanes_of::lanes;
  if (classes < lanes || lanes == 1) {
    auto best = widen(load<T>(p));
    int32_t index = 0;
    for (int64_t c = 1; c < classes; ++c) {
      const auto later = widen(load<T>(p + c * size));
      if (!better<scalar_lane>(later, best)) continue;
      best = later;
      index = static_cast<int32_t>(c);
    }
    return index;
  }
  const typename lanes_of::tag d;
  // The last vector reaches back over classes that have been seen, which changes nothing.
  const int64_t last = classes - lanes;
  auto top = vectors<T>::load(d, p + last * size);
  auto numbers = simd_lane::equal(top, top);
  for (int64_t c = 0; c < last; c += lanes) {
    const auto later = vectors<T>::load(d, p + c * size);
    numbers = simd_lane::both(numbers, simd_lane::equal(later, later));
    top = simd_lane::select(simd_lane::less(top, later), later, top);
  }
  const bool any_nan = !hn::AllTrue(d, numbers);
  if (!any_nan) top = largest_of_lanes(d, top);
  for (int64_t c = 0;; c += lanes) {
    const int64_t begin = c < last ? c : last;
    const auto scores = vectors<T>::load(d, p + begin * size);
    const auto wanted = any_nan ? simd_lane::negate(simd_lane::equal(scores, scores))
                                : simd_lane::equal(scores, top);
    const intptr_t lane = hn::FindFirstTrue(d, wanted);
    if (lane >= 0) return static_cast<int32_t>(begin + lane);
  }
}

template <class T>
void argmax_rows(const space& s, const class_scores& from, const tile& t, scratch&,
                 int32_t* classes) {
  for_each_run(s, from.values.stride_bytes, t.at, t.columns,
               [&](int64_t offset, int64_t stride, int64_t n) {
                 const unsigned char* p = from.values.data + offset;
                 for (int64_t i = 0; i < n; ++i, p += stride) {
                   *classes++ = argmax_row<T>(p, from.classes);
                 }
               });
}

// Fills the classes of a tile of one row, at most label_tile pixels.
using argmax_function = void (*)(const space&, const class_scores&, const tile&, scratch&,
                                 int32_t*);

bool classes_side_by_side(const class_scores& from) {
  return from.class_stride_bytes == element_bytes(from.values.type) &&
         from.values.reach != access::direct;
}

const char* argmax_path(const class_scores& from) {
  return classes_side_by_side(from) ? "argmax.rows" : "argmax.planes";
}

template <class T>
argmax_function argmax_code_for(const class_scores& from) {
  return classes_side_by_side(from) ? argmax_rows<T> : argmax_planes<T>;
}

// The one switch over the dtypes of scores, taken once a range.
argmax_function argmax_code_of(const class_scores& from) {
  switch (from.values.type) {
    case dtype::f16:
      return argmax_code_for<half_bits>(from);
    case dtype::bf16:
      return argmax_code_for<bfloat_bits>(from);
    case dtype::f32:
      return argmax_code_for<float>(from);
    default:
      return argmax_code_for<double>(from);
  }
}

// Pixels [begin, end).
void argmax_range(const argmax_args& args, int64_t begin, int64_t end) {
  const int64_t size = label_bytes(args.kind);
  const argmax_function argmax = argmax_code_of(args.scores);
  const unpack_function unpack = unpack_code_of(size);
  alignas(64) int32_t classes[label_tile];
  scratch room;
  scratch packed;
  const bool direct = args.out.reach == access::direct;
  for_each_tile(args.s, begin, end, 0, label_tile, [&](const tile& t) {
    argmax(args.s, args.scores, t, room, classes);
    store_labels(
        size, classes, t.columns,
        direct ? args.out.data + offset_of(args.s, args.out.stride_bytes, t.at) : packed.bytes);
    if (!direct) unpack(args.s, args.out, t, packed.bytes);
  });
}

}  // namespace
}  // namespace bitwhere::kernels
