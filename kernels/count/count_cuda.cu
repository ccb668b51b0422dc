// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../condition/condition_cuda.cuh"
#include "../tile/sum_cuda.cuh"
#include "../tuning.hpp"
#include "count_cuda.hpp"

// counts[i / reduced] += condition[i]. Bytes: the tensors of the condition once; a count is added
// to once a block, warp or thread.
//   dense    one count of everything, operands direct and aligned, or splat: wide accesses
//   warps    a warp counts a stretch of one count's elements, its lanes side by side
//   threads  a thread does, where the elements of neighbouring counts are neighbours in memory, or
//            a count has few elements
namespace bitwhere::kernels {
namespace {

constexpr int dense_elements = 8;  // of an access, and a fourth of a thread's bits
constexpr int dense_runs = 4;
constexpr int64_t dense_step = int64_t{tuning::cuda_block} * dense_elements;

__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    count_dense(const __grid_constant__ count_args args) {
  int64_t mine[1] = {0};
  const int64_t a_grid = int64_t{gridDim.x} * dense_step * dense_runs;
  int64_t first =
      int64_t{blockIdx.x} * dense_step * dense_runs + int64_t{threadIdx.x} * dense_elements;
  for (; first + (dense_runs - 1) * dense_step + dense_elements <= args.s.elements;
       first += a_grid) {
    dense_run runs[dense_runs];
#pragma unroll
    for (int u = 0; u < dense_runs; ++u) runs[u] = {first + u * dense_step};
    mine[0] += __popc(condition_bits<dense_elements, dense_runs>(args.condition, runs));
  }
#pragma unroll 1
  for (int n = 0; n < dense_elements * dense_runs; ++n) {
    const int64_t i = first + n / dense_elements * dense_step + n % dense_elements;
    if (i < args.s.elements && condition_bit(args.condition, dense_run{i}, true)) ++mine[0];
  }
  add_block_sums(mine, args.counts);
}

// How the elements of each count are cut into stretches.
struct stretches {
  int64_t elements;  // of a stretch
  int64_t a_count;   // stretches of a count
  int64_t all;
};

__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    count_warps(const __grid_constant__ count_args args, const __grid_constant__ indexer by,
                stretches cut, bool aligned) {
  const int64_t warp = (int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x) / 32;
  if (warp >= cut.all) return;
  const int64_t count = warp / cut.a_count;
  const int64_t begin = warp % cut.a_count * cut.elements;
  const int64_t end = begin + cut.elements < args.reduced ? begin + cut.elements : args.reduced;
  int64_t mine = 0;
  for (int64_t i = begin + threadIdx.x % 32; i < end; i += 32) {
    const row_run run = {&by, position_at(by, count * args.reduced + i)};
    mine += condition_bit(args.condition, run, aligned) ? 1 : 0;
  }
  mine = warp_sum(mine);
  if (threadIdx.x % 32 == 0 && mine != 0) add_atomically(args.counts + count, mine);
}

__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    count_threads(const __grid_constant__ count_args args, const __grid_constant__ indexer by,
                  stretches cut, bool aligned) {
  const int64_t n = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (n >= cut.all) return;
  const int64_t counts = cut.all / cut.a_count;
  const int64_t count = n % counts;
  const int64_t begin = n / counts * cut.elements;
  const int64_t end = begin + cut.elements < args.reduced ? begin + cut.elements : args.reduced;
  int64_t mine = 0;
  for (int64_t i = begin; i < end; ++i) {
    const row_run run = {&by, position_at(by, count * args.reduced + i)};
    mine += condition_bit(args.condition, run, aligned) ? 1 : 0;
  }
  if (mine != 0) add_atomically(args.counts + count, mine);
}

bool takes_dense(const count_args& args) {
  return args.reduced == args.s.elements &&
         packs_everywhere(args.condition, args.s, dense_elements);
}

// Few elements a count, or elements of a count that lie apart.
bool takes_threads(const count_args& args) {
  if (args.reduced < tuning::cuda_count_few) return true;
  return args.reduced < args.s.elements &&
         !all_operands(args.condition, [&](const operand& o) { return o.reach != access::gather; });
}

stretches cut_of(const count_args& args, int64_t elements) {
  const int64_t a_count = quotient_up(args.reduced, elements);
  return {elements, a_count, args.s.elements / args.reduced * a_count};
}

}  // namespace

const char* count_cuda_kernel(const count_args& args) {
  if (takes_dense(args)) return "count.dense";
  return takes_threads(args) ? "count.threads" : "count.warps";
}

int launch_count(const count_args& args, grid_limits grid, void* stream) {
  if (takes_dense(args)) {
    const int64_t resident = int64_t{grid.multiprocessors} * tuning::cuda_blocks_per_sm;
    const int64_t useful = blocks_for(args.s.elements, dense_step * dense_runs);
    return launch({useful < resident ? useful : resident, tuning::cuda_block, 0, stream},
                  count_dense, args);
  }
  const bool aligned =
      all_operands(args.condition, [&](const operand& o) { return aligned_elements(o, args.s); });
  const indexer by = indexer_of(args.s);
  if (takes_threads(args)) {
    const stretches cut = cut_of(args, tuning::cuda_count_thread);
    return launch({blocks_for(cut.all, tuning::cuda_block), tuning::cuda_block, 0, stream},
                  count_threads, args, by, cut, aligned);
  }
  const stretches cut = cut_of(args, tuning::cuda_count_warp);
  return launch({blocks_for(cut.all * 32, tuning::cuda_block), tuning::cuda_block, 0, stream},
                count_warps, args, by, cut, aligned);
}

}  // namespace bitwhere::kernels
