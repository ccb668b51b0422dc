// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "metrics_cuda.hpp"

#include "../tile/sum_cuda.cuh"
#include "label_cuda.cuh"

// Counting label maps: integers only, so that atomics in any order give one result.
//   Bytes: each label once; the counts are added to once a block.
namespace bitwhere::kernels {
namespace {

// Rare, so straight to memory.
__device__ void note_bad(report* found, int64_t index) {
  if (found == nullptr) return;
  add_atomically(&found->count, 1);
  atomicMin(reinterpret_cast<count_t*>(&found->first_index), static_cast<count_t>(index));
}

// A run of pixels of one cell, added when it ends: neighbours mostly agree, and a warp that adds
// to one cell is served a lane at a time.
template <class Add>
struct cell_run {
  Add add_to;
  int32_t cell = -1;
  uint32_t length = 0;

  __device__ __forceinline__ void step(int32_t next) {
    if (next != cell) {
      flush();
      cell = next;
      length = 0;
    }
    ++length;
  }
  __device__ __forceinline__ void flush() const {
    if (cell >= 0) add_to(cell, length);
  }
};

template <bool Dense, bool Wide, class Add>
__device__ __forceinline__ void count_pixels(const label_pair& maps, const ignore_list& ignore,
                                             int32_t classes, int64_t first_element, report* found,
                                             Add add_to) {
  const int64_t limit = classes;
  cell_run<Add> run{add_to};
  for_each_pixel<Dense, Wide>(maps, [&](int64_t i, int64_t target, int64_t prediction) {
    const int64_t t = target_code<scalar_lane>(target, limit, ignore);
    const int64_t p = class_code<scalar_lane>(prediction, limit);
    if (bad_pixel<scalar_lane>(t, p)) note_bad(found, first_element + i);
    run.step(static_cast<int32_t>(confusion_cell<scalar_lane>(t, p, limit, int64_t{-1})));
  });
  run.flush();
}

// Counts in shared memory, then adds the block's counts: few classes.
template <bool Dense, bool Wide>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    confusion_shared(const __grid_constant__ label_pair maps,
                     const __grid_constant__ ignore_list ignore, int32_t classes,
                     int64_t first_element, int64_t* counts, report* found) {
  BITWHERE_DYNAMIC_SHARED(uint32_t, bins);
  const int32_t cells = classes * classes;
  for (int32_t c = static_cast<int32_t>(threadIdx.x); c < cells; c += tuning::cuda_block) {
    bins[c] = 0;
  }
  __syncthreads();
  count_pixels<Dense, Wide>(maps, ignore, classes, first_element, found,
                            [&](int32_t cell, uint32_t n) { atomicAdd(bins + cell, n); });
  __syncthreads();
  for (int32_t c = static_cast<int32_t>(threadIdx.x); c < cells; c += tuning::cuda_block) {
    if (bins[c] != 0) add_atomically(counts + c, bins[c]);
  }
}

// Counts in the result itself: more classes than shared memory holds.
template <bool Dense, bool Wide>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    confusion_global(const __grid_constant__ label_pair maps,
                     const __grid_constant__ ignore_list ignore, int32_t classes,
                     int64_t first_element, int64_t* counts, report* found) {
  count_pixels<Dense, Wide>(maps, ignore, classes, first_element, found,
                            [&](int32_t cell, uint32_t n) { add_atomically(counts + cell, n); });
}

template <bool Dense, bool Wide>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    accuracy_pixels(const __grid_constant__ label_pair maps,
                    const __grid_constant__ ignore_list ignore, accuracy_counts* counts) {
  int64_t mine[2] = {0, 0};  // as accuracy_counts
  for_each_pixel<Dense, Wide>(maps, [&](int64_t, int64_t target, int64_t prediction) {
    bool valid = true;
    for (int k = 0; k < ignore.count; ++k) valid = valid && target != ignore.value[k];
    mine[0] += valid && target == prediction ? 1 : 0;
    mine[1] += valid ? 1 : 0;
  });
  add_block_sums(mine, &counts->correct);
}

// Blocks that stay until all is counted. A block's 32-bit bins must not overflow, so that very
// large maps take more blocks than the GPU holds at once.
int64_t blocks_that_stay(int64_t elements, grid_limits grid) {
  const int64_t resident = int64_t{grid.multiprocessors} * tuning::cuda_blocks_per_sm;
  const int64_t useful = blocks_for(elements, tuning::cuda_block * tuning::cuda_labels);
  const int64_t needed = blocks_for(elements, int64_t{1} << 31);
  const int64_t wanted = useful < resident ? useful : resident;
  return wanted > needed ? wanted : needed;
}

bool counts_in_shared(const confusion_args& args) {
  return int64_t{args.classes} * args.classes * 4 <= tuning::cuda_histogram_bytes;
}

template <bool Dense, bool Wide>
int launch_confusion_paths(const confusion_args& args, int64_t* counts, report* found,
                           launch_shape shape) {
  const label_pair maps = label_pair_of(args);
  if (!counts_in_shared(args)) {
    return launch(shape, confusion_global<Dense, Wide>, maps, args.ignore, args.classes,
                  args.first_element, counts, found);
  }
  shape.shared_bytes = static_cast<size_t>(args.classes) * args.classes * sizeof(uint32_t);
  return launch(shape, confusion_shared<Dense, Wide>, maps, args.ignore, args.classes,
                args.first_element, counts, found);
}

}  // namespace

const char* confusion_cuda_kernel(const confusion_args& args) {
  return counts_in_shared(args) ? "confusion.shared" : "confusion.global";
}

int launch_confusion(const confusion_args& args, int64_t* counts, report* found, grid_limits grid,
                     void* stream) {
  const launch_shape shape = {blocks_that_stay(args.s.elements, grid), tuning::cuda_block, 0,
                              stream};
  if (dense_labels(args)) return launch_confusion_paths<true, false>(args, counts, found, shape);
  return fits_32_bits(args.s) ? launch_confusion_paths<false, false>(args, counts, found, shape)
                              : launch_confusion_paths<false, true>(args, counts, found, shape);
}

int launch_accuracy(const accuracy_args& args, accuracy_counts* counts, grid_limits grid,
                    void* stream) {
  const launch_shape shape = {blocks_that_stay(args.s.elements, grid), tuning::cuda_block, 0,
                              stream};
  const label_pair maps = label_pair_of(args);
  if (dense_labels(args)) {
    return launch(shape, accuracy_pixels<true, false>, maps, args.ignore, counts);
  }
  return fits_32_bits(args.s)
             ? launch(shape, accuracy_pixels<false, false>, maps, args.ignore, counts)
             : launch(shape, accuracy_pixels<false, true>, maps, args.ignore, counts);
}

}  // namespace bitwhere::kernels
