// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_cpu.hpp"
#include "nonzero_formula.hpp"
#include "offsets_cpu.hpp"
#include "records_cpu.hpp"

namespace bitwhere::kernels {
namespace {

// Appends rows of bits, which begin anywhere in a word, to a row of words.
struct bit_writer {
  uint64_t* words;
  int64_t at = 0;
  int64_t count = 0;

  BITWHERE_FN void append(const uint64_t* from, int64_t bits) {
    const int64_t shift = at % 64;
    uint64_t* to = words + at / 64;
    at += bits;
    if (shift == 0) {
      for (; bits >= 64; bits -= 64) count += bits_in(*to++ = *from++);
    }
    for (; bits > 0; bits -= 64, ++to) {
      const int64_t n = bits < 64 ? bits : 64;
      const uint64_t word = *from++ & (~uint64_t{0} >> (64 - n));
      count += bits_in(word);
      *to = shift == 0 ? word : *to | word << shift;
      if (shift + n > 64) to[1] = word >> (64 - shift);
    }
  }
};

// Elements that are compared at a time: more than where values are chosen, for the loop that takes
// what is found comes later.
inline constexpr int64_t find_elements = 8192;

// The condition of elements [begin, end) as bits from words[0] on, zero beyond the last. Returns
// how many are set.
int64_t find_bits(const nonzero_args& args, int64_t begin, int64_t end, uint64_t* words) {
  condition_code leaves;
  choose_code(args.condition, leaves);
  const int64_t fits = scratch_bytes / widest_of(args.condition);
  condition_stack stack;
  scratch rooms[condition_rooms];
  bit_writer to{words};
  for_each_tile(args.s, begin, end, 0, fits < find_elements ? fits : find_elements,
                [&](const tile& t) {
                  condition_words(args.s, args.condition, leaves, t, rooms, stack);
                  to.append(stack.words[0], t.columns);
                });
  return to.count;
}

// The bits of `count` elements from element `first` on, as offsets from there.
BITWHERE_FN int64_t offsets_at(const uint64_t* words, int64_t first, int64_t count,
                               uint32_t* offsets) {
  uint64_t aligned[max_offsets / 64];
  const int64_t shift = first % 64;
  words += first / 64;
  const int64_t whole = words_of(count);
  for (int64_t w = 0; w < whole; ++w) {
    aligned[w] = words[w] >> shift;
    if (shift != 0 && 64 * w + 64 - shift < count) aligned[w] |= words[w + 1] << (64 - shift);
  }
  if (count % 64 != 0) aligned[whole - 1] &= ~uint64_t{0} >> (64 - count % 64);
  int64_t w = 0;
  return write_offsets(aligned, whole, w, offsets, [](int64_t) {});
}

// What this thread will probably look at next: bytes of the condition's first operand, where that
// lies in memory as it is read. Nothing else would ask for them while records are written.
struct next_part {
  const unsigned char* data = nullptr;  // of what follows for the first word
  int64_t lines = 0;                    // for each word

  BITWHERE_FN next_part(const nonzero_args& args, int64_t begin, int64_t ahead) {
    const operand& first = args.condition.leaves[0].left;
    if (ahead == 0 || ahead >= args.s.elements - begin) return;
    if (args.s.cut != tiling::dense || first.data == nullptr || first.reach != access::direct) {
      return;
    }
    const int64_t bytes = element_bytes(first.type);
    data = first.data + (begin + ahead) * bytes;
    lines = bytes;  // 64 elements of so many bytes
  }

