// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

namespace bitwhere::kernels {

// Where a thread counts: bins of its own, or the result itself where the classes are too many.
// The cell after the last collects pixels that count nowhere.
struct histogram {
  uint32_t* bins;   // nullptr: count in `shared`
  int64_t cells;    // classes^2 + 1
  int32_t copies;   // 4 where they fit the L1 cache, else 1
  int64_t* shared;  // classes^2 counts that other threads add to as well
};

}  // namespace bitwhere::kernels
