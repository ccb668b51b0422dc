// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <string>
#include <vector>

#include "block.hpp"

namespace simt {

class launch_run;

// The words that diagnoses are made of.
std::string hex(unsigned long long value);
std::string to_text(const uint3& index);
std::string at_site(const site& where);  // "file.cu:12: ", empty without a file
std::string kernel_name(const void* kernel);
std::string signal_name(int signal);

/// Threads that wait at the same place, as one line each.
class wait_report {
 public:
  void add(const cuda_thread& t);
  std::string text() const;

 private:
  struct place {
    const char* in;
    site at;
    uint3 first_thread;
    unsigned threads;
  };
  std::vector<place> places_;
};

/// Releases all threads that wait in the block's barrier.
void complete_barrier(launch_run& run);

}  // namespace simt
