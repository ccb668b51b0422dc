// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <csignal>
#include <optional>

namespace simt {

/// A memory or arithmetic trap of device code.
struct device_fault {
  int signal;
  bool is_arithmetic;
  bool is_write;
  bool has_address;  // x86 names none for a misaligned vector access or a wild pointer
  const void* address;
};

/// While it lives, a trap on a fiber abandons that fiber instead of killing the process; traps of
/// host code go where they went before. Under AddressSanitizer memory traps stay its own.
class fault_guard {
 public:
  fault_guard();
  ~fault_guard();
  fault_guard(const fault_guard&) = delete;
  fault_guard& operator=(const fault_guard&) = delete;

  /// The fault since the last call, if any.
  static std::optional<device_fault> take();

 private:
  struct sigaction old_segv_, old_bus_, old_fpe_;
  stack_t old_stack_;
};

}  // namespace simt
