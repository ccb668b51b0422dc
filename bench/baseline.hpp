// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

// L: what a plain loop takes that reads and writes the bytes of an operation and does nothing else.
namespace bitwhere::bench {

// The memory that an operation walks along, so many bytes an element from each stream.
struct traffic {
  const void* read[3] = {};
  int read_bytes[3] = {};
  void* write = nullptr;
  int write_bytes = 0;
  std::int64_t elements = 0;  // a multiple of 64, or 0: there is no baseline
};

// A way to do it: none is the best everywhere, so the best of all is found for each case.
struct plain_way {
  const char* isa;
  bool streaming;  // stores go around the cache
  int threads;
};

// Plain loops over one piece of traffic.
class baseline {
 public:
  baseline(const traffic& over, int threads);
  ~baseline();

  const std::vector<plain_way>& ways() const { return ways_; }
  void run(const plain_way& way);

 private:
  struct arena;
  traffic over_;
  std::vector<plain_way> ways_;
  std::unique_ptr<arena> arena_;
};

}  // namespace bitwhere::bench
