// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "../plan/binary_loss_plan.hpp"
#include "../plan/class_loss_plan.hpp"
#include "../plan/clean_plan.hpp"
#include "../plan/color_plan.hpp"
#include "../plan/count_plan.hpp"
#include "../plan/elementwise_plan.hpp"
#include "../plan/label_plan.hpp"
#include "../plan/loss_options.hpp"
#include "../plan/nonzero_plan.hpp"
#include "../plan/reduce_plan.hpp"
#include "../plan/where_plan.hpp"

namespace bitwhere::device {

// What a context asks of every device alike.
struct settings {
  bw_allocator allocator = {};  // functions are NULL: the device's own
  bw_trace_function trace = nullptr;
  void* trace_user = nullptr;
};

// The device of one context: a row an operation, and memory. Everything a plan needs has been
// checked before it comes here; what fails now is memory or the driver.
class device {
 public:
  device(std::string name, bw_device memory, const settings& chosen);
  device(const device&) = delete;
  device& operator=(const device&) = delete;
  virtual ~device() = default;

  const std::string& name() const { return name_; }
  plan::placement placement() const { return {memory_}; }
  virtual const char* isa() const = 0;
  virtual int threads() const = 0;
  virtual void* stream() const = 0;

  virtual void where(const plan::where_plan& plan, const char* operation) = 0;
  virtual void count(const plan::count_plan& plan) = 0;
  virtual void clean(const plan::clean_plan& plan) = 0;
  virtual void elementwise(const plan::elementwise_plan& plan) = 0;
  virtual void confusion(const plan::confusion_plan& plan) = 0;
  virtual void accuracy(const plan::accuracy_plan& plan) = 0;
  virtual void argmax(const plan::argmax_plan& plan) = 0;
  virtual void colorize(const plan::colorize_plan& plan) = 0;
  virtual void decolorize(const plan::decolorize_plan& plan) = 0;
  // Stream compaction into the plan's output; or in two steps, where the output's size is the
  // count: `find` waits for it and keeps the bits in the workspace for `store_found`, which has to
  // be the next call and gets the same plan, now with its output.
  virtual void select(const plan::nonzero_plan& plan) = 0;
  virtual int64_t find(const plan::nonzero_plan& plan) = 0;
  virtual void store_found(const plan::nonzero_plan& plan) = 0;
  // Results, or where the plan has room for them, partials.
  virtual void reduce(const plan::reduce_plan& plan) = 0;
  virtual void merge(const plan::merge_plan& plan) = 0;
  virtual void finish(const plan::finish_plan& plan) = 0;
  virtual void binary_loss(const plan::binary_loss_plan& plan) = 0;
  virtual void class_loss(const plan::class_loss_plan& plan) = 0;
  virtual void finish_loss(const plan::finish_loss_plan& plan) = 0;

  // Copies bytes between this device and the host, or within either; returns when memory of the
  // host may be read or changed.
  virtual void copy_bytes(void* to, bw_device to_memory, const void* from, bw_device from_memory,
                          size_t bytes) = 0;
  virtual void synchronize() = 0;

  // 0 bytes give nullptr. Throws BW_OUT_OF_MEMORY.
  void* allocate(size_t bytes);
  void deallocate(void* pointer, size_t bytes);

  // Memory for the time of a call, in stream order. While a graph is being captured it is the
  // device's own, which the graph then takes each time it runs: the caller's allocator would have
  // it back before.
  void* lend(size_t bytes);
  void take_back(void* pointer, size_t bytes);

 protected:
  // Whether calls are being recorded and not run.
  virtual bool capturing() const { return false; }
  virtual void* allocate_own(size_t bytes) = 0;  // nullptr where there is none
  virtual void deallocate_own(void* pointer) = 0;

  // Memory for the duration of one operation, kept for the next; grows, never shrinks.
  void* workspace(size_t bytes);
  // To be called by the destructor of the derived class, while its memory functions still work.
  void release_workspace();

  void trace(const char* operation, const char* kernel, int64_t bytes, int workers) const;

 private:
  std::string name_;
  bw_device memory_;
  settings settings_;
  void* workspace_ = nullptr;
  size_t workspace_bytes_ = 0;
};

}  // namespace bitwhere::device
