// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../condition/condition_cuda.cuh"
#include "../metrics/report_cuda.cuh"
#include "binary_gradient_formula.hpp"
#include "binary_loss_cuda.hpp"
#include "finish_loss_cuda.hpp"
#include "loss_cuda.cuh"

// Bytes: each tensor among x, target, weights and the condition's read once; a partial for each
// warp written and read, or each element's loss written; of a gradient, x's bytes written, and
// before that for most means and Dice, targets, weights and condition read by another launch.
//   terms  a thread an element
//   sums   a warp takes 1024 elements (192 in f64) at a time: loss_cuda.cuh
namespace bitwhere::kernels {
namespace {

struct loss_reading {
  indexer by;
  bool aligned;
};

// `slope` is left alone where the element does not count.
template <class C, bool Gradient>
__device__ __forceinline__ element_loss<C> loss_at(const binary_loss_args& args,
                                                   const loss_reading& with, const row_run& run,
                                                   int64_t n, const loss_scale& scale, C& slope,
                                                   report* bad) {
  element_loss<C> out = {C{0}, C{0}, false};
  if (args.conditional && !condition_bit(args.condition, run, with.aligned)) return out;
  const bool weights_alone = args.finish.by == loss_reduction::weights;
  const bool reads_x = !weights_alone || of_probabilities(args.of);
  const C x = reads_x ? read_as<C>(args.x, run, with.aligned) : C{0};
  const C t = read_as<C>(args.target, run, with.aligned);
  const C q = args.positives_weighted ? read_as<C>(args.pos_weight, run, with.aligned) : C{1};
  // The branch is uniform over the grid; a kernel a kind would multiply the binary.
  with_binary_loss(args.of, [&]<binary_loss F>() {
    out.counts = acceptable<scalar_lane, F>(x, t);
    if (!out.counts) return;
    out.weight = size_of_element<scalar_lane, F>(x, t);
    if (weights_alone) return;
    out.term = binary_loss_formula<scalar_lane, F>(x, t, q, numbers_of<C>(args));
    if constexpr (Gradient) {
      slope = binary_loss_slope<scalar_lane, F>(
          x, t, q, numbers_of<C>(args),
          {static_cast<C>(scale.of_common), static_cast<C>(scale.of_size)});
    }
  });
  if (!out.counts) {
    note_bad(bad, args.first_element + n);
  } else if (args.weighted) {
    const C weight = read_as<C>(args.weight, run, with.aligned);
    out.term = weighted_term<scalar_lane>(weight, out.term);
    out.weight = is_dice(args.of) ? weighted_term<scalar_lane>(weight, out.weight) : weight;
  }
  return out;
}

// Element n, and its gradient where it belongs.
template <class C, bool Gradient>
__device__ __forceinline__ element_loss<C> loss_of_element(const binary_loss_args& args,
                                                           const loss_reading& with, int64_t n,
                                                           const loss_scale& scale, report* bad) {
  const row_run run = {&with.by, position_at(with.by, n)};
  C slope = C{0};
  const element_loss<C> out = loss_at<C, Gradient>(args, with, run, n, scale, slope, bad);
  if constexpr (Gradient) {
    const loss_gradient_args& wanted = args.gradient;
    const C up =
        wanted.each ? read_as<C>(wanted.upstream, run, with.aligned) : static_cast<C>(scale.scale);
    const C weight =
        out.counts && args.weighted ? read_as<C>(args.weight, run, with.aligned) : C{1};
    const C g = out.counts ? gradient_of<scalar_lane>(up, weight, slope) : C{0};
    store_number(wanted.to.data + offset_at(with.by, run.at, wanted.to.stride_bytes), args.x.type,
                 g, with.aligned);
  }
  return out;
}

template <class C, bool F64, bool Gradient>
__global__ void __launch_bounds__(loss_threads, 4)
    binary_loss_sums(const __grid_constant__ binary_loss_args args,
                     const __grid_constant__ loss_reading with, int64_t* partials, report* bad) {
  using room_of_block = loss_room<C>;
  constexpr int chunk = room_of_block::chunk;
  BITWHERE_SHARED(room_of_block, room);
  room.open();
  loss_scale scale = {};
  if constexpr (Gradient) scale = scale_of_call(args.finish, args.gradient);
  int64_t counted = 0;
  const int64_t mine = int64_t{blockIdx.x} * loss_warps + room.warp();
  const int64_t step = int64_t{gridDim.x} * loss_warps * chunk;
#pragma unroll 1
  for (int64_t first = mine * chunk; first < args.s.elements; first += step) {
#pragma unroll 1
    for (int k = lane_index(); k < chunk; k += 32) {
      element_loss<C> of = {C{0}, C{0}, false};
      if (first + k < args.s.elements) {
        of = loss_of_element<C, Gradient>(args, with, first + k, scale, bad);
      }
      room.put(k, of);
      counted += of.counts ? 1 : 0;
    }
    room.template add_chunk<F64>(args.finish.weighted ? 2 : 1);
  }
  room.close(counted, reinterpret_cast<loss_partial<typename room_of_block::sum>*>(partials)[mine]);
}

template <class C, bool Gradient>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    binary_loss_terms(const __grid_constant__ binary_loss_args args,
                      const __grid_constant__ loss_reading with, report* bad) {
  const int64_t n = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (n >= args.s.elements) return;
  loss_scale scale = {};
  if constexpr (Gradient) scale = scale_of_call(args.finish, args.gradient);
  store_term(args.finish, n, loss_of_element<C, Gradient>(args, with, n, scale, bad).term);
}

loss_reading reading_of(const binary_loss_args& args) {
  loss_reading out;
  out.by = indexer_of(args.s);
  out.aligned = aligned_elements(args.x, args.s) && aligned_elements(args.target, args.s) &&
                (!args.weighted || aligned_elements(args.weight, args.s)) &&
                (!args.positives_weighted || aligned_elements(args.pos_weight, args.s)) &&
                (!args.conditional ||
                 all_operands(args.condition,
                              [&](const operand& o) { return aligned_elements(o, args.s); })) &&
                aligned_gradient(args.gradient, args.s, args.x.type);
  return out;
}

// Blocks of sums: as many as run at a time, or fewer.
int64_t sum_blocks(const binary_loss_args& args, grid_limits grid) {
  const int64_t chunk = 32 * (args.finish.f64 ? f64_lane_terms : f32_lane_terms);
  const int64_t needed = blocks_for(args.s.elements, chunk * loss_warps);
  const int64_t most = int64_t{grid.multiprocessors} * tuning::cuda_blocks_per_sm;
  return needed < most ? needed : most;
}

template <class C, bool F64>
int launch_partials(const binary_loss_args& args, int64_t* partials, report* bad, grid_limits grid,
                    void* stream) {
  const int64_t blocks = sum_blocks(args, grid);
  if (blocks == 0) return 0;
  return launch(
      {blocks, loss_threads, 0, stream},
      args.gradient.wanted ? binary_loss_sums<C, F64, true> : binary_loss_sums<C, F64, false>, args,
      reading_of(args), partials, bad);
}

template <class C, bool F64>
int launch_sums(const binary_loss_args& given, void* workspace, report* bad, grid_limits grid,
                void* stream) {
  auto* const partials = static_cast<int64_t*>(workspace);
  const int64_t warps = sum_blocks(given, grid) * loss_warps;
  binary_loss_args args = given;
  if (args.gradient.wanted && takes_sums(args.finish)) {
    auto* const scale = reinterpret_cast<loss_scale*>(static_cast<unsigned char*>(workspace) +
                                                      loss_partials_bytes(args.finish, warps));
    int launched = launch_partials<C, F64>(sums_alone(args), partials, nullptr, grid, stream);
    if (launched != 0) return launched;
    launched = launch_loss_scale(args.finish, args.gradient, partials, warps, scale, stream);
    if (launched != 0) return launched;
    args.gradient.scale = scale;
  }
  const int launched = launch_partials<C, F64>(args, partials, bad, grid, stream);
  if (launched != 0) return launched;
  return launch_finish_loss(args.finish, partials, warps, stream);
}

template <class C>
int launch_terms(const binary_loss_args& args, report* bad, void* stream) {
  return launch({blocks_for(args.s.elements, tuning::cuda_block), tuning::cuda_block, 0, stream},
                args.gradient.wanted ? binary_loss_terms<C, true> : binary_loss_terms<C, false>,
                args, reading_of(args), bad);
}

}  // namespace

int64_t binary_loss_workspace(const binary_loss_args& args, grid_limits grid) {
  if (args.finish.by == loss_reduction::none) return 0;
  return loss_partials_bytes(args.finish, sum_blocks(args, grid) * loss_warps) +
         static_cast<int64_t>(sizeof(loss_scale));
}

const char* binary_loss_cuda_kernel(const binary_loss_args& args, grid_limits grid) {
  if (args.finish.by == loss_reduction::none) return "binary_loss.terms";
  if (args.finish.f64) return "binary_loss.sums";
  return grid.f64_adds ? "binary_loss.sums_f64" : "binary_loss.sums_integer";
}

int launch_binary_loss(const binary_loss_args& args, void* workspace, report* bad, grid_limits grid,
                       void* stream) {
  if (args.finish.by == loss_reduction::none) {
    return args.finish.f64 ? launch_terms<double>(args, bad, stream)
                           : launch_terms<float>(args, bad, stream);
  }
  if (args.finish.f64) return launch_sums<double, true>(args, workspace, bad, grid, stream);
  return grid.f64_adds ? launch_sums<float, true>(args, workspace, bad, grid, stream)
                       : launch_sums<float, false>(args, workspace, bad, grid, stream);
}

}  // namespace bitwhere::kernels
