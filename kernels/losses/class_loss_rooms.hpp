// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../metrics/metrics_cpu.hpp"
#include "class_loss_args.hpp"

namespace bitwhere::kernels {

// Pixels of a block.
inline constexpr int64_t most_block_pixels = 256;
inline constexpr int64_t least_block_pixels = 16;  // a multiple of the lanes, as all blocks

// What a thread holds the logits of a block in: half of the L2 caches of today. At the least 16
// pixels of a tile of classes, in f64.
inline constexpr int64_t class_block_bytes = 128 << 10;
static_assert(class_block_bytes >= class_tile * 16 * 8);

// Bytes of a thread's stage: the logits of a block, probabilities as many, and two numbers a tile.
inline constexpr int64_t class_stage_bytes =
    2 * class_block_bytes + 2 * class_lanes * (class_block_bytes / class_tile);

// What a thread of a class loss works with and adds to.
struct class_loss_rooms {
  int64_t* partial;            // a loss_partial
  unsigned char* stage;        // aligned to 64 bytes
  const void* class_weight;    // of fill_class_weights
  const histogram* cells;      // nullptr: no confusion matrix
  accuracy_counts* agreement;  // where the loss counts
};

}  // namespace bitwhere::kernels
