// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "backends.hpp"

#include <cstdlib>

namespace bitwhere::test {

// Without a GPU the cuda half of every suite is not there; that must be seen, and on a machine
// that is meant to have one it must fail.
TEST(Backends, IncludeCuda) {
  if (cuda_available()) return;
  if (const char* required = std::getenv("BITWHERE_REQUIRE_CUDA");
      required != nullptr && std::string(required) == "1") {
    FAIL() << "BITWHERE_REQUIRE_CUDA=1, but no CUDA device can be used";
  }
  GTEST_SKIP() << "no CUDA device: only the cpu was tested";
}

}  // namespace bitwhere::test
