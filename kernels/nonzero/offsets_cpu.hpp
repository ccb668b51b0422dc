// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/simd.hpp"
#include "../tile/bits_cpu.hpp"

// The places of the bits that are set.
namespace bitwhere::kernels {
namespace {

// Elements of a stretch whose offsets are written at a time.
inline constexpr int64_t offset_elements = 512;

// Offsets that may be written past the last.
inline constexpr int64_t offset_slack = 64;

// From so many of a word's bits on they are found by compacting vectors, and below one by one,
// which costs by the bit. The latter is done in steps of a fixed length, for which the processor
// need not guess: sparse bits are unpredictable ones.
inline constexpr int64_t dense_bits = 16;
inline constexpr int sparse_step = 4;

BITWHERE_FN void write_sparse(uint64_t word, uint32_t base, int64_t bits, uint32_t* to) {
  for (int64_t done = 0; done < bits; done += sparse_step) {
#pragma GCC unroll 4
    for (int k = 0; k < sparse_step; ++k) {
      // Past the last bit: any offset, for it is overwritten or never read.
      *to++ = base + static_cast<uint32_t>(__builtin_ctzll(word | uint64_t{1} << 63));
      word &= word - 1;
    }
  }
}

BITWHERE_FN void write_dense(uint64_t word, uint32_t base, uint32_t* to) {
  const hn::ScalableTag<uint32_t> d;
  constexpr size_t lanes = hn::MaxLanes(hn::ScalableTag<uint32_t>());
  const auto step = hn::Set(d, static_cast<uint32_t>(lanes));
  auto offset = hn::Iota(d, base);
#pragma GCC unroll 16
  for (size_t k = 0; k < 64; k += lanes) {
    const uint64_t part = word >> k & (~uint64_t{0} >> (64 - lanes));
    // Compacted in a register: some processors take hundreds of cycles to do so on the way out.
    hn::StoreU(hn::Compress(offset, bits_to_mask(d, part)), d, to);
    to += bits_in(part);
    offset = hn::Add(offset, step);
  }
}

// Writes the offsets of the bits of `count` words, with room for offset_slack more. Returns how
// many.
BITWHERE_FN int64_t write_offsets(const uint64_t* words, int64_t count, uint32_t* to) {
  int64_t written = 0;
  for (int64_t w = 0; w < count; ++w) {
    const uint64_t word = words[w];
    const int64_t bits = bits_in(word);
    const auto base = static_cast<uint32_t>(64 * w);
    if (bits < dense_bits || hn::MaxLanes(hn::ScalableTag<uint32_t>()) == 1) {
      write_sparse(word, base, bits, to + written);
    } else {
      write_dense(word, base, to + written);
    }
    written += bits;
  }
  return written;
}

}  // namespace
}  // namespace bitwhere::kernels
