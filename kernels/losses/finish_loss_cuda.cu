// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "finish_loss_cuda.hpp"

#include "../reduce/partial_cuda.cuh"
#include "loss_gradient_formula.hpp"

namespace bitwhere::kernels {
namespace {

// One block.
template <class Sum>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    finish_loss(const __grid_constant__ loss_finish_args args, const int64_t* partials,
                int64_t count) {
  using room_of_sums = sum_of_partials<loss_partial<Sum>>;
  BITWHERE_SHARED(room_of_sums, sums);
  sums.add_up(partials, count);
  if (threadIdx.x != 0) return;
  normalise(sums.all.state);
  partial_header& head = sums.all.head;
  head = {tag_of(args), head.selected, args.elements - head.selected, 0, -1};
  if (keeps_words(args.by)) {  // where bad elements have been noted already
    const auto& noted = *reinterpret_cast<const partial_header*>(args.out);
    head.bad = noted.bad;
    head.first_bad = noted.first_bad;
  }
  store_loss(args, sums.all);
}

template <class Sum>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    find_loss_scale(const __grid_constant__ loss_finish_args finish,
                    const __grid_constant__ loss_gradient_args args, const int64_t* partials,
                    int64_t count, loss_scale* to) {
  using room_of_sums = sum_of_partials<loss_partial<Sum>>;
  BITWHERE_SHARED(room_of_sums, sums);
  sums.add_up(partials, count);
  if (threadIdx.x != 0) return;
  normalise(sums.all.state);
  const partial_header& head = sums.all.head;
  sums.all.head = {tag_of(finish), head.selected, finish.elements - head.selected, 0, -1};
  *to = scale_of(finish, args, sums.all);
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

int launch_loss_scale(const loss_finish_args& finish, const loss_gradient_args& args,
                      const int64_t* partials, int64_t count, loss_scale* to, void* stream) {
  return launch({1, tuning::cuda_block, 0, stream},
                finish.f64 ? find_loss_scale<f64_sum> : find_loss_scale<f32_sum>, finish, args,
                partials, count, to);
}

int launch_round_loss(const loss_finish_args& args, const int64_t* words, report* found,
                      void* stream) {
  return launch({1, 32, 0, stream}, args.f64 ? round_loss<f64_sum> : round_loss<f32_sum>, args,
                words, found);
}

}  // namespace bitwhere::kernels
