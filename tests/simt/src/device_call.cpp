// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "device_call.hpp"

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

#include "diagnosis.hpp"
#include "simt/atomics.hpp"
#include "simt/shared_memory.hpp"

namespace simt {
namespace {

// In order, a thread gives way only when this many calls in a row look like polling: a kernel that
// merely fences now and then still runs to completion.
constexpr unsigned polls_before_giving_way = 16;

bool is_on_device() { return launch_run::active() != nullptr && fiber::running() != nullptr; }

void poll(const char* name, const site& where) {
  launch_run& run = *launch_run::active();
  if (run.is_random()) {
    if (run.random().flip()) run.give_way(name, where);
  } else if (++run.self().quiet_calls >= polls_before_giving_way) {
    run.self().quiet_calls = 0;
    run.give_way(name, where);
  }
}

bool same_place(const block_meeting& barrier, const char* name, const site& where) {
  return barrier.where.line == where.line && std::strcmp(barrier.name, name) == 0 &&
         std::strcmp(barrier.where.file, where.file) == 0;
}

std::string split_text(const block_meeting& barrier, const char* name) {
  return std::string("threads of one block stand at different barriers: this one in ") + name +
         ", another at " + at_site(barrier.where) + barrier.name;
}

std::string static_text(std::size_t bytes, std::size_t in_use) {
  return "static shared memory over 48 KB: " + std::to_string(bytes) + " bytes more than the " +
         std::to_string(in_use) + " in use";
}

std::string total_text(std::size_t bytes) {
  return "shared memory over the limit: " + std::to_string(bytes) +
         " bytes, static and dynamic together";
}

}  // namespace

launch_run& device_call(const char* function) {
  if (!is_on_device()) throw std::logic_error(std::string(function) + " called outside a kernel");
  return *launch_run::active();
}

void complete_barrier(launch_run& run) {
  block_meeting& barrier = run.here().barrier;
  barrier.result = {static_cast<unsigned>(barrier.arrived.size()), barrier.true_threads};
  for (const unsigned rank : barrier.arrived) {
    if (run.here().threads[rank].state == thread_state::waiting) run.release(rank);
  }
  barrier.arrived.clear();
  barrier.true_threads = 0;
}

detail::barrier_votes detail::block_barrier(const char* name, bool predicate, site where) {
  launch_run& run = device_call(name);
  block& here = run.here();
  block_meeting& barrier = here.barrier;
  if (barrier.arrived.empty()) {
    barrier.name = name;
    barrier.where = where;
  } else if (!same_place(barrier, name, where)) {
    run.fail(where, split_text(barrier, name));
  }
  barrier.arrived.push_back(run.self().rank);
  barrier.true_threads += predicate;
  run.note_progress();
  if (barrier.arrived.size() < here.alive) {
    run.wait(name, where);
  } else {
    complete_barrier(run);
    const barrier_votes result = barrier.result;
    if (run.is_random() && run.random().flip()) run.give_way(name, where);
    return result;
  }
  return here.barrier.result;
}

// Atomics also serve code that host and device share, where there is nobody to give way to.
void detail::before_atomic(const void* address, std::size_t bytes, site where) {
  if (!is_on_device()) return;
  launch_run& run = *launch_run::active();
  if (reinterpret_cast<std::uintptr_t>(address) % bytes != 0) {
    run.fail(where, "misaligned atomic", cudaErrorMisalignedAddress);
  }
  if (run.is_random() && run.random().flip()) run.give_way("an atomic", where);
}

void detail::after_atomic(bool changed, site where) {
  if (!is_on_device()) return;
  launch_run& run = *launch_run::active();
  if (!changed) return poll("an atomic", where);
  run.self().quiet_calls = 0;
  run.note_progress();
}

void detail::fence(site where) {
  if (is_on_device()) poll("a fence", where);
}

void detail::pause(site where) { device_call("__nanosleep").give_way("__nanosleep", where); }

void detail::trap(site where) { device_call("__trap").fail(where, "__trap was called"); }

void* detail::static_shared_storage(const void* key, std::size_t bytes, std::size_t alignment,
                                    site where) {
  launch_run& run = device_call("BITWHERE_SHARED");
  block& here = run.here();
  const launch_request& request = run.request();
  void* const storage = here.shared.object(key, bytes, alignment);
  const std::size_t total = here.shared.static_bytes() + request.dynamic_bytes;
  if (storage == nullptr) {
    run.fail(where, static_text(bytes, here.shared.static_bytes()));
  }
  const bool fits = total <= default_shared_bytes || request.dynamic_bytes <= request.dynamic_limit;
  if (!fits || total > optin_shared_bytes) {
    run.fail(where, total_text(total));
  }
  return storage;
}

void* detail::dynamic_shared_storage(std::size_t alignment, site where) {
  launch_run& run = device_call("BITWHERE_DYNAMIC_SHARED");
  void* const storage = run.here().shared.dynamic();
  if (reinterpret_cast<std::uintptr_t>(storage) % alignment != 0) {
    run.fail(where, "dynamic shared memory is aligned to 16 bytes only");
  }
  return storage;
}

}  // namespace simt
