// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "block.hpp"

#include <algorithm>

namespace simt {

void block::start(uint3 block_index, unsigned thread_count, std::size_t dynamic_bytes,
                  random_source* random) {
  is_live = true;
  index = block_index;
  alive = thread_count;
  threads.assign(thread_count, cuda_thread{});
  warps.resize((thread_count + warp_threads - 1) / warp_threads);
  for (unsigned w = 0; w < warps.size(); ++w) {
    const unsigned lanes = std::min(thread_count - w * warp_threads, warp_threads);
    warps[w].alive = lanes == warp_threads ? ~0u : (1u << lanes) - 1u;
    for (auto& meeting : warps[w].meetings) meeting->mask = 0;
  }
  barrier.arrived.clear();
  barrier.true_threads = 0;
  queue.start(thread_count, random);
  shared.start(dynamic_bytes);
}

}  // namespace simt
