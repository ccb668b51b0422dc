// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "metrics_cuda.hpp"

#include "../condition/condition_cuda.cuh"
#include "../tile/sum_cuda.cuh"
#include "argmax_cuda.cuh"
#include "label_cuda.cuh"
#include "report_cuda.cuh"

// Counting pixels: integers only, so that atomics in any order give one result.
//   Bytes: each label, score and tensor of the condition once; counts are added to once a block.
//   labels   two maps and no condition: a thread takes a run of neighbours
//   pixels   a thread a pixel at a time, whatever it reads
//   rows     a warp a pixel at a time: its scores lie side by side
namespace bitwhere::kernels {
namespace {

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

// --- How a grid walks the pixels: pixel(index, target, prediction) for each under the condition.
// ---

template <bool Dense, bool Wide>
struct label_walk {
  label_pair maps;

  template <class Pixel>
  __device__ __forceinline__ void each(const pixel_args&, Pixel pixel) const {
    for_each_pixel<Dense, Wide>(maps, pixel);
  }
};

// `Warps`: all lanes of a warp take a pixel together, and the first counts it.
template <bool Warps>
struct pixel_walk {
  indexer by;
  bool aligned;

  template <class Pixel>
  __device__ __forceinline__ void each(const pixel_args& args, Pixel pixel) const {
    constexpr int lanes = Warps ? 32 : 1;
    const int64_t walkers = int64_t{gridDim.x} * blockDim.x / lanes;
    int64_t i = (int64_t{blockIdx.x} * blockDim.x + threadIdx.x) / lanes;
    for (; i < args.s.elements; i += walkers) {
      const row_run run = {&by, position_at(by, i)};
      if (args.conditional && !condition_bit(args.where, run, aligned)) continue;
      const int64_t target =
          label_at(args.target, offset_at(by, run.at, args.target.values.stride_bytes), aligned);
      int64_t prediction = 0;
      if constexpr (Warps) {
        prediction = argmax_of_warp(
            args.scores, offset_at(by, run.at, args.scores.values.stride_bytes), aligned);
        if (threadIdx.x % 32 != 0) continue;
      } else if (args.from_scores) {
        prediction = argmax_of_thread(
            args.scores, offset_at(by, run.at, args.scores.values.stride_bytes), aligned);
      } else {
        prediction = label_at(args.prediction,
                              offset_at(by, run.at, args.prediction.values.stride_bytes), aligned);
      }
      pixel(i, target, prediction);
    }
  }
};

template <class Walk, class Add>
__device__ __forceinline__ void count_pixels(const confusion_args& args, const Walk& walk,
                                             report* found, Add add_to) {
  const int64_t limit = args.classes;
  cell_run<Add> run{add_to};
  walk.each(args.pixels, [&](int64_t i, int64_t target, int64_t prediction) {
    const int64_t t = target_code<scalar_lane>(target, limit, args.pixels.ignore);
    const int64_t p = class_code<scalar_lane>(prediction, limit);
    if (bad_pixel<scalar_lane>(t, p)) note_bad(found, args.first_element + i);
    run.step(static_cast<int32_t>(confusion_cell<scalar_lane>(t, p, limit, int64_t{-1})));
  });
  run.flush();
}

// Counts in shared memory, then adds the block's counts: few classes.
template <class Walk>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    confusion_shared(const __grid_constant__ confusion_args args, const __grid_constant__ Walk walk,
                     int64_t* counts, report* found) {
  BITWHERE_DYNAMIC_SHARED(uint32_t, bins);
  const int32_t cells = args.classes * args.classes;
  for (int32_t c = static_cast<int32_t>(threadIdx.x); c < cells; c += tuning::cuda_block) {
    bins[c] = 0;
  }
  __syncthreads();
  count_pixels(args, walk, found, [&](int32_t cell, uint32_t n) { atomicAdd(bins + cell, n); });
  __syncthreads();
  for (int32_t c = static_cast<int32_t>(threadIdx.x); c < cells; c += tuning::cuda_block) {
    if (bins[c] != 0) add_atomically(counts + c, times(bins[c], args.pixels.pixel_weight));
  }
}

// Counts in the result itself: more classes than shared memory holds.
template <class Walk>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    confusion_global(const __grid_constant__ confusion_args args, const __grid_constant__ Walk walk,
                     int64_t* counts, report* found) {
  count_pixels(args, walk, found, [&](int32_t cell, uint32_t n) {
    add_atomically(counts + cell, times(n, args.pixels.pixel_weight));
  });
}

template <class Walk>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    accuracy_pixels(const __grid_constant__ accuracy_args args, const __grid_constant__ Walk walk,
                    accuracy_counts* counts) {
  const ignore_list& ignore = args.pixels.ignore;
  int64_t mine[2] = {0, 0};  // as accuracy_counts
  walk.each(args.pixels, [&](int64_t, int64_t target, int64_t prediction) {
    bool valid = true;
    for (int k = 0; k < ignore.count; ++k) valid = valid && target != ignore.value[k];
    mine[0] += valid && target == prediction ? args.pixels.pixel_weight : 0;
    mine[1] += valid ? args.pixels.pixel_weight : 0;
  });
  add_block_sums(mine, &counts->correct);
}

// Blocks that stay until all is counted. A block's 32-bit bins must not overflow, so that very
// large maps take more blocks than the GPU holds at once.
int64_t blocks_that_stay(int64_t elements, int64_t elements_per_block, grid_limits grid) {
  const int64_t resident = int64_t{grid.multiprocessors} * tuning::cuda_blocks_per_sm;
  const int64_t useful = blocks_for(elements, elements_per_block);
  const int64_t needed = blocks_for(elements, int64_t{1} << 31);
  const int64_t wanted = useful < resident ? useful : resident;
  return wanted > needed ? wanted : needed;
}

bool counts_in_shared(const confusion_args& args) {
  return int64_t{args.classes} * args.classes * 4 <= tuning::cuda_histogram_bytes;
}

bool only_labels(const pixel_args& args) { return !args.from_scores && !args.conditional; }

bool aligned_pixels(const pixel_args& args) {
  return aligned_elements(args.target.values.data, args.target.values.stride_bytes, args.s,
                          label_bytes(args.target.kind)) &&
         (args.from_scores
              ? aligned_scores(args.scores, args.s)
              : aligned_elements(args.prediction.values.data, args.prediction.values.stride_bytes,
                                 args.s, label_bytes(args.prediction.kind))) &&
         (!args.conditional ||
          all_operands(args.where, [&](const operand& o) { return aligned_elements(o, args.s); }));
}

// Calls launch_as(walk, elements a block) with the walk that suits.
template <class Launch>
int with_walk(const pixel_args& args, Launch launch_as) {
  constexpr int64_t block = tuning::cuda_block;
  if (only_labels(args)) {
    const label_pair maps = label_pair_of(args);
    constexpr int64_t several = block * tuning::cuda_labels;
    if (dense_labels(args)) return launch_as(label_walk<true, false>{maps}, several);
    return fits_32_bits(args.s) ? launch_as(label_walk<false, false>{maps}, several)
                                : launch_as(label_walk<false, true>{maps}, several);
  }
  const indexer by = indexer_of(args.s);
  const bool aligned = aligned_pixels(args);
  if (args.from_scores && warps_read(args.scores)) {
    return launch_as(pixel_walk<true>{by, aligned}, block / 32);
  }
  return launch_as(pixel_walk<false>{by, aligned}, block);
}

}  // namespace

const char* confusion_cuda_kernel(const confusion_args& args) {
  const bool shared = counts_in_shared(args);
  if (only_labels(args.pixels)) return shared ? "confusion.shared" : "confusion.global";
  if (args.pixels.from_scores && warps_read(args.pixels.scores)) {
    return shared ? "confusion.shared.rows" : "confusion.global.rows";
  }
  return shared ? "confusion.shared.pixels" : "confusion.global.pixels";
}

const char* accuracy_cuda_kernel(const accuracy_args& args) {
  if (only_labels(args.pixels)) return "accuracy.labels";
  return args.pixels.from_scores && warps_read(args.pixels.scores) ? "accuracy.rows"
                                                                   : "accuracy.pixels";
}

int launch_confusion(const confusion_args& args, int64_t* counts, report* found, grid_limits grid,
                     void* stream) {
  return with_walk(args.pixels, [&]<class Walk>(const Walk& walk, int64_t elements_per_block) {
    launch_shape shape = {blocks_that_stay(args.pixels.s.elements, elements_per_block, grid),
                          tuning::cuda_block, 0, stream};
    if (!counts_in_shared(args)) {
      return launch(shape, confusion_global<Walk>, args, walk, counts, found);
    }
    shape.shared_bytes = static_cast<size_t>(args.classes) * args.classes * sizeof(uint32_t);
    return launch(shape, confusion_shared<Walk>, args, walk, counts, found);
  });
}

int launch_accuracy(const accuracy_args& args, accuracy_counts* counts, grid_limits grid,
                    void* stream) {
  return with_walk(args.pixels, [&]<class Walk>(const Walk& walk, int64_t elements_per_block) {
    const launch_shape shape = {blocks_that_stay(args.pixels.s.elements, elements_per_block, grid),
                                tuning::cuda_block, 0, stream};
    return launch(shape, accuracy_pixels<Walk>, args, walk, counts);
  });
}

}  // namespace bitwhere::kernels
