// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "argmax_cuda.cuh"

#include "label_cuda.cuh"
#include "metrics_cuda.hpp"

// out[pixel] = the class of the largest score. Bytes: every score once, every index once.
//   threads  a thread a pixel: neighbouring pixels lie side by side
//   warps    a warp a pixel: the classes do
namespace bitwhere::kernels {
namespace {

__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    argmax_threads(const __grid_constant__ argmax_args args, const __grid_constant__ indexer by,
                   bool aligned) {
  const int64_t i = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (i >= args.s.elements) return;
  const thread_position at = position_at(by, i);
  const int64_t from = offset_at(by, at, args.scores.values.stride_bytes);
  store_label(args.kind, args.out.data + offset_at(by, at, args.out.stride_bytes),
              argmax_of_thread(args.scores, from, aligned), aligned);
}

__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    argmax_warps(const __grid_constant__ argmax_args args, const __grid_constant__ indexer by,
                 bool aligned) {
  const int64_t i = (int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x) / 32;
  if (i >= args.s.elements) return;
  const thread_position at = position_at(by, i);
  const int64_t from = offset_at(by, at, args.scores.values.stride_bytes);
  const int64_t index = argmax_of_warp(args.scores, from, aligned);
  if (threadIdx.x % 32 != 0) return;
  store_label(args.kind, args.out.data + offset_at(by, at, args.out.stride_bytes), index, aligned);
}

}  // namespace

const char* argmax_cuda_kernel(const argmax_args& args) {
  return warps_read(args.scores) ? "argmax.warps" : "argmax.threads";
}

int launch_argmax(const argmax_args& args, void* stream) {
  const bool warps = warps_read(args.scores);
  const int64_t threads = warps ? args.s.elements * 32 : args.s.elements;
  const launch_shape shape = {blocks_for(threads, tuning::cuda_block), tuning::cuda_block, 0,
                              stream};
  const bool aligned =
      aligned_scores(args.scores, args.s) &&
      aligned_elements(args.out.data, args.out.stride_bytes, args.s, label_bytes(args.kind));
  const indexer by = indexer_of(args.s);
  return warps ? launch(shape, argmax_warps, args, by, aligned)
               : launch(shape, argmax_threads, args, by, aligned);
}

}  // namespace bitwhere::kernels
