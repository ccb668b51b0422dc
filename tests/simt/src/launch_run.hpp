// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "block.hpp"
#include "random.hpp"
#include "simt/launch.hpp"

namespace simt {

struct launch_request {
  detail::kernel_call call;
  dim3 grid;
  dim3 block;
  std::size_t dynamic_bytes = 0;
  std::size_t dynamic_limit = 0;  // from cudaFuncSetAttribute; 0: never set
};

struct schedule {
  std::uint64_t seed = 0;  // 0: in order
  unsigned resident_blocks = 1;
  std::uint64_t patience = 0;  // switches without progress
};

struct failure {
  cudaError_t code;
  std::string text;
};

/// One launch from its first block to its last, or to its first diagnosis.
class launch_run {
 public:
  using describe_address = std::function<std::string(const void*)>;

  launch_run(const launch_request& request, const schedule& how, describe_address describe);

  std::optional<failure> run();

  /// The kernel, and the block and thread where it got to, in words.
  std::string who() const;

  /// The launch that runs, or null. Device functions find their state through it.
  static launch_run* active();
  static bool is_on_this_thread();

  // What device functions need; all of it on the running thread's fiber.
  block& here() { return *block_; }
  cuda_thread& self() { return *thread_; }
  const launch_request& request() const { return request_; }
  /// Never returns, and destructors on the fiber do not run: the text has to be moved in or be the
  /// value of one call, or it leaks.
  [[noreturn]] void fail(const site& where, std::string what,
                         cudaError_t code = cudaErrorLaunchFailure);
  /// Suspends until somebody releases the thread.
  void wait(const char* in, const site& at);
  void release(unsigned rank);
  /// Lets others run; counts against the launch's patience.
  void give_way(const char* in, const site& at);
  void note_progress() { stalled_switches_ = 0; }
  bool is_random() const { return how_.seed != 0; }
  random_source& random() { return random_; }

 private:
  static void run_threads();  // what a fiber does
  static fiber_pool& fibers();
  static std::vector<std::unique_ptr<block>>& slots();

  void run_in_order();
  void run_at_random();
  bool run_until_stalled(block& b);
  bool step(block& b);
  void begin_thread(block& b, unsigned rank, fiber* carrier);
  void finish_thread();
  bool start_next_block(block& b);
  void finish_block(block& b);
  uint3 nth_block(std::uint64_t n) const;
  void abandon_everything();
  void fail_with_deadlock();
  void record(cudaError_t code, const std::string& text);
  void record_at(const site& where, std::string what, cudaError_t code);
  std::string spin_text(const char* in) const;
  void diagnose_fault();
  std::string waits(const block& b) const;

  const launch_request& request_;
  schedule how_;
  describe_address describe_;
  random_source random_;
  std::uint64_t total_blocks_;
  std::uint64_t started_blocks_ = 0;
  std::uint64_t order_step_ = 1;
  std::uint64_t order_offset_ = 0;
  unsigned block_threads_;
  std::size_t resident_;
  std::size_t live_blocks_ = 0;
  std::uint64_t stalled_switches_ = 0;
  block* block_ = nullptr;
  cuda_thread* thread_ = nullptr;
  std::optional<failure> failure_;
};

}  // namespace simt
