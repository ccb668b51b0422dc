// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cstdio>

#include "harness.hpp"

namespace bitwhere::bench {

void add_cuda_benchmarks(const std::vector<bench_case>&) {
  std::printf("cuda: skipped: built without nvcc\n");
}

}  // namespace bitwhere::bench
