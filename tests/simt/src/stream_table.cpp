// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "stream_table.hpp"

#include <utility>
#include <vector>

namespace simt {
namespace {

// A caller that never synchronises must not fill memory with captured arguments.
constexpr std::size_t max_queue = 1024;

}  // namespace

template <class Visit>
void stream_table::for_each(const Visit& visit) {
  // A copy: what runs may create and destroy streams.
  std::vector<std::shared_ptr<stream>> all(orphans_.begin(), orphans_.end());
  for (const auto& [device, s] : legacy_) all.push_back(s);
  for (const auto& [handle, s] : streams_) all.push_back(s);
  for (const auto& s : all) visit(*s);
}

cudaStream_t stream_table::create(int device, unsigned flags) {
  auto created = std::make_shared<stream>();
  created->device = device;
  created->flags = flags;
  const auto handle = reinterpret_cast<cudaStream_t>(created.get());
  streams_.emplace(handle, std::move(created));
  return handle;
}

bool stream_table::destroy(cudaStream_t handle) {
  const auto found = streams_.find(handle);
  if (found == streams_.end()) return false;
  std::erase_if(orphans_, [](const auto& s) { return s->queue.empty(); });
  if (!found->second->queue.empty()) orphans_.push_back(found->second);
  streams_.erase(found);
  return true;
}

std::shared_ptr<stream> stream_table::find(cudaStream_t handle, int device) {
  if (handle == nullptr || handle == cudaStreamLegacy || handle == cudaStreamPerThread) {
    auto& legacy = legacy_[device];
    if (legacy == nullptr) {
      legacy = std::make_shared<stream>();
      legacy->device = device;
    }
    return legacy;
  }
  const auto found = streams_.find(handle);
  return found == streams_.end() ? nullptr : found->second;
}

cudaEvent_t stream_table::create_event(unsigned flags) {
  auto created = std::make_unique<event>();
  created->flags = flags;
  const auto handle = reinterpret_cast<cudaEvent_t>(created.get());
  events_.emplace(handle, std::move(created));
  return handle;
}

bool stream_table::destroy_event(cudaEvent_t handle) { return events_.erase(handle) != 0; }

event* stream_table::find_event(cudaEvent_t handle) {
  const auto found = events_.find(handle);
  return found == events_.end() ? nullptr : found->second.get();
}

void stream_table::push(const std::shared_ptr<stream>& s, operation op) {
  order_with_legacy(*s);
  s->queue.push_back(std::move(op));
  ++s->enqueued;
  if (is_random_) {
    run_some_at_random();
  } else if (s->queue.size() > max_queue) {
    drain(*s);
  }
}

bool stream_table::is_legacy(const stream& s) const {
  const auto found = legacy_.find(s.device);
  return found != legacy_.end() && found->second.get() == &s;
}

// The legacy stream comes after all earlier work of blocking streams, and they after its.
void stream_table::order_with_legacy(const stream& s) {
  if ((s.flags & cudaStreamNonBlocking) != 0) return;
  const bool drains_all = is_legacy(s);
  for_each([&](stream& other) {
    if (other.device != s.device || &other == &s) return;
    if ((other.flags & cudaStreamNonBlocking) != 0) return;
    if (drains_all || is_legacy(other)) drain(other);
  });
}

void stream_table::run_some_at_random() {
  while (random_.flip()) {
    std::vector<stream*> busy;
    for_each([&](stream& s) {
      if (!s.queue.empty()) busy.push_back(&s);
    });
    if (busy.empty()) return;
    run_one(*busy[random_.below(busy.size())]);
  }
}

bool stream_table::run_one(stream& s) {
  if (s.queue.empty()) return false;
  const operation op = std::move(s.queue.front());
  s.queue.pop_front();
  drain(op.after);
  if (op.is_cleanup || !failed_()) op.body();
  ++s.completed;
  return true;
}

void stream_table::drain(stream& s) {
  if (!(s.flags & cudaStreamNonBlocking) && is_legacy(s)) order_with_legacy(s);
  while (run_one(s)) {
  }
}

void stream_table::drain(const stream_position& position) {
  if (position.where == nullptr) return;
  while (position.where->completed < position.ticket && run_one(*position.where)) {
  }
}

void stream_table::drain_device(int device) {
  for_each([&](stream& s) {
    if (s.device == device) drain(s);
  });
}

void stream_table::drop_everything() {
  for_each([](stream& s) {
    // Memory whose free was queued has no other owner.
    for (operation& op : std::exchange(s.queue, {})) {
      if (op.is_cleanup) op.body();
    }
    s.completed = s.enqueued;
  });
  orphans_.clear();
}

std::size_t stream_table::pending() const {
  std::size_t count = 0;
  for (const auto& s : orphans_) count += s->queue.size();
  for (const auto& [device, s] : legacy_) count += s->queue.size();
  for (const auto& [handle, s] : streams_) count += s->queue.size();
  return count;
}

void stream_table::set_seed(std::uint64_t seed) {
  is_random_ = seed != 0;
  random_ = random_source(seed);
}

}  // namespace simt
