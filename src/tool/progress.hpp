// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <ostream>
#include <string>

namespace bitwhere::tool {

/// A bar with the images done, their rate and the time left.
std::string progress_line(std::size_t done, std::size_t total, double seconds);

/// Draws the bar on a terminal while workers advance it, and wipes it out at its end.
class progress {
 public:
  /// `terminal` NULL: nothing is drawn.
  progress(std::ostream* terminal, std::size_t total);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress();

  /// One more image is done; any thread.
  void advance();

 private:
  using clock = std::chrono::steady_clock;

  std::ostream* terminal_;
  std::size_t total_;
  std::size_t done_ = 0;
  clock::time_point start_ = clock::now();
  clock::time_point drawn_ = {};
  std::mutex mutex_;
};

}  // namespace bitwhere::tool
