// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <hwy/cache_control.h>

#include "../lane/simd.hpp"
#include "../tuning.hpp"
#include "tile_cpu.hpp"

// Tiles of an operation that writes an element for every index.
namespace bitwhere::kernels {
namespace {

// Where the rows of a tile go: to memory, or to a room that is unpacked afterwards.
struct target {
  unsigned char* p;
  int64_t row_step;
  bool stream;

  // Whether this row may be written around the cache.
  BITWHERE_FN bool streams(int64_t row) const {
    return stream && reinterpret_cast<uintptr_t>(p + row * row_step) % 64 == 0;
  }
};

// Elements until `out` is aligned for streaming stores; 0 also where it never is.
BITWHERE_FN int64_t elements_to_alignment(const unsigned char* out, int64_t size) {
  const auto past = static_cast<int64_t>(reinterpret_cast<uintptr_t>(out) % 64);
  return past % size != 0 || past == 0 ? 0 : (64 - past) / size;
}

// Whether an output is large enough to be written around the cache: not where it is an input, too,
// whose lines are there anyway.
BITWHERE_FN bool worth_streaming(const space& s, const output& out, int64_t size) {
  return out.reach == access::direct && s.elements * size >= tuning::cpu_stream_bytes;
}

// Brings a row around the cache to memory that is aligned to 64 bytes.
void stream_row(const unsigned char* from, unsigned char* to, int64_t bytes) {
  const hn::ScalableTag<uint8_t> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<uint8_t>());
  int64_t i = 0;
  if constexpr (lanes >= 16) {
    for (; i + lanes <= bytes; i += lanes) hn::Stream(hn::LoadU(d, from + i), d, to + i);
  }
  memcpy(to + i, from + i, static_cast<size_t>(bytes - i));
}

// Calls body(tile, target) for the tiles of the units [begin, end) and brings rooms to strided
// outputs. `size` is that of an output's element, `widest` that of any operand's.
template <class Body>
BITWHERE_FN void for_each_output_tile(const space& s, const output& out, int64_t size, bool stream,
                                      int64_t widest, int64_t begin, int64_t end, Body body) {
  const bool direct = out.reach == access::direct;
  const int64_t first =
      stream && s.cut == tiling::dense ? elements_to_alignment(out.data + begin * size, size) : 0;
  const int64_t fits = scratch_bytes / widest;
  const int64_t limit = tile_elements_of(size) < fits ? tile_elements_of(size) : fits;
  const unpack_function unpack = unpack_code_of(size);
  scratch room;
  for_each_tile(s, begin, end, first, limit, [&](const tile& t) {
    if (direct) {
      body(t, {out.data + offset_of(s, out.stride_bytes, t.at),
               t.rows > 1 ? out.stride_bytes[s.across] : 0, stream});
    } else {
      body(t, {room.bytes, t.columns * size, false});
      unpack(s, out, t, room.bytes);
    }
  });
  if (stream) hwy::FlushStream();
}

}  // namespace
}  // namespace bitwhere::kernels
