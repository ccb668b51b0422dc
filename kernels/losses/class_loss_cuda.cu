// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "class_loss_cuda.hpp"

#include "class_pixel_cuda.cuh"
#include "finish_loss_cuda.hpp"

// Bytes: as binary_loss_cuda.cu; of smoothing and probabilities above 1024 classes the logits a
// second time, and with a gradient a third. What is looked at again otherwise, a warp has brought
// to its cache a moment ago: but not the logits that a thread cannot keep, where those of all
// threads are more than the L2 cache, from some 100 classes on.
//   pixels  a thread a pixel, the logits of a few classes in its registers
//   rows    a warp a pixel: its classes lie side by side, or are more than a tile
namespace bitwhere::kernels {
namespace {

// Shared memory for the cells of a block, beside the terms.
constexpr int64_t cells_bytes = 8 << 10;

__device__ __forceinline__ int64_t cells_of(const class_loss_args& args,
                                            const class_reading& with) {
  return with.counts_shared ? args.x.classes * args.x.classes : 0;
}

__device__ __forceinline__ void clear_cells(uint32_t* bins, int64_t cells) {
  for (int64_t c = threadIdx.x; c < cells; c += loss_threads) bins[c] = 0;
  __syncthreads();
}

// Adds what the block has counted to the results.
__device__ __forceinline__ void add_cells(const cell_counter& counter, const uint32_t* bins,
                                          int64_t cells, int64_t counted) {
  __syncthreads();
  for (int64_t c = threadIdx.x; c < cells; c += loss_threads) {
    if (bins[c] != 0) add_atomically(counter.to.confusion + c, bins[c]);
  }
  if (counter.to.agreement == nullptr) return;
  const int64_t correct = sum_over_warp(counter.correct);
  const int64_t valid = sum_over_warp(counted);
  if (lane_index() != 0) return;
  add_atomically(&counter.to.agreement->correct, correct);
  add_atomically(&counter.to.agreement->valid, valid);
}

// The scale of a call whose classes' weights have been added up where smoothing takes that.
template <class C>
__device__ __forceinline__ loss_scale scale_of_pixels(const class_loss_args& args) {
  loss_scale out = scale_of_call(args.finish, args.gradient);
  if (!args.class_weighted) {
    out.class_weights = static_cast<double>(static_cast<C>(args.x.classes));
  }
  return out;
}

// One warp.
template <class C>
__global__ void __launch_bounds__(32)
    sum_class_weights(const __grid_constant__ class_loss_args args, bool aligned, loss_scale* to) {
  const C sum = sum_of_warp<C>(args.x.classes,
                               [&](int64_t c) { return weight_of_class<C>(args, c, aligned); });
  if (lane_index() != 0) return;
  if (!takes_sums(args.finish)) *to = known_scale(args.finish, args.gradient);
  to->class_weights = static_cast<double>(sum);
}

template <class C, bool F64, bool Warps, bool Gradient>
__global__ void __launch_bounds__(loss_threads, 4)
    class_loss_sums(const __grid_constant__ class_loss_args args,
                    const __grid_constant__ class_reading with, int64_t* partials,
                    const class_counts counts, report* bad) {
  using room_of_block = loss_room<C>;
  constexpr int chunk = room_of_block::chunk;
  constexpr int pixels = Warps ? 1 : 32;  // of a warp at a time
  BITWHERE_SHARED(room_of_block, room);
  BITWHERE_DYNAMIC_SHARED(uint32_t, bins);
  const int64_t cells = cells_of(args, with);
  clear_cells(bins, cells);
  cell_counter counter = {counts, cells != 0 ? bins : nullptr, args.x.classes, 0};
  room.open();
  loss_scale scale = {};
  if constexpr (Gradient) scale = scale_of_pixels<C>(args);
  const int sums = args.finish.weighted ? 2 : 1;
  const int lane = Warps ? 0 : lane_index();
  int64_t counted = 0;
  const int64_t mine = int64_t{blockIdx.x} * loss_warps + room.warp();
  const int64_t step = int64_t{gridDim.x} * loss_warps * pixels;
  int filled = 0;
  int64_t first = mine * pixels;
#pragma unroll 1
  for (bool more = true; more; first += step) {
    more = first < args.s.elements;
    if (more) {
      element_loss<C> of = {C{0}, C{0}, false};
      if (first + lane < args.s.elements) {
        of = loss_of_pixel<C, Warps, Gradient>(args, with, first + lane, counter, bad, scale);
      }
      if (!Warps || lane_index() == 0) {
        room.put(filled + lane, of);
        counted += of.counts ? 1 : 0;
      }
      filled += pixels;
    }
    if (filled == 0 || (more && filled < chunk)) continue;
#pragma unroll 1
    for (int k = filled + lane_index(); k < chunk; k += 32) {
      room.put(k, element_loss<C>{C{0}, C{0}, false});
    }
    room.template add_chunk<F64>(sums);
    filled = 0;
  }
  room.close(counted, reinterpret_cast<loss_partial<typename room_of_block::sum>*>(partials)[mine]);
  if (args.counts) add_cells(counter, bins, cells, counted);
}

template <class C, bool Warps, bool Gradient>
__global__ void __launch_bounds__(loss_threads, 4)
    class_loss_terms(const __grid_constant__ class_loss_args args,
                     const __grid_constant__ class_reading with, const class_counts counts,
                     report* bad) {
  constexpr int lanes = Warps ? 32 : 1;
  BITWHERE_DYNAMIC_SHARED(uint32_t, bins);
  const int64_t cells = cells_of(args, with);
  clear_cells(bins, cells);
  cell_counter counter = {counts, cells != 0 ? bins : nullptr, args.x.classes, 0};
  loss_scale scale = {};
  if constexpr (Gradient) scale = scale_of_pixels<C>(args);
  int64_t counted = 0;
  const int64_t step = int64_t{gridDim.x} * loss_threads / lanes;
#pragma unroll 1
  for (int64_t n = (int64_t{blockIdx.x} * loss_threads + threadIdx.x) / lanes; n < args.s.elements;
       n += step) {
    const element_loss<C> of =
        loss_of_pixel<C, Warps, Gradient>(args, with, n, counter, bad, scale);
    if (Warps && lane_index() != 0) continue;
    store_term(args.finish, n, of.term);
    counted += of.counts ? 1 : 0;
  }
  if (args.counts) add_cells(counter, bins, cells, counted);
}

bool by_warps(const class_loss_args& args) {
  if (args.finish.by == loss_reduction::weights) return false;
  const bool whole_rows = args.counts || args.gradient.wanted;
  if (!whole_rows && args.of == class_loss::nll) return false;
  return args.x.classes > class_tile ||
         (args.x.classes >= tuning::cuda_argmax_warp && warps_read(args.x));
}

bool counts_cells_in_shared(const class_loss_args& args, const class_counts& counts) {
  return counts.confusion != nullptr &&
         args.x.classes * args.x.classes * static_cast<int64_t>(sizeof(uint32_t)) <= cells_bytes;
}

class_reading reading_of(const class_loss_args& args, const class_counts& counts) {
  class_reading out;
  const auto suits = [&](const operand& o) { return aligned_elements(o, args.s); };
  out.by = indexer_of(args.s);
  out.aligned =
      aligned_scores(args.x, args.s) &&
      (args.by_labels ? aligned_elements(args.target.values.data, args.target.values.stride_bytes,
                                         args.s, label_bytes(args.target.kind))
                      : aligned_scores(args.probabilities, args.s)) &&
      (!args.weighted || suits(args.weight)) &&
      (!args.conditional || all_operands(args.condition, suits)) &&
      aligned_gradient(args.gradient, args.s, args.x.values.type);
  if (args.class_weighted) {
    const auto bytes = static_cast<uintptr_t>(element_bytes(args.class_weight.type));
    out.aligned = out.aligned && reinterpret_cast<uintptr_t>(args.class_weight.data) % bytes == 0;
  }
  const int64_t size = element_bytes(args.x.values.type);
  out.packed = args.x.class_stride_bytes == size && aligned_for_packs(args.x.values.data, size, 4);
  for (int d = 0; d < args.s.rank; ++d) {
    out.packed = out.packed && args.x.values.stride_bytes[d] % pack_alignment(size, 4) == 0;
  }
  out.counts_shared = counts_cells_in_shared(args, counts);
  return out;
}

// Blocks that are useful, and as many as run at a time.
int64_t blocks_of(const class_loss_args& args, grid_limits grid) {
  const int64_t needed = blocks_for(args.s.elements, by_warps(args) ? loss_warps : loss_threads);
  const int64_t most = int64_t{grid.multiprocessors} * tuning::cuda_blocks_per_sm;
  return needed < most ? needed : most;
}

template <class C, bool F64, bool Gradient>
auto sums_kernel(bool warps) {
  return warps ? class_loss_sums<C, F64, true, Gradient> : class_loss_sums<C, F64, false, Gradient>;
}

template <class C, bool F64>
int launch_partials(const class_loss_args& args, int64_t* partials, const class_counts& counts,
                    report* bad, grid_limits grid, void* stream) {
  const int64_t blocks = blocks_of(args, grid);
  if (blocks == 0) return 0;
  const class_reading with = reading_of(args, counts);
  const size_t shared = with.counts_shared ? static_cast<size_t>(cells_bytes) : 0;
  const bool warps = by_warps(args);
  return launch(
      {blocks, loss_threads, shared, stream},
      args.gradient.wanted ? sums_kernel<C, F64, true>(warps) : sums_kernel<C, F64, false>(warps),
      args, with, partials, counts, bad);
}

// Finds the scale of a gradient where that takes a launch: `args` then point to it.
template <class C, bool F64>
int find_scale(class_loss_args& args, int64_t* partials, loss_scale* scale, grid_limits grid,
               void* stream) {
  if (!args.gradient.wanted) return 0;
  const bool sums = takes_sums(args.finish);
  if (sums) {
    const class_counts none = {nullptr, nullptr};
    class_loss_args alone = sums_alone(args);
    alone.counts = false;
    int launched = launch_partials<C, F64>(alone, partials, none, nullptr, grid, stream);
    if (launched != 0) return launched;
    launched = launch_loss_scale(args.finish, args.gradient, partials,
                                 blocks_of(alone, grid) * loss_warps, scale, stream);
    if (launched != 0) return launched;
  }
  const bool weights = args.class_weighted && args.smoothing != 0;
  if (weights) {
    const int launched = launch({1, 32, 0, stream}, sum_class_weights<C>, args,
                                reading_of(args, {nullptr, nullptr}).aligned, scale);
    if (launched != 0) return launched;
  }
  if (sums || weights) args.gradient.scale = scale;
  return 0;
}

template <class C, bool F64>
int launch_sums(const class_loss_args& given, void* workspace, const class_counts& counts,
                report* bad, grid_limits grid, void* stream) {
  auto* const scale = static_cast<loss_scale*>(workspace);
  auto* const partials = reinterpret_cast<int64_t*>(scale + 1);
  class_loss_args args = given;
  int launched = find_scale<C, F64>(args, partials, scale, grid, stream);
  if (launched != 0) return launched;
  launched = launch_partials<C, F64>(args, partials, counts, bad, grid, stream);
  if (launched != 0) return launched;
  return launch_finish_loss(args.finish, partials, blocks_of(args, grid) * loss_warps, stream);
}

template <class C, bool Gradient>
auto terms_kernel(bool warps) {
  return warps ? class_loss_terms<C, true, Gradient> : class_loss_terms<C, false, Gradient>;
}

template <class C>
int launch_terms(const class_loss_args& given, void* workspace, const class_counts& counts,
                 report* bad, grid_limits grid, void* stream) {
  class_loss_args args = given;
  const int launched =
      find_scale<C, true>(args, nullptr, static_cast<loss_scale*>(workspace), grid, stream);
  if (launched != 0) return launched;
  const class_reading with = reading_of(args, counts);
  const size_t shared = with.counts_shared ? static_cast<size_t>(cells_bytes) : 0;
  const bool warps = by_warps(args);
  return launch({blocks_of(args, grid), loss_threads, shared, stream},
                args.gradient.wanted ? terms_kernel<C, true>(warps) : terms_kernel<C, false>(warps),
                args, with, counts, bad);
}

}  // namespace

int64_t class_loss_workspace(const class_loss_args& args, grid_limits grid) {
  const auto scale = static_cast<int64_t>(sizeof(loss_scale));
  if (args.finish.by == loss_reduction::none) return args.gradient.wanted ? scale : 0;
  int64_t blocks = blocks_of(args, grid);
  if (args.gradient.wanted) {
    const int64_t before = blocks_of(sums_alone(args), grid);
    if (before > blocks) blocks = before;
  }
  return scale + loss_partials_bytes(args.finish, blocks * loss_warps);
}

const char* class_loss_cuda_kernel(const class_loss_args& args, grid_limits grid) {
  const bool warps = by_warps(args);
  if (args.finish.by == loss_reduction::none) {
    return warps ? "class_loss.terms.rows" : "class_loss.terms.pixels";
  }
  if (args.finish.f64) return warps ? "class_loss.sums.rows" : "class_loss.sums.pixels";
  if (grid.f64_adds) return warps ? "class_loss.sums_f64.rows" : "class_loss.sums_f64.pixels";
  return warps ? "class_loss.sums_integer.rows" : "class_loss.sums_integer.pixels";
}

int launch_class_loss(const class_loss_args& args, void* workspace, const class_counts& counts,
                      report* bad, grid_limits grid, void* stream) {
  if (args.finish.by == loss_reduction::none) {
    return args.finish.f64 ? launch_terms<double>(args, workspace, counts, bad, grid, stream)
                           : launch_terms<float>(args, workspace, counts, bad, grid, stream);
  }
  if (args.finish.f64) {
    return launch_sums<double, true>(args, workspace, counts, bad, grid, stream);
  }
  return grid.f64_adds ? launch_sums<float, true>(args, workspace, counts, bad, grid, stream)
                       : launch_sums<float, false>(args, workspace, counts, bad, grid, stream);
}

}  // namespace bitwhere::kernels
