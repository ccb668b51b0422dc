// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <immintrin.h>

#include "baseline_loop.hpp"

namespace bitwhere::bench {
namespace {

struct avx2 {
  using vector = __m256i;
  static constexpr int bytes = 32;
  static vector zero() { return _mm256_setzero_si256(); }
  static vector either(vector a, vector b) { return _mm256_or_si256(a, b); }
  static vector load(const char* p) {
    return _mm256_loadu_si256(reinterpret_cast<const vector*>(p));
  }
  static void store(char* p, vector v) { _mm256_storeu_si256(reinterpret_cast<vector*>(p), v); }
  static void stream(char* p, vector v) { _mm256_stream_si256(reinterpret_cast<vector*>(p), v); }
  static void fence() { _mm_sfence(); }
};

}  // namespace

plain_loop plain_loop_avx2(const traffic& over, bool streaming) {
  return __builtin_cpu_supports("avx2") ? find_loop<avx2>(over, streaming) : nullptr;
}

}  // namespace bitwhere::bench
