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
    for (int64_t done = 0; done < bits; done += 64) {
      const int64_t left = bits - done;
      const int64_t n = left < 64 ? left : 64;
      const uint64_t word = *from++ & (~uint64_t{0} >> (64 - n));
      count += bits_in(word);
      const int64_t shift = at % 64;
      uint64_t* const to = words + at / 64;
      if (shift == 0) {
        *to = word;
      } else {
        *to |= word << shift;
        if (shift + n > 64) to[1] = word >> (64 - shift);
      }
      at += n;
    }
  }
};

// The condition of elements [begin, end) as bits from words[0] on, zero beyond the last. Returns
// how many are set.
int64_t find_bits(const nonzero_args& args, int64_t begin, int64_t end, uint64_t* words) {
  condition_code leaves;
  choose_code(args.condition, leaves);
  const int64_t fits = scratch_bytes / widest_of(args.condition);
  condition_stack stack;
  scratch rooms[condition_rooms];
  bit_writer to{words};
  for_each_tile(args.s, begin, end, 0, fits < tile_elements ? fits : tile_elements,
                [&](const tile& t) {
                  condition_words(args.s, args.condition, leaves, t, rooms, stack);
                  to.append(stack.words[0], t.columns);
                });
  return to.count;
}

// The bits of `count` elements from element `first` on, as offsets from there.
BITWHERE_FN int64_t offsets_at(const uint64_t* words, int64_t first, int64_t count,
                               uint32_t* offsets) {
  uint64_t aligned[offset_elements / 64 + 1];
  const int64_t shift = first % 64;
  words += first / 64;
  const int64_t whole = words_of(count);
  for (int64_t w = 0; w < whole; ++w) {
    aligned[w] = words[w] >> shift;
    if (shift != 0 && 64 * w + 64 - shift < count) aligned[w] |= words[w + 1] << (64 - shift);
  }
  if (count % 64 != 0) aligned[whole - 1] &= ~uint64_t{0} >> (64 - count % 64);
  return write_offsets(aligned, whole, offsets);
}

// Records of coordinates. Within a stretch of elements the innermost coordinate follows the offset
// and the others stand still but where a row ends.
template <class Index>
void store_indices(const nonzero_args& args, const uint64_t* words, int64_t begin, int64_t end,
                   int64_t record, bool stream) {
  record_writer<Index, max_rank> writer(args.out, args.rank, record, stream);
  const int64_t records = stored_records(args.out, INT64_MAX);
  // Dimensions of size 1 inside of all others never change.
  int inner = args.rank - 1;
  while (inner > 0 && args.extent[inner] == 1) --inner;
  const int64_t row = args.extent[inner];
  position at;
  int64_t element = begin;
  for (int d = args.rank - 1; d >= 0; --d) {
    at.index[d] = element % args.extent[d];
    element /= args.extent[d];
  }
  int64_t row_begin = -at.index[inner];  // from the stretch's first element

  uint32_t offsets[offset_elements + offset_slack];
  for (int64_t first = begin; first < end && record < records; first += offset_elements) {
    const int64_t left = end - first;
    const int64_t n = left < offset_elements ? left : offset_elements;
    int64_t hits = write_offsets(words + (first - begin) / 64, words_of(n), offsets);
    if (hits > records - record) hits = records - record;
    for (int64_t k = 0; k < hits;) {
      // From the row of the hit before, over all that have none.
      int64_t rows = static_cast<int64_t>(offsets[k]) - row_begin;
      const int64_t column = carried(0, row, rows, [&](int64_t ahead) { return ahead / row; });
      row_begin = static_cast<int64_t>(offsets[k]) - column;
      for (int d = inner - 1; rows != 0 && d >= 0; --d) {
        const int64_t extent = args.extent[d];
        at.index[d] =
            carried(at.index[d], extent, rows, [&](int64_t reached) { return reached / extent; });
      }
      const int64_t past = row_begin + row;
      int64_t last = k + 1;
      if (past >= n) {
        last = hits;
      } else {
        while (last < hits && static_cast<int64_t>(offsets[last]) < past) ++last;
      }
      for (int d = 0; d < args.rank; ++d) {
        if (d == inner) {
          writer.follow(d, k, offsets + k, last - k, -row_begin);
        } else {
          writer.repeat(d, k, last - k, d < inner ? at.index[d] : 0);
        }
      }
      k = last;
    }
    writer.add(hits);
    record += hits;
    row_begin -= n;
  }
  writer.finish();
}

// Records of values.
template <class T>
void store_values(const nonzero_args& args, const uint64_t* words, int64_t begin, int64_t end,
                  int64_t record, bool stream) {
  record_writer<T, 1> writer(args.out, 1, record, stream);
  const int64_t records = stored_records(args.out, INT64_MAX);
  scratch room;
  uint32_t offsets[offset_elements + offset_slack];
  for_each_tile(args.s, begin, end, 0, offset_elements, [&](const tile& t) {
    if (record >= records) return;
    int64_t hits = offsets_at(words, t.element - begin, t.columns, offsets);
    if (hits == 0) return;
    if (hits > records - record) hits = records - record;
    const strip from = fetch<T>(args.s, args.x, t, room);
    writer.gather(from.p, from.splat ? 0 : static_cast<int64_t>(sizeof(T)), offsets, hits);
    writer.add(hits);
    record += hits;
  });
  writer.finish();
}

using store_records_function = void (*)(const nonzero_args&, const uint64_t*, int64_t, int64_t,
                                        int64_t, bool);

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
                   int64_t record, bool stream) {
  if (args.rank == 0 || record >= args.out.capacity) return;
  store_code_of(args)(args, words, begin, end, record, stream);
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
