// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>
#include <ostream>
#include <vector>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace bitwhere::traps {

// The register that an application changes to compute faster, or otherwise.
#if defined(__x86_64__)
using control_register = unsigned;
inline control_register read_control() { return _mm_getcsr(); }
inline void write_control(control_register bits) { _mm_setcsr(bits); }
#elif defined(__aarch64__)
using control_register = std::uint64_t;
inline control_register read_control() {
  control_register bits;
  asm volatile("mrs %0, fpcr" : "=r"(bits));
  return bits;
}
inline void write_control(control_register bits) { asm volatile("msr fpcr, %0" : : "r"(bits)); }
#endif

// Something that a caller may have set.
struct environment {
  const char* name;
  control_register bits;
};

inline void PrintTo(const environment& e, std::ostream* out) { *out << e.name; }

inline std::vector<environment> environments() {
#if defined(__x86_64__)
  return {{"flush_results", 0x8000},
          {"denormals_are_zero", 0x0040},
          {"toward_zero", 0x6000},
          {"upward", 0x4000},
          {"everything", 0xe040}};
#else
  return {{"flush_to_zero", 1u << 24},
          {"toward_zero", 3u << 22},
          {"upward", 1u << 22},
          {"everything", (1u << 24) | (3u << 22)}};
#endif
}

// Sets it for this thread while it lives.
class scoped_environment {
 public:
  explicit scoped_environment(const environment& e) : saved_(read_control()) {
    write_control(saved_ | e.bits);
  }
  ~scoped_environment() { write_control(saved_); }
  scoped_environment(const scoped_environment&) = delete;
  scoped_environment& operator=(const scoped_environment&) = delete;

 private:
  control_register saved_;
};

}  // namespace bitwhere::traps
