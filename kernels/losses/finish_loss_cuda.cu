// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "finish_loss_cuda.hpp"

#include "../launch.cuh"
#include "../tuning.hpp"
#include "loss_formula.hpp"

namespace bitwhere::kernels {
namespace {

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
  partial_header& head = sums.all.head;
  head = {tag_of(args), head.selected, args.elements - head.selected, 0, -1};
  if (args.by == loss_reduction::partial) {  // where bad elements have been noted already
    const auto& noted = *reinterpret_cast<const partial_header*>(args.out);
    head.bad = noted.bad;
    head.first_bad = noted.first_bad;
  }
  store_loss(args, sums.all);
}

template <class Sum>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    round_loss(const __grid_constant__ loss_finish_args args, const int64_t* words, report* found) {
  if (threadIdx.x != 0) return;
  const report of = finish_loss_partial<Sum>(args, words);
  if (found != nullptr) *found = of;
}

}  // namespace

int64_t loss_partials_bytes(const loss_finish_args& args, int64_t warps) {
  return warps * static_cast<int64_t>(args.f64 ? sizeof(loss_partial<f64_sum>)
                                               : sizeof(loss_partial<f32_sum>));
}

int launch_finish_loss(const loss_finish_args& args, const int64_t* partials, int64_t count,
                       void* stream) {
  return launch({1, tuning::cuda_block, 0, stream},
                args.f64 ? finish_loss<f64_sum> : finish_loss<f32_sum>, args, partials, count);
}

int launch_round_loss(const loss_finish_args& args, const int64_t* words, report* found,
                      void* stream) {
  return launch({1, 32, 0, stream}, args.f64 ? round_loss<f64_sum> : round_loss<f32_sum>, args,
                words, found);
}

}  // namespace bitwhere::kernels
