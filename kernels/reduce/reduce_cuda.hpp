// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../grid_limits.hpp"
#include "../metrics/label_args.hpp"
#include "reduce_args.hpp"

namespace bitwhere::kernels {

// How each output's elements are cut into pieces, a warp's or a thread's each.
struct reduce_pieces {
  bool warps;
  int64_t elements;  // of a piece
  int64_t an_output;
  int64_t all;
  int64_t workspace_bytes;  // 0 where every output is one piece
};

reduce_pieces reduce_pieces_of(const reduce_args& args, grid_limits grid);

// The path that launch_reduce takes for these arguments: what the trace names.
const char* reduce_cuda_kernel(const reduce_args& args, grid_limits grid);

// Enqueue on `stream`; outputs or partials are more than 0. Results go to finish.out or, where it
// is not NULL, partials to `partials`; outputs of nothing are added to the report. All return the
// CUDA code of the launch.
int launch_reduce(const reduce_args& args, const reduce_pieces& pieces, void* workspace,
                  int64_t* partials, report* empty, grid_limits grid, void* stream);

// The same without elements.
int launch_reduce_nothing(const reduce_args& args, int64_t* partials, report* empty, void* stream);

int launch_merge(const int64_t* from, int64_t* into, int64_t partials, int64_t words, void* stream);

int launch_finish(const finish_args& args, const int64_t* partials, int64_t outputs, int64_t words,
                  report* empty, void* stream);

}  // namespace bitwhere::kernels