  BITWHERE_FN void touch(int64_t word) const {
    for (int64_t k = 0; k < lines; ++k) {
      __builtin_prefetch(data + (word * lines + k) * cache_line, 0, 2);
    }
  }
};

// Calls body(first, elements, offsets, hits) for stretches of elements [begin, end): the offsets
// from element `first` on of those hits that the output, where `record` records stand before, has
// room for.
template <class Body>
BITWHERE_FN void for_each_stretch(const nonzero_args& args, const uint64_t* words, int64_t begin,
                                  int64_t end, int64_t record, int64_t ahead, Body body) {
  uint32_t offsets[max_offsets + offset_slack];
  const int64_t count = words_of(end - begin);
  const next_part next(args, begin, ahead);
  for (int64_t w = 0; w < count && record < args.out.capacity;) {
    const int64_t first = w;
    int64_t hits = write_offsets(words, count, w, offsets, [&](int64_t word) { next.touch(word); });
    if (hits > args.out.capacity - record) hits = args.out.capacity - record;
    body(begin + 64 * first, 64 * (w - first), offsets, hits);
    record += hits;
  }
}

// Records of coordinates. Along the innermost dimension they follow the offsets of a stretch, and
// where a row ends within it, what runs over is carried to the dimension outside.
template <class Index>
void store_indices(const nonzero_args& args, const uint64_t* words, int64_t begin, int64_t end,
                   int64_t record, store_hints hints) {
  record_writer<Index, max_rank> writer(args.out, args.rank, record, hints.stream);
  position at = position_of(args.extent, args.rank, begin);  // of the stretch's first element
  for_each_stretch(args, words, begin, end, record, hints.ahead,
                   [&](int64_t, int64_t elements, uint32_t* offsets, int64_t hits) {
                     int d = args.rank - 1;
                     if (hits != 0) {
                       for (; d >= 0; --d) {
                         const int64_t extent = args.extent[d];
                         if (at.index[d] + static_cast<int64_t>(offsets[hits - 1]) < extent) break;
                         writer.carry(d, offsets, hits, at.index[d], extent);
                       }
                       if (d >= 0) writer.follow(d, offsets, hits, at.index[d]);
                       while (--d >= 0) writer.repeat(d, hits, at.index[d]);
                       writer.add(hits);
                     }
                     int64_t ahead = elements;
                     for (d = args.rank - 1; d >= 0 && ahead != 0; --d) {
                       const int64_t extent = args.extent[d];
                       at.index[d] = carried(at.index[d], extent, ahead,
                                             [&](int64_t n) { return n / extent; });
                     }
                   });
  writer.finish();
}

// Records of values that lie side by side, or are one and the same.
template <class T>
void store_near_values(const nonzero_args& args, const uint64_t* words, int64_t begin, int64_t end,
                       int64_t record, store_hints hints) {
  record_writer<T, 1> writer(args.out, 1, record, hints.stream);
  const unsigned char* const values = args.x.data == nullptr ? args.x.value : args.x.data;
  const int64_t step = args.x.data != nullptr && args.x.reach == access::direct ? sizeof(T) : 0;
  for_each_stretch(args, words, begin, end, record, hints.ahead,
                   [&](int64_t first, int64_t, const uint32_t* offsets, int64_t hits) {
                     writer.gather(values + first * step, step, offsets, hits);
                     writer.add(hits);
                   });
  writer.finish();
}

// Records of values anywhere: those of tiles with hits are brought together first.
template <class T>
void store_values(const nonzero_args& args, const uint64_t* words, int64_t begin, int64_t end,
                  int64_t record, store_hints hints) {
  if (args.s.cut == tiling::dense) {
    store_near_values<T>(args, words, begin, end, record, hints);
    return;
  }
  record_writer<T, 1> writer(args.out, 1, record, hints.stream);
  scratch room;
  uint32_t offsets[max_offsets + offset_slack];
  for_each_tile(args.s, begin, end, 0, max_offsets, [&](const tile& t) {
    int64_t hits = offsets_at(words, t.element - begin, t.columns, offsets);
    if (hits > args.out.capacity - record) hits = args.out.capacity - record;
    if (hits == 0) return;
    const strip from = fetch<T>(args.s, args.x, t, room);
    writer.gather(from.p, from.splat ? 0 : static_cast<int64_t>(sizeof(T)), offsets, hits);
    writer.add(hits);
    record += hits;
  });
  writer.finish();
}

using store_records_function = void (*)(const nonzero_args&, const uint64_t*, int64_t, int64_t,
                                        int64_t, store_hints);

store_records_function store_code_of(const nonzero_args& args) {
  if (!args.values) return args.size == 4 ? store_indices<int32_t> : store_indices<int64_t>;
  switch (args.size) {
    case 1:
      return store_values<uint8_t>;
    case 2:
      return store_values<uint16_t>;
    case 4:
      return store_values<uint32_t>;
    case 8:
      return store_values<uint64_t>;
    default:
      return store_values<bits128>;
  }
}

// Stores the records of the bits of elements [begin, end), of which words[0] holds the first;
// `record` stand before them.
void store_records(const nonzero_args& args, const uint64_t* words, int64_t begin, int64_t end,
                   int64_t record, store_hints hints) {
  if (args.rank == 0 || record >= args.out.capacity) return;
  store_code_of(args)(args, words, begin, end, record, hints);
}

// Fills records [begin, end), beyond the hits.
void fill_records(const nonzero_args& args, int64_t begin, int64_t end, bool stream) {
  switch (args.size) {
    case 1:
      return fill_records_with<uint8_t>(args.out, args.rank, begin, end, stream);
    case 2:
      return fill_records_with<uint16_t>(args.out, args.rank, begin, end, stream);
    case 4:
      return fill_records_with<uint32_t>(args.out, args.rank, begin, end, stream);
    case 8:
      return fill_records_with<uint64_t>(args.out, args.rank, begin, end, stream);
    default:
      return fill_records_with<bits128>(args.out, args.rank, begin, end, stream);
  }
}

}  // namespace
}  // namespace bitwhere::kernels
