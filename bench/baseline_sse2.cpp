// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <emmintrin.h>

#include "baseline_loop.hpp"

namespace bitwhere::bench {
namespace {

struct sse2 {
  using vector = __m128i;
  static constexpr int bytes = 16;
  static vector zero() { return _mm_setzero_si128(); }
  static vector either(vector a, vector b) { return _mm_or_si128(a, b); }
  static vector load(const char* p) { return _mm_loadu_si128(reinterpret_cast<const vector*>(p)); }
  static void store(char* p, vector v) { _mm_storeu_si128(reinterpret_cast<vector*>(p), v); }
  static void stream(char* p, vector v) { _mm_stream_si128(reinterpret_cast<vector*>(p), v); }
  static void fence() { _mm_sfence(); }
};

}  // namespace

plain_loop plain_loop_sse2(const traffic& over, bool streaming) {
  return find_loop<sse2>(over, streaming);
}

}  // namespace bitwhere::bench
