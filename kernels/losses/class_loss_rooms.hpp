// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../metrics/metrics_cpu.hpp"
#include "class_loss_args.hpp"

namespace bitwhere::kernels {

// Bytes of a thread's stage: two tiles of classes of 16 pixels, and two numbers a tile; of f64.
inline constexpr int64_t class_stage_bytes = 8 * (2 * class_tile * 16 + 2 * class_lanes * 16);

// What a thread of a class loss works with and adds to.
struct class_loss_rooms {
  int64_t* partial;            // a loss_partial
  unsigned char* stage;        // aligned to 64 bytes
  const void* class_weight;    // of fill_class_weights
  const histogram* cells;      // nullptr: no confusion matrix
  accuracy_counts* agreement;  // where the loss counts
};

}  // namespace bitwhere::kernels
