// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace bitwhere::device {

// The threads of one context. Work is cut into blocks that workers take one after another; which
// worker gets which block is left to chance, since no result depends on it.
class thread_team {
 public:
  explicit thread_team(int requested);  // 0: one a core
  ~thread_team();

  int size() const { return size_; }

  // Workers worth using for so much work: 1 means the calling thread alone.
  int workers_for(int64_t bytes, int64_t blocks) const;

  // Calls body(worker, block) for every block in [0, blocks), worker in [0, workers).
  template <class Body>
  void run(int workers, int64_t blocks, const Body& body) {
    if (workers <= 1) {
      for (int64_t block = 0; block < blocks; ++block) body(0, block);
      return;
    }
    std::atomic<int64_t> next{0};
    struct job {
      std::atomic<int64_t>& next;
      int64_t blocks;
      const Body& body;
    } shared{next, blocks, body};
    run_workers(
        workers,
        [](void* opaque, int worker) {
          auto& j = *static_cast<job*>(opaque);
          for (int64_t b; (b = j.next.fetch_add(1, std::memory_order_relaxed)) < j.blocks;) {
            j.body(worker, b);
          }
        },
        &shared);
  }

 private:
  void run_workers(int workers, void (*work)(void*, int), void* job);

  struct arena;
  int size_;
  std::unique_ptr<arena> arena_;  // made when first needed
};

}  // namespace bitwhere::device
