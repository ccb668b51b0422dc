// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_args.hpp"
#include "../tile/operand.hpp"

// Stream compaction: a record for each element where a condition holds, in the row-major order of
// the elements. It takes two steps, with a bit an element between them: the bits are found and
// counted, and once it is known how many records stand before it, each stretch of bits is stored.
namespace bitwhere::kernels {

// As bw_found.
struct found {
  int64_t count;
  int64_t overflow;
};

// Where records go. A record has `rank` elements of `size` bytes.
struct record_output {
  unsigned char* data;
  int64_t record_bytes;                // from a record to the next
  int64_t element_bytes;               // from an element of a record to the next
  int64_t capacity;                    // records
  bool fill_rest;                      // records beyond the hits
  alignas(16) unsigned char fill[16];  // an element
};

// The records are coordinates in `extent`, or values of `x`, where `values` says so: then they have
// one element. The order of the space's dimensions is the logical one.
struct nonzero_args {
  space s;
  condition_program condition;
  bool values;
  operand x;
  int32_t rank;  // 0: records without elements, which are only counted
  int64_t extent[max_rank];
  int64_t size;
  record_output out;
};

// How a cpu thread stores; neither changes a result.
struct store_hints {
  bool stream;    // around the cache
  int64_t ahead;  // elements from here to what the thread will look at next, or 0
};

}  // namespace bitwhere::kernels
