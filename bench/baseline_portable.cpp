// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "baseline_loop.hpp"

namespace bitwhere::bench {
namespace {

// 16-byte vectors of the compiler: NEON on aarch64, which has no streaming stores to choose.
struct portable {
  typedef long long vector __attribute__((vector_size(16), aligned(1), may_alias));
  static constexpr int bytes = 16;
  static vector zero() { return vector{}; }
  static vector either(vector a, vector b) { return a | b; }
  static vector load(const char* p) { return *reinterpret_cast<const vector*>(p); }
  static void store(char* p, vector v) { *reinterpret_cast<vector*>(p) = v; }
};

}  // namespace

plain_loop plain_loop_portable(const traffic& over, bool streaming) {
  return streaming ? nullptr : find_loop<portable, false>(over);
}

}  // namespace bitwhere::bench
