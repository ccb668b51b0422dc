// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/element.hpp"
#include "operand.hpp"

// Cuts an index space into tiles and brings strided operands into contiguous memory a tile at a
// time, so that the loops of the operations only ever see `direct` or `splat`. Included by the
// instruction-set units alone: internal linkage, raw pointers.
namespace bitwhere::kernels {
namespace {

// Elements of a tile at most: 32 words of condition bits.
inline constexpr int64_t tile_elements = 2048;

// Elements of a tile whose output has elements of so many bytes. An operation reads the streams of
// a tile one after another, and the hardware prefetches best where it comes back to each soon:
// tiles of 4096 f32 reached 0.70 to 0.87 of the bandwidth of a plain loop, those of 2 KiB 0.93 and
// more.
constexpr int64_t tile_elements_of(int64_t element_bytes) {
  return element_bytes >= 4 ? 512 : 2048 / element_bytes;
}

// One operand's packed tile: 2048 elements of 8 bytes, or 512 of 16.
inline constexpr int64_t scratch_bytes = 16384;

static_assert(tile_elements * 8 <= scratch_bytes, "a condition of 64-bit elements must fit, too");

struct scratch {
  alignas(64) unsigned char bytes[scratch_bytes];
};

struct position {
  int64_t index[max_rank];
};

BITWHERE_FN position position_of(const space& s, int64_t element) {
  position at;
  for (int d = s.rank - 1; d >= 0; --d) {
    at.index[d] = element % s.extent[d];
    element /= s.extent[d];
  }
  return at;
}

BITWHERE_FN void advance(const space& s, position& at, int64_t elements) {
  for (int d = s.rank - 1; d >= 0 && elements != 0; --d) {
    const int64_t moved = at.index[d] + elements;
    if (moved < s.extent[d]) {  // as nearly always: a division would cost more than the rest
      at.index[d] = moved;
      return;
    }
    elements = moved / s.extent[d];
    at.index[d] = moved - elements * s.extent[d];
  }
}

BITWHERE_FN int64_t offset_of(const space& s, const int64_t* stride_bytes, const position& at) {
  int64_t offset = 0;
  for (int d = 0; d < s.rank; ++d) offset += at.index[d] * stride_bytes[d];
  return offset;
}

// Calls run(offset_bytes, stride_bytes, elements) for each piece of a row among `elements`
// consecutive elements from `at`.
template <class Run>
BITWHERE_FN void for_each_run(const space& s, const int64_t* stride_bytes, position at,
                              int64_t elements, Run run) {
  if (s.rank == 0) {
    run(int64_t{0}, int64_t{0}, elements);
    return;
  }
  const int inner = s.rank - 1;
  while (elements > 0) {
    const int64_t left = s.extent[inner] - at.index[inner];
    const int64_t n = left < elements ? left : elements;
    run(offset_of(s, stride_bytes, at), stride_bytes[inner], n);
    advance(s, at, n);
    elements -= n;
  }
}

template <class T>
void pack(const space& s, const operand& from, const position& at, int64_t elements,
          unsigned char* to) {
  for_each_run(s, from.stride_bytes, at, elements, [&](int64_t offset, int64_t stride, int64_t n) {
    const unsigned char* p = from.data + offset;
    for (int64_t i = 0; i < n; ++i, p += stride, to += sizeof(T)) {
      store(to, load<T>(p));
    }
  });
}

template <class T>
void unpack(const space& s, const output& to, const position& at, int64_t elements,
            const unsigned char* from) {
  for_each_run(s, to.stride_bytes, at, elements, [&](int64_t offset, int64_t stride, int64_t n) {
    unsigned char* p = to.data + offset;
    for (int64_t i = 0; i < n; ++i, p += stride, from += sizeof(T)) store(p, load<T>(from));
  });
}

// The operand's elements of a tile: contiguous, or the single one of a splat.
template <class T>
BITWHERE_FN const unsigned char* fetch(const space& s, const operand& from, const position& at,
                                       int64_t elements, scratch& room) {
  if (from.data == nullptr) return from.value;
  if (from.reach != access::gather) return from.data + offset_of(s, from.stride_bytes, at);
  pack<T>(s, from, at, elements, room.bytes);
  return room.bytes;
}

// Calls body(at, elements) for consecutive tiles of [begin, end), at most `limit` elements each;
// the first has at most `first` elements, which lets an operation align what follows.
template <class Body>
BITWHERE_FN void for_each_tile(const space& s, tiling cut, int64_t begin, int64_t end,
                               int64_t first, int64_t limit, Body body) {
  position at = position_of(s, begin);
  for (int64_t element = begin; element < end;) {
    int64_t n = end - element;
    if (n > limit) n = limit;
    if (element == begin && first > 0 && n > first) n = first;
    if (cut == tiling::rows) {
      const int inner = s.rank - 1;
      const int64_t left = s.extent[inner] - at.index[inner];
      if (n > left) n = left;
    }
    body(at, element, n);
    advance(s, at, n);
    element += n;
  }
}

}  // namespace
}  // namespace bitwhere::kernels
