// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "fiber.hpp"
#include "run_queue.hpp"
#include "shared_arena.hpp"
#include "simt/collectives.hpp"
#include "simt/site.hpp"
#include "simt/vector_types.hpp"

namespace simt {

inline constexpr unsigned warp_threads = 32;

enum class thread_state : std::uint8_t { fresh, runnable, waiting, done };

/// One CUDA thread of a resident block.
struct cuda_thread {
  unsigned rank = 0;
  uint3 index{};
  thread_state state = thread_state::fresh;
  fiber* carrier = nullptr;
  unsigned quiet_calls = 0;
  const char* waits_in = "";
  site waits_at;

  unsigned lane() const { return rank % warp_threads; }
  unsigned lane_bit() const { return 1u << lane(); }
};

/// One meeting of the lanes in `mask`. A new one is made for each, so that a fast lane's next
/// deposit cannot overwrite what a slow lane has yet to read.
struct rendezvous {
  unsigned mask = 0;  // 0: free
  unsigned arrived = 0;
  unsigned left = 0;
  const char* name = "";
  unsigned qualifier = 0;
  site where;
  std::array<std::uint64_t, warp_threads> values;

  bool is_complete() const { return arrived == mask; }
};

struct warp {
  unsigned alive = 0;
  std::vector<std::unique_ptr<rendezvous>> meetings;
};

/// The meeting of all live threads of a block. The result of one is read by everybody before the
/// next can complete, so one suffices.
struct block_meeting {
  std::vector<unsigned> arrived;
  unsigned true_threads = 0;
  const char* name = "";
  site where;
  detail::barrier_votes result{};
};

/// A resident block. Reused for the blocks that follow it in its slot.
struct block {
  bool is_live = false;
  uint3 index{};
  unsigned alive = 0;
  std::vector<cuda_thread> threads;
  std::vector<warp> warps;
  block_meeting barrier;
  run_queue queue;
  shared_arena shared;

  void start(uint3 block_index, unsigned thread_count, std::size_t dynamic_bytes,
             random_source* random);
};

}  // namespace simt
