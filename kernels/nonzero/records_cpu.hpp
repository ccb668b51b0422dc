// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <hwy/cache_control.h>

#include "nonzero_args.hpp"
#include "offsets_cpu.hpp"

// Writes records where an output wants them, a stretch of them at a time.
namespace bitwhere::kernels {
namespace {

inline constexpr int64_t cache_line = 64;

// A line of memory at `to`, which is aligned, from anywhere.
BITWHERE_FN void move_line(const unsigned char* from, unsigned char* to, bool stream) {
  const hn::ScalableTag<uint64_t> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<uint64_t>());
#pragma GCC unroll 8
  for (int64_t k = 0; k < cache_line / 8; k += lanes) {
    const auto part = hn::LoadU(d, reinterpret_cast<const uint64_t*>(from) + k);
    auto* const target = reinterpret_cast<uint64_t*>(to) + k;
    if (stream) {
      hn::Stream(part, d, target);
    } else {
      hn::Store(part, d, target);
    }
  }
}

BITWHERE_FN void move_bytes(const unsigned char* from, unsigned char* to, int64_t bytes) {
  for (int64_t k = 0; k < bytes; ++k) to[k] = from[k];
}

// Gathers bytes that follow each other in memory and sends them there by whole cache lines, so that
// they can be written around the cache.
struct line_buffer {
  unsigned char* room;  // aligned; holds what is sent at a time, and two lines more
  unsigned char* to;    // where room[0] goes, aligned
  int64_t skip;         // bytes of room[0 .. 63] that are not ours
  int64_t filled;       // bytes, those skipped among them

  BITWHERE_FN void begin(unsigned char* memory, unsigned char* first) {
    skip = static_cast<int64_t>(reinterpret_cast<uintptr_t>(first) % cache_line);
    filled = skip;
    room = memory;
    to = first - skip;
  }

  BITWHERE_FN unsigned char* end() const { return room + filled; }

  // Works on copies: what it writes might be its own members, as far as the compiler knows.
  BITWHERE_FN void send(bool stream) {
    unsigned char* const from = room;
    unsigned char* target = to;
    const int64_t lines = filled / cache_line;
    if (lines == 0) return;
    int64_t line = 0;
    if (skip != 0) {
      move_bytes(from + skip, target + skip, cache_line - skip);
      skip = 0;
      line = 1;
      target += cache_line;
    }
    for (; line < lines; ++line, target += cache_line) {
      move_line(from + line * cache_line, target, stream);
    }
    filled -= lines * cache_line;
    to = target;
    move_line(from + lines * cache_line, from, false);  // what is left, and what means nothing
  }

  BITWHERE_FN void finish() const { move_bytes(room + skip, to + skip, filled - skip); }
};

enum class record_form : int32_t {
  columns,   // elements of a dimension side by side
  rows,      // elements of a record side by side, and records too
  scattered  // anything else
};

BITWHERE_FN record_form form_of(const record_output& out, int64_t rank, int64_t size) {
  if (out.record_bytes == size) return record_form::columns;
  const bool packed = out.element_bytes == size && out.record_bytes == rank * size;
  return packed ? record_form::rows : record_form::scattered;
}

// Records from the `first` on. A stretch of them is written dimension by dimension into rooms, by
// `follow`, `repeat` and `gather`, and sent by `add`.
template <class T, int MaxRank>
class record_writer {
 public:
  BITWHERE_FN record_writer(const record_output& out, int rank, int64_t first, bool stream)
      : out_(out), rank_(rank), stream_(stream), form_(form_of(out, rank, size)) {
    next_ = out.data + first * out.record_bytes;
    for (int d = 0; d < rank; ++d) {
      lines_[d].begin(rooms_[d], next_ + d * out.element_bytes);
      if (form_ != record_form::columns) lines_[d].filled = 0;
    }
    joined_.begin(joined_room_, next_);
  }

  // Element `d` of the stretch's n records: base + offsets[0 .. n-1].
  BITWHERE_FN void follow(int d, const uint32_t* offsets, int64_t n, int64_t base) {
    const hn::ScalableTag<T> tag;
    constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<T>());
    auto* const to = reinterpret_cast<T*>(lines_[d].end());
    const auto start = hn::Set(tag, static_cast<T>(base));
    for (int64_t i = 0; i < n; i += lanes) {
      hn::StoreU(hn::Add(load_wide(offsets + i), start), tag, to + i);
    }
  }

