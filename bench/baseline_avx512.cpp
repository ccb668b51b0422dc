// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <immintrin.h>

#include "baseline_loop.hpp"

namespace bitwhere::bench {
namespace {

struct avx512 {
  using vector = __m512i;
  static constexpr int bytes = 64;
  static vector zero() { return _mm512_setzero_si512(); }
  static vector either(vector a, vector b) { return _mm512_or_si512(a, b); }
  static vector load(const char* p) { return _mm512_loadu_si512(p); }
  static void store(char* p, vector v) { _mm512_storeu_si512(p, v); }
  static void stream(char* p, vector v) { _mm512_stream_si512(reinterpret_cast<vector*>(p), v); }
  static void fence() { _mm_sfence(); }
};

}  // namespace

plain_loop plain_loop_avx512(const traffic& over, bool streaming) {
  return __builtin_cpu_supports("avx512f") ? find_loop<avx512>(over, streaming) : nullptr;
}

}  // namespace bitwhere::bench
