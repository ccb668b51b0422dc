// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_cpu.hpp"
#include "count_args.hpp"

namespace bitwhere::kernels {
namespace {

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
