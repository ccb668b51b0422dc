// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "isa.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "../../plan/failure.hpp"

namespace bitwhere::device {
namespace {

// Every -m flag that cmake/Isa.cmake gives a unit is asked for here: a CPU that lacks one of them
// must not be given code compiled with it.
#if defined(__x86_64__)
// Not every compiler's __builtin_cpu_supports knows f16c.
bool has_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}

bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c() &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
}

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512cd");
}
#elif defined(__aarch64__)
// ASIMD is part of the base architecture; the crypto extension, which the unit's flags include,
// is not.
bool has_neon() {
  const unsigned long crypto = HWCAP_AES | HWCAP_PMULL | HWCAP_SHA1 | HWCAP_SHA2;
  return (getauxval(AT_HWCAP) & crypto) == crypto;
}
#endif

}  // namespace

std::span<const isa> isas() {
  static const isa all[] = {
#if defined(__x86_64__)
    {&kernels::avx512_kernels, has_avx512()},
    {&kernels::avx2_kernels, has_avx2()},
#elif defined(__aarch64__)
    {&kernels::neon_kernels, has_neon()},
#endif
    {&kernels::scalar_kernels, true},
  };
  return all;
}

const kernels::cpu_kernels& choose_isa(const std::string& name) {
  std::string known;
  for (const isa& candidate : isas()) {
    if (candidate.available && (name.empty() || name == candidate.kernels->isa)) {
      return *candidate.kernels;
    }
    if (name == candidate.kernels->isa) {
      throw failure(BW_UNAVAILABLE, "isa: this CPU has no " + name);
    }
    known += std::string(known.empty() ? "" : ", ") + candidate.kernels->isa;
  }
  throw failure(BW_UNAVAILABLE, "isa: \"" + name + "\" is unknown; there are " + known);
}

}  // namespace bitwhere::device