  // The same in a dimension that ends within the stretch, where it begins at `at`. How often it has
  // ended before each record is left in `offsets`.
  BITWHERE_FN void carry(int d, uint32_t* offsets, int64_t n, int64_t at, int64_t extent) {
    auto* const to = reinterpret_cast<T*>(lines_[d].end());
    if (extent > exact_quotients) {  // once at most
      for (int64_t i = 0; i < n; ++i) {
        const int64_t reached = at + static_cast<int64_t>(offsets[i]);
        offsets[i] = reached >= extent ? 1 : 0;
        store(reinterpret_cast<unsigned char*>(to + i),
              static_cast<T>(reached >= extent ? reached - extent : reached));
      }
      return;
    }
    // The quotient of reached + 1/2, which is at least half a divisor away from every other integer
    // quotient, so that two roundings do not reach one.
    const hn::ScalableTag<int32_t> integers;
    const hn::ScalableTag<float> floats;
    const hn::ScalableTag<T> tag;
    constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<int32_t>());
    constexpr int64_t wide_lanes = hn::MaxLanes(hn::ScalableTag<T>());
    const auto start = hn::Set(integers, static_cast<int32_t>(at));
    const auto divisor = hn::Set(integers, static_cast<int32_t>(extent));
    const auto inverse = hn::Set(floats, 1.0f / static_cast<float>(extent));
    const auto half = hn::Set(floats, 0.5f);
    auto* const numbers = reinterpret_cast<int32_t*>(offsets);
    alignas(64) int32_t remainders[hn::MaxLanes(hn::ScalableTag<int32_t>())];
    for (int64_t i = 0; i < n; i += lanes) {
      const auto reached = hn::Add(hn::LoadU(integers, numbers + i), start);
      const auto real = hn::Add(hn::ConvertTo(floats, reached), half);
      const auto quotient = hn::ConvertTo(integers, hn::Mul(real, inverse));
      hn::StoreU(quotient, integers, numbers + i);
      const auto remainder = hn::Sub(reached, hn::Mul(quotient, divisor));
      if constexpr (sizeof(T) == 4) {
        hn::StoreU(remainder, integers, reinterpret_cast<int32_t*>(to + i));
      } else {
        hn::Store(remainder, integers, remainders);
        for (int64_t k = 0; k < lanes; k += wide_lanes) {
          hn::StoreU(load_wide(reinterpret_cast<const uint32_t*>(remainders) + k), tag, to + i + k);
        }
      }
    }
  }

  // The same value in each of n records.
  BITWHERE_FN void repeat(int d, int64_t n, int64_t value) {
    const hn::ScalableTag<T> tag;
    constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<T>());
    auto* const to = reinterpret_cast<T*>(lines_[d].end());
    const auto all = hn::Set(tag, static_cast<T>(value));
    for (int64_t i = 0; i < n; i += lanes) hn::StoreU(all, tag, to + i);
  }

  // Values at `offsets`, in steps of so many bytes.
  BITWHERE_FN void gather(const unsigned char* from, int64_t step, const uint32_t* offsets,
                          int64_t n) {
    unsigned char* const to = lines_[0].end();
    for (int64_t i = 0; i < n; ++i) {
      store(to + i * size, load<T>(from + static_cast<int64_t>(offsets[i]) * step));
    }
  }

  // The stretch has had n records.
  BITWHERE_FN void add(int64_t n) {
    if (form_ == record_form::columns) {
      for (int d = 0; d < rank_; ++d) {
        lines_[d].filled += n * size;
        lines_[d].send(stream_);
      }
      return;
    }
    for (int64_t k = 0; k < n; k += joined_records) {
      const int64_t left = n - k;
      const int64_t m = left < joined_records ? left : joined_records;
      form_ == record_form::rows ? join(k, m) : scatter(k, m);
    }
  }

  BITWHERE_FN void finish() const {
    if (form_ == record_form::columns) {
      for (int d = 0; d < rank_; ++d) lines_[d].finish();
    } else if (form_ == record_form::rows) {
      joined_.finish();
    }
    if (stream_) hwy::FlushStream();
  }

 private:
  static constexpr int64_t size = sizeof(T);
  static constexpr int64_t joined_records = 64;

  // Up to this extent a multiplication divides: what is divided stays below twice as much, and the
  // error far below what would round to another integer.
  static constexpr int64_t exact_quotients = int64_t{1} << 20;

  // A vector of offsets, which are below 2^31.
  static BITWHERE_FN auto load_wide(const uint32_t* from) {
    const hn::ScalableTag<T> tag;
    const auto* const numbers = reinterpret_cast<const int32_t*>(from);
    if constexpr (sizeof(T) == 4) {
      return hn::LoadU(tag, numbers);
    } else {
      const hn::Rebind<int32_t, hn::ScalableTag<T>> narrow;
      return hn::PromoteTo(tag, hn::LoadU(narrow, numbers));
    }
  }

  BITWHERE_FN const T* column(int d, int64_t k) const {
    return reinterpret_cast<const T*>(rooms_[d]) + k;
  }

  // Makes rows of records k .. k + n - 1.
  BITWHERE_FN void join(int64_t k, int64_t n) {
    if constexpr (MaxRank > 1) {
      auto* to = reinterpret_cast<T*>(joined_.end());
      const hn::ScalableTag<T> tag;
      constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<T>());
      const auto load = [&](int d, int64_t i) { return hn::LoadU(tag, column(d, k + i)); };
      if (rank_ == 2) {
        for (int64_t i = 0; i < n; i += lanes, to += 2 * lanes) {
          hn::StoreInterleaved2(load(0, i), load(1, i), tag, to);
        }
      } else if (rank_ == 3) {
        for (int64_t i = 0; i < n; i += lanes, to += 3 * lanes) {
          hn::StoreInterleaved3(load(0, i), load(1, i), load(2, i), tag, to);
        }
      } else if (rank_ == 4) {
        for (int64_t i = 0; i < n; i += lanes, to += 4 * lanes) {
          hn::StoreInterleaved4(load(0, i), load(1, i), load(2, i), load(3, i), tag, to);
        }
      } else {
        for (int64_t i = 0; i < n; ++i) {
          for (int d = 0; d < rank_; ++d, ++to) {
            store(reinterpret_cast<unsigned char*>(to), *column(d, k + i));
          }
        }
      }
    }
    joined_.filled += n * rank_ * size;
    joined_.send(stream_);
  }

  BITWHERE_FN void scatter(int64_t k, int64_t n) {
    for (int64_t i = 0; i < n; ++i, next_ += out_.record_bytes) {
      for (int d = 0; d < rank_; ++d) store(next_ + d * out_.element_bytes, *column(d, k + i));
    }
  }

  // A stretch after what is left of a line, and what vectors write past its end.
  static constexpr int64_t room_bytes =
      cache_line + (max_offsets + offset_slack) * static_cast<int64_t>(sizeof(T));
  static constexpr int64_t joined_bytes =
      MaxRank == 1
          ? cache_line
          : 2 * cache_line + 2 * joined_records * MaxRank * static_cast<int64_t>(sizeof(T));

  const record_output& out_;
  const int rank_;
  const bool stream_;
  const record_form form_;
  unsigned char* next_;  // of scattered records
  line_buffer lines_[MaxRank];
  line_buffer joined_;
  alignas(64) unsigned char rooms_[MaxRank][(room_bytes + 63) / 64 * 64];
  alignas(64) unsigned char joined_room_[joined_bytes];
};

