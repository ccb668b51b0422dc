// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_cpu.hpp"
#include "count_args.hpp"

namespace bitwhere::kernels {
namespace {

// The number of bits set among bits [begin, end), begin < end.
BITWHERE_FN int64_t count_bits(const uint64_t* words, int64_t begin, int64_t end) {
  const int64_t first = begin / 64;
  const int64_t last = (end - 1) / 64;
  const uint64_t from_begin = ~uint64_t{0} << (begin % 64);
  const uint64_t to_end = ~uint64_t{0} >> (63 - (end - 1) % 64);
  if (first == last) return bits_in(words[first] & from_begin & to_end);
  int64_t count = bits_in(words[first] & from_begin) + bits_in(words[last] & to_end);
  for (int64_t w = first + 1; w < last; ++w) count += bits_in(words[w]);
  return count;
}

// Keeps the sum of the count that is being added to: it is written when another one begins, for
// other threads may have a share in it.
struct running_count {
  int64_t* counts;
  int64_t which = -1;
  int64_t sum = 0;

  BITWHERE_FN void flush() const {
    if (sum != 0) __atomic_fetch_add(counts + which, sum, __ATOMIC_RELAXED);
  }
  BITWHERE_FN void add(int64_t count, int64_t n) {
    if (count != which) {
      flush();
      which = count;
      sum = 0;
    }
    sum += n;
  }
};

// Units [begin, end) of the index space.
void count_range(const count_args& args, int64_t begin, int64_t end) {
  condition_code leaves;
  choose_code(args.condition, leaves);
  const int64_t fits = scratch_bytes / widest_of(args.condition);
  const int64_t limit = fits < tile_elements ? fits : tile_elements;
  condition_stack stack;
  scratch rooms[condition_rooms];
  running_count running{args.counts};
  for_each_tile(args.s, begin, end, 0, limit, [&](const tile& t) {
    condition_words(args.s, args.condition, leaves, t, rooms, stack);
    const uint64_t* words = stack.words[0];
    for (int64_t r = 0; r < t.rows; ++r, words += words_of(t.columns)) {
      const int64_t first = t.element + r * t.row_elements;
      for (int64_t done = 0; done < t.columns;) {
        const int64_t count = (first + done) / args.reduced;
        const int64_t left = (count + 1) * args.reduced - (first + done);
        const int64_t n = left < t.columns - done ? left : t.columns - done;
        running.add(count, count_bits(words, done, done + n));
        done += n;
      }
    }
  });
  running.flush();
}

}  // namespace
}  // namespace bitwhere::kernels
