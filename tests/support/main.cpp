// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>

#if defined(__SANITIZE_THREAD__)
// oneTBB's own library is not built for the sanitizer: what it compares and allocates inside is not
// ours to judge.
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }
#endif

// Tests want seven threads whatever the machine has: more threads than cores finds more schedules.
int main(int argc, char** argv) {
  const oneapi::tbb::global_control threads(oneapi::tbb::global_control::max_allowed_parallelism,
                                            7);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
