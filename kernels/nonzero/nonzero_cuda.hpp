// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>

#include "../grid_limits.hpp"
#include "nonzero_args.hpp"

namespace bitwhere::kernels {

// The path that launch_find takes for these arguments: what the trace names.
const char* nonzero_cuda_kernel(const nonzero_args& args);

// How much memory the launches share. Of no elements: none.
struct nonzero_rooms {
  int64_t tiles;
  size_t bits;
  size_t before;
  size_t scan;

  size_t bytes() const { return bits + before + scan; }
};

// Returns the CUDA code of asking for what the scan takes.
int nonzero_rooms_for(int64_t elements, nonzero_rooms& rooms);

// What they share: the bits, how many hits stand before each stretch of them (and, last,
// how many there are), and room for the scan that finds that out.
struct nonzero_workspace {
  uint32_t* bits;
  int64_t* before;
  void* scan;
  size_t scan_bytes;
  int64_t tiles;
};

nonzero_workspace nonzero_workspace_at(void* memory, const nonzero_rooms& rooms);

// Enqueue on `stream` and return the CUDA code of what failed first. `launch_find` fills the
// workspace; args.s.elements > 0. `launch_store` stores what it has found, the rest and, where it
// is not NULL, `how_many`.
int launch_find(const nonzero_args& args, const nonzero_workspace& to, void* stream);
int launch_store(const nonzero_args& args, const nonzero_workspace& from, found* how_many,
                 grid_limits grid, void* stream);

}  // namespace bitwhere::kernels
