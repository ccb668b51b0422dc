// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/error.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bitwhere {

/// Options of a context; all have defaults.
struct context_options {
  std::string device = {};  ///< "cpu", "cuda:0"; empty: $BITWHERE_DEVICE, else "cpu"
  std::string isa = {};     ///< "avx2", ...; empty: $BITWHERE_ISA, else the best here
  int threads = 0;          ///< cpu threads at most; 0: one a core
  void* stream = nullptr;   ///< a cudaStream_t; nullptr: one of the context's own
  const bw_allocator* allocator = nullptr;                 ///< copied
  std::function<void(const bw_trace_record&)> trace = {};  ///< called for each kernel that ran
};

/// Device, stream, threads and workspace of a chain of calls (bw_context). Copies share one
/// context. One context, one thread at a time; different contexts are independent.
class context {
 public:
  context() : context(context_options{}) {}
  // A template, so that context({.isa = "avx2"}) means options and nothing else.
  template <class Name>
  requires std::convertible_to<const Name&, std::string>
  explicit context(const Name& device) : context(context_options{.device = device}) {}

  explicit context(context_options options) : state_(std::make_shared<state>()) {
    state_->trace = std::move(options.trace);
    bw_context_options c = {};
    c.struct_bytes = sizeof(c);
    c.device = options.device.empty() ? nullptr : options.device.c_str();
    c.isa = options.isa.empty() ? nullptr : options.isa.c_str();
    c.threads = options.threads;
    c.stream = options.stream;
    c.allocator = options.allocator;
    if (state_->trace) {
      c.trace = [](void* user, const bw_trace_record* record) {
        static_cast<state*>(user)->trace(*record);
      };
      c.trace_user = state_.get();
    }
    detail::check(bw_context_create(&c, &state_->handle), nullptr);
  }

  [[nodiscard]] bw_context* get() const { return state_->handle; }
  [[nodiscard]] std::string device() const { return bw_context_device(get()); }
  [[nodiscard]] std::string isa() const { return bw_context_isa(get()); }
  [[nodiscard]] int threads() const { return bw_context_threads(get()); }
  [[nodiscard]] void* stream() const { return bw_context_stream(get()); }
  [[nodiscard]] bw_device memory() const { return bw_context_memory(get()); }
  [[nodiscard]] bool is_cpu() const { return memory().type == BW_CPU; }

  /// Waits until everything enqueued so far is done.
  void synchronize() const { check(bw_synchronize(get())); }

  /// Throws the error of a C call that was made with this context.
  void check(bw_status status) const { detail::check(status, get()); }

 private:
  struct state {
    bw_context* handle = nullptr;
    std::function<void(const bw_trace_record&)> trace;
    state() = default;
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    ~state() { bw_context_destroy(handle); }
  };
  std::shared_ptr<state> state_;
};

/// Whether a context can be made for "cuda:0".
inline bool cuda_available() { return bw_cuda() == BW_CUDA_READY; }

/// The names of all devices, "cpu" first.
inline std::vector<std::string> devices() {
  std::vector<std::string> names;
  for (std::int32_t i = 0; i < bw_device_count(); ++i) {
    bw_device_info info = {};
    info.struct_bytes = sizeof(info);
    detail::check(bw_device_describe(i, &info), nullptr);
    names.emplace_back(info.name);
  }
  return names;
}

/// The names of the cpu instruction sets that can be chosen here, best first.
inline std::vector<std::string> isas() {
  std::vector<std::string> names;
  for (std::int32_t i = 0; i < bw_isa_count(); ++i) {
    bw_isa_info info = {};
    info.struct_bytes = sizeof(info);
    detail::check(bw_isa_describe(i, &info), nullptr);
    if (info.available != 0) names.emplace_back(info.name);
  }
  return names;
}

}  // namespace bitwhere
