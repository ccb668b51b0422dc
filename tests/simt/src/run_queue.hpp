// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "random.hpp"

namespace simt {

/// The runnable threads of one block, by rank. In order: released threads before fresh ones, so
/// that a warp gets to its end before the next begins; those that gave way wait until the caller
/// readmits them. At random: all alike.
class run_queue {
 public:
  void start(unsigned threads, random_source* random) {
    random_ = random;
    released_.clear();
    head_ = 0;
    yielded_.clear();
    next_fresh_ = 0;
    threads_ = threads;
    if (random_ == nullptr) return;
    for (unsigned rank = 0; rank < threads; ++rank) released_.push_back(rank);
    next_fresh_ = threads;
  }

  bool empty() const { return head_ == released_.size() && next_fresh_ == threads_; }

  /// A fresh thread comes next and the order says so: it can run on the fiber that is running.
  bool next_is_fresh() const {
    return random_ == nullptr && head_ == released_.size() && next_fresh_ != threads_;
  }

  unsigned pop() {
    if (random_ != nullptr) return pop_at_random();
    if (head_ == released_.size()) return next_fresh_++;
    const unsigned rank = released_[head_++];
    if (head_ == released_.size()) {
      released_.clear();
      head_ = 0;
    }
    return rank;
  }

  void push_released(unsigned rank) { released_.push_back(rank); }
  void push_yielded(unsigned rank) { (random_ != nullptr ? released_ : yielded_).push_back(rank); }

  void readmit_yielded() {
    released_.insert(released_.end(), yielded_.begin(), yielded_.end());
    yielded_.clear();
  }

 private:
  unsigned pop_at_random() {
    std::swap(released_[random_->below(released_.size())], released_.back());
    const unsigned rank = released_.back();
    released_.pop_back();
    return rank;
  }

  random_source* random_ = nullptr;
  std::vector<unsigned> released_;
  std::size_t head_ = 0;
  std::vector<unsigned> yielded_;
  unsigned next_fresh_ = 0;
  unsigned threads_ = 0;
};

}  // namespace simt
