// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "random.hpp"
#include "simt/runtime_types.hpp"

namespace simt {

struct stream;

/// A point in a stream: the work enqueued before it.
struct stream_position {
  std::shared_ptr<stream> where;  // null: nothing to wait for
  std::uint64_t ticket = 0;
};

struct operation {
  std::function<void()> body;
  stream_position after{};  // work of another stream that comes first
  bool is_cleanup = false;  // runs even once the device has failed
};

struct stream {
  int device = 0;
  unsigned flags = cudaStreamDefault;
  std::deque<operation> queue;
  std::uint64_t enqueued = 0;
  std::uint64_t completed = 0;
};

struct event {
  unsigned flags = cudaEventDefault;
  stream_position position;
  // Filled in when the stream gets there; a fresh one for each record.
  std::shared_ptr<std::chrono::steady_clock::time_point> time;
};

/// Streams as queues that run when somebody synchronises, or at random moments before.
class stream_table {
 public:
  using is_failed = std::function<bool()>;
  explicit stream_table(is_failed failed) : failed_(std::move(failed)) {}

  cudaStream_t create(int device, unsigned flags);
  /// As in CUDA the handle is gone at once and the queued work still runs.
  bool destroy(cudaStream_t handle);
  /// The stream of a handle; the device's legacy stream for null and CUDA's constants; null when
  /// the handle is unknown.
  std::shared_ptr<stream> find(cudaStream_t handle, int device);

  cudaEvent_t create_event(unsigned flags);
  bool destroy_event(cudaEvent_t handle);
  event* find_event(cudaEvent_t handle);

  void push(const std::shared_ptr<stream>& s, operation op);
  void drain(stream& s);
  void drain(const stream_position& position);
  void drain_device(int device);
  /// Runs one operation, so that polling gets somewhere. False when none was left.
  bool run_one(stream& s);
  void drop_everything();
  std::size_t pending() const;

  void set_seed(std::uint64_t seed);

 private:
  bool is_legacy(const stream& s) const;
  void order_with_legacy(const stream& s);
  void run_some_at_random();
  template <class Visit>
  void for_each(const Visit& visit);

  is_failed failed_;
  bool is_random_ = false;
  random_source random_;
  std::map<cudaStream_t, std::shared_ptr<stream>> streams_;
  std::map<int, std::shared_ptr<stream>> legacy_;
  std::deque<std::shared_ptr<stream>> orphans_;  // destroyed with work left
  std::map<cudaEvent_t, std::unique_ptr<event>> events_;
};

}  // namespace simt
