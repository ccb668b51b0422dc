// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// What only tests use: the schedule, the emulated machine, what went wrong and what was done.
/// Every function may be called from any host thread.
namespace simt::control {

/// Drops queued work, errors, the diagnosis, counters and settings. Streams, events and memory
/// that somebody still owns stay valid.
void reset();

/// 0, the default: blocks and threads run in order and work waits in its stream until somebody
/// synchronises. Otherwise blocks, threads and streams interleave at random, the same way for the
/// same seed and calls. Without a call the environment's BITWHERE_SIMT_SEED decides.
void set_seed(std::uint64_t seed);
std::uint64_t seed();

/// How many blocks make progress at a time; 0 means one a multiprocessor.
void set_resident_blocks(unsigned blocks);

/// The machine. Devices: BITWHERE_SIMT_DEVICES or 1. Driver: 0 is none, below 13000 is too old.
void set_multiprocessors(int count);
void set_compute_capability(int major, int minor);
void set_device_count(int count);
void set_driver(int version);
/// Bytes of device memory; an allocation beyond them fails as on a full device.
void set_memory_limit(std::size_t bytes);

/// Alignment of device pointers, 16 to 4096. The default 16 leaves no gap before the guard page;
/// CUDA promises 256, which lets reads of up to 255 bytes past the end go unseen.
void set_allocation_alignment(std::size_t bytes);

/// On: device memory is inaccessible except to kernels and copies, so host code that touches it
/// crashes. Costs system calls for each live allocation and operation.
void protect_device_memory(bool on);

/// Switches to other threads without any progress after which a launch counts as hung.
void set_patience(std::uint64_t switches);

/// What the first failing operation since reset() did wrong, or nothing.
std::string last_diagnosis();

/// Since reset(). Synchronisations include the implicit ones: of cudaFree, of copies that involve
/// the host's pageable memory on the way back, of cudaMemcpy.
std::uint64_t launch_count();
std::uint64_t copy_count();
std::uint64_t memset_count();
std::uint64_t synchronize_count();
/// Calls that allocated device memory; of these the stream-ordered ones; calls that pinned memory.
std::uint64_t allocation_count();
std::uint64_t async_allocation_count();
std::uint64_t host_allocation_count();

/// Right now. Memory freed in stream order counts until its stream reaches the free.
std::size_t live_allocations();
std::size_t live_bytes();
/// The most live_bytes() has been since reset().
std::size_t peak_bytes();
/// Operations queued and not yet executed, over all streams.
std::size_t pending_operations();

}  // namespace simt::control
