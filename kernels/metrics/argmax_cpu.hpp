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

// Classes lie apart and pixels side by side: every class is compared with the best so far of a
// whole tile, which stays in the L1 cache.
template <class T>
struct best_of_tile {
  using lanes_of = score_lanes<T>;
  alignas(64) typename lanes_of::value best[label_tile];
  alignas(64) typename lanes_of::index index[label_tile];

  BITWHERE_FN void begin(const strip& from, int64_t n) {
    constexpr int64_t size = sizeof(T);
    for (int64_t i = 0; i < n; ++i) {
      best[i] = widen(load<T>(from.p + (from.splat ? 0 : i * size)));
      index[i] = 0;
    }
  }

  // `ahead` bytes further on lies what the next tile reads of this class.
  BITWHERE_FN void take(const strip& from, int64_t n, int64_t c, int64_t ahead) {
    const typename lanes_of::tag d;
    const typename lanes_of::index_tag di;
    constexpr int64_t size = sizeof(T);
    constexpr int64_t lanes = lanes_of::lanes;
    const auto of_class = hn::Set(di, static_cast<typename lanes_of::index>(c));
    int64_t i = 0;
    if (!from.splat) {
      for (; i + lanes <= n; i += lanes) {
        if (i * size % 64 == 0) __builtin_prefetch(from.p + i * size + ahead, 0, 2);
        const auto later = vectors<T>::load(d, from.p + i * size);
        const auto so_far = hn::LoadU(d, best + i);
        const auto wins = better<simd_lane>(later, so_far);
        hn::StoreU(simd_lane::select(wins, later, so_far), d, best + i);
        const auto at = hn::LoadU(di, index + i);
        hn::StoreU(simd_lane::select(hn::RebindMask(di, wins), of_class, at), di, index + i);
      }
    }
    for (; i < n; ++i) {
      const auto later = widen(load<T>(from.p + (from.splat ? 0 : i * size)));
      if (!better<scalar_lane>(later, best[i])) continue;
      best[i] = later;
      index[i] = static_cast<typename lanes_of::index>(c);
    }
  }
};

template <class T>
void argmax_planes(const space& s, const class_scores& from, const tile& t, scratch& room,
                   int32_t* classes) {
  const int64_t n = t.columns;
  best_of_tile<T> found;
  operand plane = from.values;
  found.begin(fetch<T>(s, plane, t, room), n);
  for (int64_t c = 1; c < from.classes; ++c) {
    plane.data += from.class_stride_bytes;
    found.take(fetch<T>(s, plane, t, room), n, c, n * static_cast<int64_t>(sizeof(T)));
  }
  for (int64_t i = 0; i < n; ++i) classes[i] = static_cast<int32_t>(found.index[i]);
}

// The classes of a pixel lie side by side: every lane keeps the best of its classes.
template <class T>
BITWHERE_FN int32_t argmax_row(const unsigned char* p, int64_t classes) {
  using lanes_of = score_lanes<T>;
  using value = typename lanes_of::value;
  using index_of = typename lanes_of::index;
  constexpr int64_t size = sizeof(T);
  constexpr int64_t lanes = lanes_of::lanes;
  value best = widen(load<T>(p));
  int64_t index = 0;
  int64_t c = 1;
  if (classes >= lanes) {
    const typename lanes_of::tag d;
    const typename lanes_of::index_tag di;
    auto top = vectors<T>::load(d, p);
    auto at = hn::Zero(di);  // the step in which a lane's best was read
    for (c = lanes; c + lanes <= classes; c += lanes) {
      const auto later = vectors<T>::load(d, p + c * size);
      const auto wins = better<simd_lane>(later, top);
      top = simd_lane::select(wins, later, top);
      at = simd_lane::select(hn::RebindMask(di, wins),
                             hn::Set(di, static_cast<index_of>(c / lanes)), at);
    }
    alignas(64) value tops[lanes];
    alignas(64) index_of steps[lanes];
    hn::StoreU(top, d, tops);
    hn::StoreU(at, di, steps);
    best = tops[0];
    index = steps[0] * lanes;
    for (int64_t k = 1; k < lanes; ++k) {
      const int64_t other = steps[k] * lanes + k;
      const bool equal = !better<scalar_lane>(best, tops[k]) && other < index;
      if (better<scalar_lane>(tops[k], best) || equal) {
        best = tops[k];
        index = other;
      }
    }
  }
  for (; c < classes; ++c) {
    const value later = widen(load<T>(p + c * size));
    if (!better<scalar_lane>(later, best)) continue;
    best = later;
    index = c;
  }
  return static_cast<int32_t>(index);
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

template <class T>
void store_classes(const int32_t* classes, int64_t elements, unsigned char* to) {
  for (int64_t i = 0; i < elements; ++i) {
    store(to + i * static_cast<int64_t>(sizeof(T)), static_cast<T>(classes[i]));
  }
}

using store_classes_function = void (*)(const int32_t*, int64_t, unsigned char*);

// Signed and unsigned labels of a size hold a class in the same bytes.
store_classes_function store_code_of(int64_t label_size) {
  switch (label_size) {
    case 1:
      return store_classes<uint8_t>;
    case 2:
      return store_classes<int16_t>;
    case 4:
      return store_classes<int32_t>;
    default:
      return store_classes<int64_t>;
  }
}

// Pixels [begin, end).
void argmax_range(const argmax_args& args, int64_t begin, int64_t end) {
  const int64_t size = label_bytes(args.kind);
  const argmax_function argmax = argmax_code_of(args.scores);
  const store_classes_function put = store_code_of(size);
  const unpack_function unpack = unpack_code_of(size);
  alignas(64) int32_t classes[label_tile];
  scratch room;
  scratch packed;
  const bool direct = args.out.reach == access::direct;
  for_each_tile(args.s, begin, end, 0, label_tile, [&](const tile& t) {
    argmax(args.s, args.scores, t, room, classes);
    put(classes, t.columns,
        direct ? args.out.data + offset_of(args.s, args.out.stride_bytes, t.at) : packed.bytes);
    if (!direct) unpack(args.s, args.out, t, packed.bytes);
  });
}

}  // namespace
}  // namespace bitwhere::kernels
