// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <cstdint>

// Every launch number and threshold of the kernels, and what it rests on. None of them can change
// a bit of a result.
namespace bitwhere::kernels::tuning {

// --- cpu ---

// Work below this stays on the calling thread: waking a thread costs about 5 microseconds, in
// which one core moves some 64 KiB.
inline constexpr int64_t cpu_parallel_bytes = 256 << 10;

// Elements that a thread takes at a time: enough to hide the taking, few enough to balance.
// A multiple of the tile, so that blocks keep the alignment of the first.
inline constexpr int64_t cpu_block_elements = 64 << 10;

// From this size on an output would only push everything else out of the cache: it is written
// around it, which also saves reading the lines that are overwritten.
inline constexpr int64_t cpu_stream_bytes = 8 << 20;

// Bins of a thread's private histogram, in bytes. Up to the first, four copies share the L1 cache.
// Up to the second, one does without the atomic additions that the shared matrix takes: of 1000
// classes at random, 1.7 ns a pixel instead of 4.3.
inline constexpr int64_t cpu_histogram_copies_bytes = 8 << 10;
inline constexpr int64_t cpu_histogram_private_bytes = 4 << 20;

// Memory from this size on is asked for in huge pages: allocating and storing 256 MiB of indices
// took half the time.
inline constexpr size_t cpu_huge_page = size_t{2} << 20;
inline constexpr size_t cpu_huge_page_bytes = size_t{4} << 20;

// Elements of an output that a reduction's threads take whole multiples of: its largest tile, and a
// multiple of a block's columns.
inline constexpr int64_t cpu_reduce_tile = 4096;

// --- cuda ---

inline constexpr int cuda_block = 256;

// Blocks that must fit an SM for kernels that keep many values in registers: said outright, since
// the compiler's own aim of more blocks makes it spill.
inline constexpr int cuda_resident_blocks = 2;

// Labels that a thread reads side by side.
inline constexpr int cuda_labels = 4;

// Shared memory that a histogram may take: the 48 KiB every architecture gives without asking.
inline constexpr int64_t cuda_histogram_bytes = 48 << 10;

// Elements of one count that a warp, or a thread, takes: enough to hide what it costs to find them
// and to add to the count. Counts of fewer than the last are one thread's.
inline constexpr int64_t cuda_count_warp = 2048;
inline constexpr int64_t cuda_count_thread = 64;
inline constexpr int64_t cuda_count_few = 32;

// Elements of an output that a warp, or a thread, reduces at least: its partial is as small against
// them as 608 bytes. Outputs of fewer elements than the last are one thread's.
inline constexpr int64_t cuda_reduce_warp = 2048;
inline constexpr int64_t cuda_reduce_thread = 512;
inline constexpr int64_t cuda_reduce_few = 64;

// Threads an SM that the pieces of a reduction are meant for, at two blocks an SM and four turns.
inline constexpr int64_t cuda_reduce_threads_per_sm = 2048;

// f32 operations for one of f64 up to which sums add in f64: 2 on data center GPUs, 64 on others.
inline constexpr int cuda_f64_ratio = 4;

// Classes that lie side by side and are worth a warp a pixel: below, a thread's reads share the
// cache lines that its neighbours bring.
inline constexpr int64_t cuda_argmax_warp = 64;

// Colors whose keys a block keeps in shared memory at a time.
inline constexpr int cuda_keys = 2048;

// Blocks of a persistent grid an SM.
inline constexpr int cuda_blocks_per_sm = 8;

}  // namespace bitwhere::kernels::tuning
