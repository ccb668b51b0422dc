// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/simd.hpp"
#include "../tile/bits_cpu.hpp"

// The places of the bits that are set.
namespace bitwhere::kernels {
namespace {

// Offsets of a stretch of elements at most. The stretch is as long as its hits allow: what a
// stretch costs is shared by many.
inline constexpr int64_t max_offsets = 512;

// Offsets that may be written past the last.
inline constexpr int64_t offset_slack = 64;

// Up to so many bits of a word are found one by one, and always so many times: where bits are
// sparse nobody can guess how many a word has.
inline constexpr int64_t sparse_bits = 4;

BITWHERE_FN void write_sparse(uint64_t word, uint32_t base, uint32_t* to) {
#pragma GCC unroll 4
  for (int64_t k = 0; k < sparse_bits; ++k) {
    // Past the last bit: any offset, for it is overwritten or never read.
    *to++ = base + static_cast<uint32_t>(__builtin_ctzll(word | uint64_t{1} << 63));
    word &= word - 1;
  }
}

// The offsets of the bits of every byte, one after another.
struct offset_table {
  uint8_t offsets[256][8];
};

constexpr offset_table make_offset_table() {
  offset_table out = {};
  for (int byte = 0; byte < 256; ++byte) {
    int count = 0;
    for (uint8_t k = 0; k < 8; ++k) {
      if ((byte >> k & 1) != 0) out.offsets[byte][count++] = k;
    }
  }
  return out;
}

alignas(64) constexpr offset_table offsets_of_bytes = make_offset_table();

BITWHERE_FN void write_dense(uint64_t word, uint32_t base, uint32_t* to) {
#if HWY_TARGET == HWY_AVX3
  const hn::ScalableTag<uint32_t> d;
  constexpr int lanes = hn::MaxLanes(hn::ScalableTag<uint32_t>());
  auto offset = hn::Iota(d, base);
#pragma GCC unroll 4
  for (int k = 0; k < 64; k += lanes, word >>= lanes) {
    // Compacted in a register: some processors take hundreds of cycles to do so on the way out.
    hn::StoreU(hn::Compress(offset, bits_to_mask(d, word & 0xffffu)), d, to);
    to += bits_in(word & 0xffffu);
    offset = hn::Add(offset, hn::Set(d, uint32_t{lanes}));
  }
#else
  // Highway has tables for this, too, which the compiler copies to the stack each time.
  const hn::CappedTag<uint32_t, 8> d;
  constexpr int lanes = hn::MaxLanes(hn::CappedTag<uint32_t, 8>());
  const hn::Rebind<uint8_t, decltype(d)> bytes;
#pragma GCC unroll 8
  for (uint32_t k = 0; k < 64; k += 8, word >>= 8) {
    const uint8_t* const from = offsets_of_bytes.offsets[word & 0xffu];
    const auto start = hn::Set(d, base + k);
    for (int part = 0; part < 8; part += lanes) {
      hn::StoreU(hn::Add(hn::PromoteTo(d, hn::LoadU(bytes, from + part)), start), d, to + part);
    }
    to += bits_in(word & 0xffu);
  }
#endif
}

// Writes the offsets, from bit 0 of words[first] on, of the bits that are set, with room for
// offset_slack more, and moves `first` behind the last word that was taken: max_offsets / 64 words
// always are. Calls before(word) for each. Returns how many.
template <class Before>
BITWHERE_FN int64_t write_offsets(const uint64_t* words, int64_t count, int64_t& first,
                                  uint32_t* to, Before before) {
  int64_t written = 0;
  uint32_t base = 0;
  int64_t w = first;
  for (; w < count && written <= max_offsets - 64; ++w, base += 64) {
    const uint64_t word = words[w];
    const int64_t bits = bits_in(word);
    before(w);
    if (bits <= sparse_bits) {
      write_sparse(word, base, to + written);
    } else {
      write_dense(word, base, to + written);
    }
    written += bits;
  }
  first = w;
  return written;
}

}  // namespace
}  // namespace bitwhere::kernels
