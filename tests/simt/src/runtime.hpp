// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "device_memory.hpp"
#include "launch_run.hpp"
#include "stream_table.hpp"

namespace simt {

inline constexpr int runtime_version = 13000;

/// What tests may set; reset() goes back to these, read from the environment.
struct settings {
  settings();

  std::uint64_t seed;
  unsigned resident_blocks = 0;
  int multiprocessors = 4;
  int capability_major = 9;
  int capability_minor = 0;
  int devices;
  int driver = runtime_version;
  std::size_t memory_limit = std::size_t{16} << 30;
  std::uint64_t patience = 200'000;
};

struct counters {
  std::uint64_t launches = 0;
  std::uint64_t copies = 0;
  std::uint64_t memsets = 0;
  std::uint64_t synchronizations = 0;
  std::uint64_t allocations = 0;
  std::uint64_t async_allocations = 0;
  std::uint64_t host_allocations = 0;
};

/// All state of the emulated runtime, behind one lock.
struct runtime {
  static runtime& instance();

  std::mutex lock;
  settings config;
  counters tally;
  device_memory memory;
  stream_table streams{[this] { return sticky != cudaSuccess; }};
  std::map<const void*, int> dynamic_limits;  // by kernel
  cudaError_t sticky = cudaSuccess;
  std::string diagnosis;
  std::uint64_t launch_number = 0;

  cudaError_t availability() const;
  /// The first failure wins: what follows is its consequence.
  void fail(const failure& f);
  void synchronized() { ++tally.synchronizations; }
  void launch(const launch_request& request, int device);
  void release(void* data);
};

/// The calling host thread's device, and its last error that is not sticky.
int& current_device();
cudaError_t& last_error();

}  // namespace simt
