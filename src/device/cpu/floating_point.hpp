// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace bitwhere::device {

// Round to nearest, denormals kept, nothing traps: whatever the host application has set, for the
// lifetime of the guard. Frameworks switch denormals off for speed, and that would change results.
class floating_point_guard {
 public:
  floating_point_guard() : saved_(read()) {
    if (saved_ != canonical) write(canonical);
  }
  ~floating_point_guard() {
    if (saved_ != canonical) write(saved_);
  }
  floating_point_guard(const floating_point_guard&) = delete;
  floating_point_guard& operator=(const floating_point_guard&) = delete;

 private:
#if defined(__x86_64__)
  using state = unsigned;
  static constexpr state canonical = 0x1f80;  // all exceptions masked, nothing flushed
  // The sticky exception flags are the caller's own business.
  static state read() { return _mm_getcsr() & ~0x3fu; }
  static void write(state s) { _mm_setcsr(s | (_mm_getcsr() & 0x3fu)); }
#elif defined(__aarch64__)
  using state = uint64_t;
  static constexpr state canonical = 0;
  static state read() {
    state s;
    asm volatile("mrs %0, fpcr" : "=r"(s));
    return s;
  }
  static void write(state s) { asm volatile("msr fpcr, %0" : : "r"(s)); }
#else
#error "bitwhere supports x86-64 and aarch64"
#endif
  state saved_;
};

}  // namespace bitwhere::device
