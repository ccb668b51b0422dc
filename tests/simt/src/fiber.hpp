// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <vector>

namespace simt {

/// A stack with a guard page and the point where it stopped. Runs `body` each time it is resumed
/// after the body returned, so that one fiber serves many CUDA threads.
class fiber {
 public:
  explicit fiber(void (*body)());
  ~fiber();
  fiber(const fiber&) = delete;
  fiber& operator=(const fiber&) = delete;

  /// From the scheduler: runs the fiber until it suspends or its body returns.
  void resume();

  /// From inside: back to the scheduler.
  static void suspend();

  /// From inside, also from a signal handler: back to the scheduler for good. Destructors on the
  /// stack do not run.
  [[noreturn]] static void abandon();

  /// The fiber that runs, or null while the scheduler does.
  static fiber* running();

  /// Makes an abandoned or suspended fiber start over.
  void rewind();

  bool guards(const void* address) const;

 private:
  static void entry();

  void (*body_)();
  std::byte* mapping_;
  std::size_t mapping_bytes_;
  std::byte* stack_;
  std::size_t stack_bytes_;
  void* context_ = nullptr;
  void* fake_stack_ = nullptr;
};

/// Fibers wait here between CUDA threads: mapping a stack costs microseconds.
class fiber_pool {
 public:
  explicit fiber_pool(void (*body)()) : body_(body) {}
  ~fiber_pool();

  fiber* take();
  void put(fiber* idle) { idle_.push_back(idle); }

 private:
  void (*body_)();
  std::vector<fiber*> idle_;
};

}  // namespace simt
