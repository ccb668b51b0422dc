// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_cpu.hpp"
#include "../tile/output_cpu.hpp"
#include "where_args.hpp"
#include "where_formula.hpp"

namespace bitwhere::kernels {
namespace {

// One side of the choice along a tile: `step` is 0 for a splat, else the element's size.
template <class T>
struct side {
  const unsigned char* p;
  int64_t step;

  // A splat's room repeats its value over 64 bytes; where T is half of an element, both halves
  // alternate there.
  BITWHERE_FN T element(int64_t i) const {
    constexpr int64_t size = sizeof(T);
    return load<T>(p + (step != 0 ? i * step : i * size % 64));
  }
};

// A splat of type S is spread once a tile and then read like any other vector of T.
template <class T, class S>
BITWHERE_FN side<T> spread(const unsigned char* p, bool splat, unsigned char* room) {
  if (!splat) return {p, static_cast<int64_t>(sizeof(T))};
  const S value = load<S>(p);
  for (size_t k = 0; k < 64; k += sizeof(S)) store(room + k, value);
  return {room, 0};
}

template <class T, bool Normalise, bool Stream, class S = T>
void select_tile(const uint64_t* words, const unsigned char* x, bool x_splat,
                 const unsigned char* y, bool y_splat, unsigned char* out, int64_t elements) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<T>());
  alignas(64) unsigned char x_room[64], y_room[64];
  const side<T> from_x = spread<T, S>(x, x_splat, x_room);
  const side<T> from_y = spread<T, S>(y, y_splat, y_room);
  constexpr int64_t size = sizeof(T);

  const unsigned char* next_x = from_x.p;
  const unsigned char* next_y = from_y.p;
  int64_t i = 0;
  for (; i + 64 <= elements; i += 64) {
    const uint64_t word = *words++;
#pragma GCC unroll 8
    for (int64_t k = 0; k < 64; k += lanes) {
      const auto chosen = where_formula<simd_lane, Normalise>(
          bits_to_mask(d, word >> k), hn::LoadU(d, reinterpret_cast<const T*>(next_x)),
          hn::LoadU(d, reinterpret_cast<const T*>(next_y)));
      T* to = reinterpret_cast<T*>(out + (i + k) * size);
      if constexpr (Stream) {
        hn::Stream(chosen, d, to);
      } else {
        hn::StoreU(chosen, d, to);
      }
      next_x += lanes * from_x.step;
      next_y += lanes * from_y.step;
    }
  }
  for (int64_t k = 0; i + k < elements; ++k) {
    const bool chosen = (*words >> k & 1) != 0;
    store(out + (i + k) * size, where_formula<scalar_lane, Normalise>(chosen, from_x.element(i + k),
                                                                      from_y.element(i + k)));
  }
}

// Every bit of the lower half of a word twice.
BITWHERE_FN uint64_t twice(uint64_t word) {
  word = (word | word << 16) & 0x0000ffff0000ffffu;
  word = (word | word << 8) & 0x00ff00ff00ff00ffu;
  word = (word | word << 4) & 0x0f0f0f0f0f0f0f0fu;
  word = (word | word << 2) & 0x3333333333333333u;
  word = (word | word << 1) & 0x5555555555555555u;
  return word | word << 1;
}

// No vector lane is 16 bytes wide: an element is moved as two halves that share their bit, or where
// a vector does not hold both, by a choice of address.
template <bool Stream>
void select_tile_16(const uint64_t* words, const unsigned char* x, bool x_splat,
                    const unsigned char* y, bool y_splat, unsigned char* out, int64_t elements) {
  if constexpr (hn::MaxLanes(hn::ScalableTag<uint64_t>()) >= 2) {
    uint64_t halves[2 * 512 / 64];  // a tile of 16-byte elements has at most 512
    for (int64_t w = 0; w * 64 < elements; ++w) {
      halves[2 * w] = twice(words[w] & 0xffffffffu);
      halves[2 * w + 1] = twice(words[w] >> 32);
    }
    select_tile<uint64_t, false, Stream, bits128>(halves, x, x_splat, y, y_splat, out,
                                                  2 * elements);
  } else {
    const int64_t x_step = x_splat ? 0 : 16;
    const int64_t y_step = y_splat ? 0 : 16;
    for (int64_t i = 0; i < elements; ++i) {
      const bool chosen = (words[i / 64] >> (i % 64) & 1) != 0;
      const unsigned char* from =
          where_formula<scalar_lane, false>(chosen, x + i * x_step, y + i * y_step);
      store(out + i * 16, load<bits128>(from));
    }
  }
}

using select_function = void (*)(const uint64_t*, const unsigned char*, bool, const unsigned char*,
                                 bool, unsigned char*, int64_t);
struct where_code {
  select_function select;
  select_function select_stream;
};

template <class T, bool Normalise>
where_code where_code_for() {
  return {select_tile<T, Normalise, false>, select_tile<T, Normalise, true>};
}

// The one switch over the sizes of what is moved, taken once a range.
where_code where_code_of(const where_args& args) {
  switch (element_bytes(args.type)) {
    case 1:
      return args.type == dtype::boolean ? where_code_for<uint8_t, true>()
                                         : where_code_for<uint8_t, false>();
    case 2:
      return where_code_for<uint16_t, false>();
    case 4:
      return where_code_for<uint32_t, false>();
    case 8:
      return where_code_for<uint64_t, false>();
    default:
      return {select_tile_16<false>, select_tile_16<true>};
  }
}

bool streams(const where_args& args) {
  if (!worth_streaming(args.s, args.out, element_bytes(args.type))) return false;
  bool in_place = args.out.data == args.x.data || args.out.data == args.y.data;
  for (int k = 0; k < args.condition.leaf_count; ++k) {
    const leaf& l = args.condition.leaves[k];
    in_place = in_place || l.left.data == args.out.data || l.right.data == args.out.data;
  }
  return !in_place;
}

// Units [begin, end) of the index space.
void where_range(const where_args& args, int64_t begin, int64_t end) {
  const where_code code = where_code_of(args);
  condition_code leaves;
  choose_code(args.condition, leaves);
  const source_code from_x = source_of(args.x, args.type);
  const source_code from_y = source_of(args.y, args.type);
  int64_t widest = widest_of(args.condition);
  for (const int64_t bytes : {element_bytes(args.x.type), element_bytes(args.y.type)}) {
    if (bytes > widest) widest = bytes;
  }

  condition_stack stack;
  scratch rooms[condition_rooms];
  for_each_output_tile(args.s, args.out, element_bytes(args.type), streams(args), widest, begin,
                       end, [&](const tile& t, const target& to) {
                         condition_words(args.s, args.condition, leaves, t, rooms, stack);
                         const strip x = fetch_as(args.s, args.x, from_x, t, rooms[0], rooms[1]);
                         const strip y = fetch_as(args.s, args.y, from_y, t, rooms[2], rooms[3]);
                         const uint64_t* words = stack.words[0];
                         for (int64_t r = 0; r < t.rows; ++r) {
                           (to.streams(r) ? code.select_stream : code.select)(
                               words, x.p + r * x.row_step, x.splat, y.p + r * y.row_step, y.splat,
                               to.p + r * to.row_step, t.columns);
                           words += words_of(t.columns);
                         }
                       });
}

}  // namespace
}  // namespace bitwhere::kernels
