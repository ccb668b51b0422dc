// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "simt/control.hpp"

#include "runtime.hpp"

namespace simt::control {
namespace {

template <class Member>
Member read(Member runtime::*member) {
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  return rt.*member;
}

counters tally() { return read(&runtime::tally); }

template <class Member>
void set(Member settings::*member, Member value) {
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  rt.config.*member = value;
}

}  // namespace

void reset() {
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  rt.streams.drop_everything();
  rt.config = settings{};
  rt.streams.set_seed(rt.config.seed);
  rt.launch_number = 0;
  rt.dynamic_limits.clear();
  rt.tally = {};
  rt.memory.alignment = device_memory::default_alignment;
  rt.memory.set_protected(false);
  rt.memory.forget_peak();
  rt.sticky = cudaSuccess;
  rt.diagnosis.clear();
  last_error() = cudaSuccess;
  current_device() = 0;
}

void set_seed(std::uint64_t seed) {
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  rt.config.seed = seed;
  rt.launch_number = 0;
  rt.streams.set_seed(seed);
}

std::uint64_t seed() { return read(&runtime::config).seed; }
void set_resident_blocks(unsigned blocks) { set(&settings::resident_blocks, blocks); }
void set_multiprocessors(int count) { set(&settings::multiprocessors, count); }
void set_compute_capability(int major, int minor) {
  set(&settings::capability_major, major);
  set(&settings::capability_minor, minor);
}
void set_device_count(int count) { set(&settings::devices, count); }
void set_driver(int version) { set(&settings::driver, version); }
void set_memory_limit(std::size_t bytes) { set(&settings::memory_limit, bytes); }
void set_patience(std::uint64_t switches) { set(&settings::patience, switches); }

void set_allocation_alignment(std::size_t bytes) {
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  rt.memory.alignment = bytes;
}

void protect_device_memory(bool on) {
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  rt.memory.set_protected(on);
}

std::string last_diagnosis() { return read(&runtime::diagnosis); }

std::uint64_t launch_count() { return tally().launches; }
std::uint64_t copy_count() { return tally().copies; }
std::uint64_t memset_count() { return tally().memsets; }
std::uint64_t synchronize_count() { return tally().synchronizations; }
std::uint64_t allocation_count() { return tally().allocations; }
std::uint64_t async_allocation_count() { return tally().async_allocations; }
std::uint64_t host_allocation_count() { return tally().host_allocations; }

std::size_t live_allocations() {
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  return rt.memory.count();
}

std::size_t live_bytes() {
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  return rt.memory.bytes();
}

std::size_t peak_bytes() {
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  return rt.memory.peak_bytes();
}

std::size_t pending_operations() {
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  return rt.streams.pending();
}

}  // namespace simt::control
