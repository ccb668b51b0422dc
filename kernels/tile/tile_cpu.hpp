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

// One operand's packed tile.
struct scratch {
  alignas(64) unsigned char bytes[scratch_bytes];
};

// Words of condition bits of a tile at most: a block of bytes has the most rows.
inline constexpr int64_t tile_words = 256;

struct position {
  int64_t index[max_rank];
};

// `columns` elements of each of `rows` rows; one row but for blocks.
struct tile {
  position at;           // of the first element
  int64_t element;       // its row-major index
  int64_t row_elements;  // from a row to the next
  int64_t rows;
  int64_t columns;
};

// An operand's elements of a tile: rows of contiguous elements, or of a single repeated one.
struct strip {
  const unsigned char* p;
  int64_t row_step;  // bytes
  bool splat;
};

BITWHERE_FN position position_of(const int64_t* extent, int rank, int64_t element) {
  position at;
  for (int d = rank - 1; d >= 0; --d) {
    at.index[d] = element % extent[d];
    element /= extent[d];
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

// A column of `Rows` elements, or of `rows` where Rows is 0.
template <class T, int Rows>
BITWHERE_FN void move_column(const unsigned char* from, int64_t from_row, unsigned char* to,
                             int64_t to_row, int64_t rows) {
  const int64_t n = Rows != 0 ? Rows : rows;
#pragma GCC unroll 64
  for (int64_t r = 0; r < n; ++r) store(to + r * to_row, load<T>(from + r * from_row));
}

// Columns ahead that are asked for: about as many as a core can wait for at a time.
inline constexpr int64_t columns_ahead = 16;

// Moves a matrix of elements between any two layouts, down the columns: where one side's rows are
// neighbours in memory, that uses up every cache line it touches. Columns lie on pages of their
// own, where no hardware prefetches, so that asking for them trebles the speed.
template <class T>
BITWHERE_FN void move_block(const unsigned char* from, int64_t from_row, int64_t from_column,
                            unsigned char* to, int64_t to_row, int64_t to_column, int64_t rows,
                            int64_t columns) {
  constexpr int64_t size = sizeof(T);
  constexpr int line = 64 / size;
  const bool whole_lines = rows == line && from_row == size;
  for (int64_t c = 0; c < columns; ++c) {
    const unsigned char* p = from + c * from_column;
    unsigned char* q = to + c * to_column;
    __builtin_prefetch(p + columns_ahead * from_column);
    if (whole_lines) {
      move_column<T, line>(p, size, q, to_row, rows);
    } else {
      move_column<T, 0>(p, from_row, q, to_row, rows);
    }
  }
}

template <class T>
void pack(const space& s, const operand& from, const tile& t, unsigned char* to) {
  constexpr int64_t size = sizeof(T);
  if (t.rows > 1) {
    move_block<T>(from.data + offset_of(s, from.stride_bytes, t.at), from.stride_bytes[s.across],
                  from.stride_bytes[s.rank - 1], to, t.columns * size, size, t.rows, t.columns);
    return;
  }
  for_each_run(s, from.stride_bytes, t.at, t.columns,
               [&](int64_t offset, int64_t stride, int64_t n) {
                 const unsigned char* p = from.data + offset;
                 for (int64_t i = 0; i < n; ++i, p += stride, to += size) store(to, load<T>(p));
               });
}

template <class T>
void unpack(const space& s, const output& to, const tile& t, const unsigned char* from) {
  constexpr int64_t size = sizeof(T);
  if (t.rows > 1) {
    move_block<T>(from, t.columns * size, size, to.data + offset_of(s, to.stride_bytes, t.at),
                  to.stride_bytes[s.across], to.stride_bytes[s.rank - 1], t.rows, t.columns);
    return;
  }
  for_each_run(s, to.stride_bytes, t.at, t.columns, [&](int64_t offset, int64_t stride, int64_t n) {
    unsigned char* p = to.data + offset;
    for (int64_t i = 0; i < n; ++i, p += stride, from += size) store(p, load<T>(from));
  });
}

// The operand's elements of a tile where they lie, packed into `room` where they are strided.
template <class T>
strip fetch(const space& s, const operand& from, const tile& t, scratch& room) {
  if (from.data == nullptr) return {from.value, 0, true};
  const int64_t row_step = t.rows > 1 ? from.stride_bytes[s.across] : 0;
  if (from.reach != access::gather) {
    const bool splat = from.reach == access::splat;
    return {from.data + offset_of(s, from.stride_bytes, t.at), row_step, splat};
  }
  pack<T>(s, from, t, room.bytes);
  return {room.bytes, t.columns * static_cast<int64_t>(sizeof(T)), false};
}

using fetch_function = strip (*)(const space&, const operand&, const tile&, scratch&);
using unpack_function = void (*)(const space&, const output&, const tile&, const unsigned char*);

// Both move bits, so they are chosen by the size of an element.
fetch_function fetch_code_of(int64_t element_bytes) {
  switch (element_bytes) {
    case 1:
      return fetch<uint8_t>;
    case 2:
      return fetch<uint16_t>;
    case 4:
      return fetch<uint32_t>;
    case 8:
      return fetch<uint64_t>;
    default:
      return fetch<bits128>;
  }
}

unpack_function unpack_code_of(int64_t element_bytes) {
  switch (element_bytes) {
    case 1:
      return unpack<uint8_t>;
    case 2:
      return unpack<uint16_t>;
    case 4:
      return unpack<uint32_t>;
    case 8:
      return unpack<uint64_t>;
    default:
      return unpack<bits128>;
  }
}

// Blocks [begin, end): down the rows first, for the next rows of an operand that runs across lie
// beside those it has just brought.
template <class Body>
BITWHERE_FN void for_each_block(const space& s, int64_t begin, int64_t end, Body body) {
  const int inner = s.rank - 1;
  const int64_t row_blocks = quotient_up(s.extent[s.across], s.block_rows);
  const int64_t column_blocks = quotient_up(s.extent[inner], s.block_columns);
  for (int64_t block = begin; block < end; ++block) {
    tile t;
    t.at.index[inner] = block % column_blocks * s.block_columns;
    int64_t rest = block / column_blocks;
    t.at.index[s.across] = rest % row_blocks * s.block_rows;
    rest /= row_blocks;
    t.element = 0;
    t.row_elements = 1;
    int64_t span = 1;
    for (int d = inner; d >= 0; --d) {
      if (d != s.across && d != inner) {
        t.at.index[d] = rest % s.extent[d];
        rest /= s.extent[d];
      }
      t.element += t.at.index[d] * span;
      if (d == s.across) t.row_elements = span;
      span *= s.extent[d];
    }
    const int64_t rows = s.extent[s.across] - t.at.index[s.across];
    const int64_t columns = s.extent[inner] - t.at.index[inner];
    t.rows = rows < s.block_rows ? rows : s.block_rows;
    t.columns = columns < s.block_columns ? columns : s.block_columns;
    body(static_cast<const tile&>(t));
  }
}

// Calls body(tile) for consecutive tiles of the units [begin, end), in rows of at most `limit`
// elements; the first has at most `first` elements, which lets an operation align what follows.
template <class Body>
BITWHERE_FN void for_each_tile(const space& s, int64_t begin, int64_t end, int64_t first,
                               int64_t limit, Body body) {
  if (s.cut == tiling::blocks) {
    for_each_block(s, begin, end, body);
    return;
  }
  tile t;
  t.at = position_of(s.extent, s.rank, begin);
  t.rows = 1;
  t.row_elements = 0;
  for (t.element = begin; t.element < end;) {
    int64_t n = end - t.element;
    if (n > limit) n = limit;
    if (t.element == begin && first > 0 && n > first) n = first;
    if (s.cut == tiling::rows) {
      const int inner = s.rank - 1;
      const int64_t left = s.extent[inner] - t.at.index[inner];
      if (n > left) n = left;
    }
    t.columns = n;
    body(static_cast<const tile&>(t));
    advance(s, t.at, n);
    t.element += n;
  }
}

}  // namespace
}  // namespace bitwhere::kernels
