// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace bitwhere::device {

// Tells parts, which threads take in rising order, what those before them add up to. A part waits
// only for parts that were taken earlier and are being worked on, so that nobody waits for ever
// where the system lets every thread run. Work before `pass` must not throw.
class queue {
 public:
  // The sum of the parts before part `index`, to which `amount` is added.
  int64_t pass(int64_t index, int64_t amount) {
    while (next_.load(std::memory_order_acquire) != index) std::this_thread::yield();
    const int64_t before = total_;
    total_ += amount;
    next_.store(index + 1, std::memory_order_release);
    return before;
  }

  // Of all parts, once they have passed.
  int64_t total() const { return total_; }

 private:
  std::atomic<int64_t> next_{0};
  int64_t total_ = 0;
};

}  // namespace bitwhere::device