// `bytes` of repeated elements at `to`.
template <class T>
void fill_span(unsigned char* to, int64_t bytes, const unsigned char* element, bool stream) {
  constexpr int64_t size = sizeof(T);
  const auto past = static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) % cache_line);
  alignas(64) unsigned char line[cache_line];
  for (int64_t k = 0; k < cache_line; ++k) line[k] = element[(k + cache_line - past) % size];
  const int64_t head = past == 0 ? 0 : cache_line - past;
  int64_t done = head < bytes ? head : bytes;
  move_bytes(line + past, to, done);
  for (; done + cache_line <= bytes; done += cache_line) move_line(line, to + done, stream);
  move_bytes(line, to + done, bytes - done);
}

// Fills records [begin, end).
template <class T>
void fill_records_with(const record_output& out, int rank, int64_t begin, int64_t end,
                       bool stream) {
  constexpr int64_t size = sizeof(T);
  unsigned char* const to = out.data + begin * out.record_bytes;
  const int64_t n = end - begin;
  switch (form_of(out, rank, size)) {
    case record_form::columns:
      for (int d = 0; d < rank; ++d) {
        fill_span<T>(to + d * out.element_bytes, n * size, out.fill, stream);
      }
      break;
    case record_form::rows:
      fill_span<T>(to, n * rank * size, out.fill, stream);
      break;
    case record_form::scattered:
      for (int64_t i = 0; i < n; ++i) {
        for (int d = 0; d < rank; ++d) {
          store(to + i * out.record_bytes + d * out.element_bytes, load<T>(out.fill));
        }
      }
      break;
  }
  if (stream) hwy::FlushStream();
}

}  // namespace
}  // namespace bitwhere::kernels
