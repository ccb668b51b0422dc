// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../condition/condition_cuda.cuh"
#include "../exact_sum/warp_sum.cuh"
#include "../metrics/report_cuda.cuh"
#include "../tuning.hpp"
#include "binary_loss_cuda.hpp"
#include "binary_loss_formula.hpp"

// Bytes: each tensor among x, target, weights and the condition's read once; a partial for each
// warp written and read, or each element's loss written.
//   terms  a thread an element
//   sums   a warp takes 1024 elements (192 in f64) at a time: their terms and its states wait in
//   shared
//          memory, so that computing and adding up do not share registers. A second launch merges
//          the warps' partials, a thread a word
namespace bitwhere::kernels {
namespace {

constexpr int loss_threads = 128;
constexpr int loss_warps = loss_threads / 32;

// Terms of a lane that are added up at once.
template <class C>
inline constexpr int lane_terms = f32_lane_terms;
template <>
inline constexpr int lane_terms<double> = f64_lane_terms;

template <class C>
struct sum_of_terms {
  using type = f32_sum;
};
template <>
struct sum_of_terms<double> {
  using type = f64_sum;
};

struct loss_reading {
  indexer by;
  bool aligned;
};

// What an element adds.
template <class C>
struct element_loss {
  C term;
  C weight;
  bool counts;
};

template <class C>
__device__ __forceinline__ C read_as(const operand& from, const row_run& run, bool aligned) {
  return load_as<C>(from.type, run.of(from, element_bytes(from.type)).first(), aligned);
}

template <class C>
__device__ __forceinline__ element_loss<C> loss_at(const binary_loss_args& args,
                                                   const loss_reading& with, int64_t n,
                                                   report* bad) {
  const row_run run = {&with.by, position_at(with.by, n)};
  element_loss<C> out = {C{0}, C{0}, false};
  if (args.conditional && !condition_bit(args.condition, run, with.aligned)) return out;
  const C x = read_as<C>(args.x, run, with.aligned);
  const C t = read_as<C>(args.target, run, with.aligned);
  const C q = args.positives_weighted ? read_as<C>(args.pos_weight, run, with.aligned) : C{1};
  // The branch is uniform over the grid; a kernel a kind would multiply the binary.
  with_binary_loss(args.of, [&]<binary_loss F>() {
    out.counts = acceptable<scalar_lane, F>(x, t);
    if (out.counts) {
      out.term = binary_loss_formula<scalar_lane, F>(x, t, q, numbers_of<C>(args));
    }
  });
  if (!out.counts) {
    note_bad(bad, args.first_element + n);
  } else if (args.weighted) {
    out.weight = read_as<C>(args.weight, run, with.aligned);
    out.term = weighted_term<scalar_lane>(out.weight, out.term);
  }
  return out;
}

__device__ __forceinline__ uint32_t term_bits(float term) { return scalar_lane::bits_of(term); }
__device__ __forceinline__ uint64_t term_bits(double term) { return scalar_lane::bits_of(term); }

template <bool F64>
__device__ __forceinline__ void add_lanes(warp_state<f32_sum>& to, const float* terms) {
  uint32_t term[f32_lane_terms];
#pragma unroll
  for (int k = 0; k < f32_lane_terms; ++k) term[k] = term_bits(terms[k * 32 + lane_index()]);
  add_terms<F64>(to, term);
}

template <bool F64>
__device__ __forceinline__ void add_lanes(warp_state<f64_sum>& to, const double* terms) {
  uint64_t term[f64_lane_terms];
#pragma unroll
  for (int k = 0; k < f64_lane_terms; ++k) term[k] = term_bits(terms[k * 32 + lane_index()]);
  add_terms(to, term);
}

template <class C, bool F64>
__global__ void __launch_bounds__(loss_threads, 4)
    binary_loss_sums(const __grid_constant__ binary_loss_args args,
                     const __grid_constant__ loss_reading with, int64_t* partials, report* bad) {
  constexpr int chunk = 32 * lane_terms<C>;
  using sum = typename sum_of_terms<C>::type;
  struct room_of_block {
    C terms[2][loss_warps][chunk];
    warp_state<sum> state[2][loss_threads];
  };
  BITWHERE_SHARED(room_of_block, room);
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int lane = lane_index();
  C* const losses = room.terms[0][warp];
  C* const weights = room.terms[1][warp];
  const int sums = args.finish.weighted ? 2 : 1;
  for (int k = 0; k < 2; ++k) room.state[k][threadIdx.x].open();
  int64_t counted = 0;
  const int64_t mine = int64_t{blockIdx.x} * loss_warps + warp;
  const int64_t step = int64_t{gridDim.x} * loss_warps * chunk;
#pragma unroll 1
  for (int64_t first = mine * chunk; first < args.s.elements; first += step) {
#pragma unroll 1
    for (int k = lane; k < chunk; k += 32) {
      element_loss<C> of = {C{0}, C{0}, false};
      if (first + k < args.s.elements) of = loss_at<C>(args, with, first + k, bad);
      losses[k] = of.term;
      weights[k] = of.weight;
      counted += of.counts ? 1 : 0;
    }
    __syncwarp();
#pragma unroll 1
    for (int k = 0; k < sums; ++k) {
      warp_state<sum> state = room.state[k][threadIdx.x];
      add_lanes<F64>(state, room.terms[k][warp]);
      room.state[k][threadIdx.x] = state;
    }
    __syncwarp();
  }
  auto& to = reinterpret_cast<loss_partial<sum>*>(partials)[mine];
  room.state[0][threadIdx.x].close(to.state.loss);
  room.state[1][threadIdx.x].close(to.state.weight);
  counted = sum_over_warp(counted);
  __syncwarp();
  if (lane != 0) return;
  to.head = {0, counted, 0, 0, -1};
  normalise(to.state);
}

// One block: each thread adds up one word of every so many partials.
template <class Sum>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    finish_loss(const __grid_constant__ loss_finish_args args, const int64_t* partials,
                int64_t count) {
  constexpr int words = sizeof(loss_partial<Sum>) / 8;
  constexpr int groups = tuning::cuda_block / words;
  struct sums_of_words {
    int64_t of[groups][words];
    loss_partial<Sum> all;
  };
  BITWHERE_SHARED(sums_of_words, sums);
  const int word = static_cast<int>(threadIdx.x) % words;
  const int group = static_cast<int>(threadIdx.x) / words;
  if (group < groups) {
    int64_t sum = 0;
#pragma unroll 4
    for (int64_t p = group; p < count; p += groups) sum += partials[p * words + word];
    sums.of[group][word] = sum;
  }
  __syncthreads();
  if (group == 0) {
    int64_t sum = 0;
    for (int g = 0; g < groups; ++g) sum += sums.of[g][word];
    reinterpret_cast<int64_t*>(&sums.all)[word] = sum;
  }
  __syncthreads();
  if (threadIdx.x != 0) return;
  normalise(sums.all.state);
  store_loss(args, sums.all);
}

template <class C>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    binary_loss_terms(const __grid_constant__ binary_loss_args args,
                      const __grid_constant__ loss_reading with, report* bad) {
  const int64_t n = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (n >= args.s.elements) return;
  const C term = loss_at<C>(args, with, n, bad).term;
  const dtype type = args.finish.out_type;
  unsigned char* const to = args.finish.out + n * element_bytes(type);
  if constexpr (sizeof(C) == 8) {
    store_element(to, term, true);
  } else if (type == dtype::f16) {
    store_element(to, from_middle<half_bits>(term), true);
  } else if (type == dtype::bf16) {
    store_element(to, from_middle<bfloat_bits>(term), true);
  } else {
    store_element(to, term, true);
  }
}

loss_reading reading_of(const binary_loss_args& args) {
  loss_reading out;
  out.by = indexer_of(args.s);
  out.aligned = aligned_elements(args.x, args.s) && aligned_elements(args.target, args.s) &&
                (!args.weighted || aligned_elements(args.weight, args.s)) &&
                (!args.positives_weighted || aligned_elements(args.pos_weight, args.s)) &&
                (!args.conditional || all_operands(args.condition, [&](const operand& o) {
                  return aligned_elements(o, args.s);
                }));
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
int launch_sums(const binary_loss_args& args, void* workspace, report* bad, grid_limits grid,
                void* stream) {
  auto* const partials = static_cast<int64_t*>(workspace);
  const int64_t blocks = sum_blocks(args, grid);
  if (blocks != 0) {
    const int launched = launch({blocks, loss_threads, 0, stream}, binary_loss_sums<C, F64>, args,
                                reading_of(args), partials, bad);
    if (launched != 0) return launched;
  }
  return launch({1, tuning::cuda_block, 0, stream}, finish_loss<typename sum_of_terms<C>::type>,
                args.finish, partials, blocks * loss_warps);
}

}  // namespace

int64_t binary_loss_workspace(const binary_loss_args& args, grid_limits grid) {
  if (args.finish.by == loss_reduction::none) return 0;
  const auto bytes = static_cast<int64_t>(args.finish.f64 ? sizeof(loss_partial<f64_sum>)
                                                          : sizeof(loss_partial<f32_sum>));
  return sum_blocks(args, grid) * loss_warps * bytes;
}

const char* binary_loss_cuda_kernel(const binary_loss_args& args, grid_limits grid) {
  if (args.finish.by == loss_reduction::none) return "binary_loss.terms";
  if (args.finish.f64) return "binary_loss.sums";
  return grid.f64_adds ? "binary_loss.sums_f64" : "binary_loss.sums_integer";
}

int launch_binary_loss(const binary_loss_args& args, void* workspace, report* bad, grid_limits grid,
                       void* stream) {
  if (args.finish.by == loss_reduction::none) {
    return launch({blocks_for(args.s.elements, tuning::cuda_block), tuning::cuda_block, 0, stream},
                  args.finish.f64 ? binary_loss_terms<double> : binary_loss_terms<float>, args,
                  reading_of(args), bad);
  }
  if (args.finish.f64) return launch_sums<double, true>(args, workspace, bad, grid, stream);
  return grid.f64_adds ? launch_sums<float, true>(args, workspace, bad, grid, stream)
                       : launch_sums<float, false>(args, workspace, bad, grid, stream);
}

}  // namespace bitwhere::kernels
