// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../convert/convert_cuda.cuh"
#include "../exact_sum/warp_sum.cuh"
#include "../tile/run_cuda.cuh"
#include "../tuning.hpp"
#include "loss_gradient_formula.hpp"

// Sums of losses over a grid. A warp collects terms in shared memory, where its states wait, too:
// computing terms and adding them up do not share registers. Each warp writes a partial; a second
// launch merges them: finish_loss_cuda.hpp.
namespace bitwhere::kernels {

inline constexpr int loss_threads = 128;
inline constexpr int loss_warps = loss_threads / 32;

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

// What an element adds.
template <class C>
struct element_loss {
  C term;
  C weight;
  bool counts;
};

// Calls read.template operator()<T>() for the dtype of what is computed in C.
BITWHERE_VISITOR
template <class C, class Read>
__device__ __forceinline__ auto with_computed_type(dtype type, Read read) {
  if constexpr (sizeof(C) == 8) {
    return read.template operator()<double>();
  } else {
    switch (type) {
      case dtype::f16:
        return read.template operator()<half_bits>();
      case dtype::bf16:
        return read.template operator()<bfloat_bits>();
      default:
        return read.template operator()<float>();
    }
  }
}

// A float of any dtype in C. Whatever NaN it is, what is computed with it is canonical.
template <class C>
__device__ __forceinline__ C float_at(dtype type, const unsigned char* p, bool aligned) {
  if (type == dtype::f64) return static_cast<C>(load_element<double>(p, aligned));
  return with_computed_type<float>(
      type, [&]<class T>() { return static_cast<C>(widen(load_element<T>(p, aligned))); });
}

template <class C>
__device__ __forceinline__ C read_as(const operand& from, const row_run& run, bool aligned) {
  return load_as<C>(from.type, run.of(from, element_bytes(from.type)).first(), aligned);
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

// A block's terms and states. All lanes of a warp call its functions together.
template <class C>
struct loss_room {
  using sum = typename sum_of_terms<C>::type;
  static constexpr int chunk = 32 * lane_terms<C>;
  C terms[2][loss_warps][chunk];
  warp_state<sum> state[2][loss_threads];

  __device__ __forceinline__ int warp() const { return static_cast<int>(threadIdx.x) / 32; }
  __device__ __forceinline__ void open() {
    for (int k = 0; k < 2; ++k) state[k][threadIdx.x].open();
  }
  __device__ __forceinline__ void put(int k, const element_loss<C>& of) {
    terms[0][warp()][k] = of.term;
    terms[1][warp()][k] = of.weight;
  }
  // Adds up a whole chunk: `sums` is 2 where weights count, too, else 1.
  template <bool F64>
  __device__ __forceinline__ void add_chunk(int sums) {
    __syncwarp();
#pragma unroll 1
    for (int k = 0; k < sums; ++k) {
      warp_state<sum> copy = state[k][threadIdx.x];
      add_lanes<F64>(copy, terms[k][warp()]);
      state[k][threadIdx.x] = copy;
    }
    __syncwarp();
  }
  // `counted` is this lane's.
  __device__ __forceinline__ void close(int64_t counted, loss_partial<sum>& to) {
    state[0][threadIdx.x].close(to.state.loss);
    state[1][threadIdx.x].close(to.state.weight);
    counted = sum_over_warp(counted);
    __syncwarp();
    if (lane_index() != 0) return;
    to.head = {0, counted, 0, 0, -1};
    normalise(to.state);
  }
};

// A number computed in C, as an element of a tensor: f64 of f64, else f16, bf16 or f32.
template <class C>
__device__ __forceinline__ void store_number(unsigned char* to, dtype type, C number,
                                             bool aligned) {
  if constexpr (sizeof(C) == 8) {
    store_element(to, number, aligned);
  } else if (type == dtype::f16) {
    store_element(to, from_middle<half_bits>(number), aligned);
  } else if (type == dtype::bf16) {
    store_element(to, from_middle<bfloat_bits>(number), aligned);
  } else {
    store_element(to, number, aligned);
  }
}

// The loss of element n of an output that lies side by side.
template <class C>
__device__ __forceinline__ void store_term(const loss_finish_args& args, int64_t n, C term) {
  store_number(args.out + n * element_bytes(args.out_type), args.out_type, term, true);
}

__device__ __forceinline__ loss_scale scale_of_call(const loss_finish_args& finish,
                                                    const loss_gradient_args& args) {
  return args.scale != nullptr ? *args.scale : known_scale(finish, args);
}

// Whether upstream and gradient lie at multiples of their sizes.
inline bool aligned_gradient(const loss_gradient_args& args, const space& s, dtype type) {
  if (!args.wanted) return true;
  const int64_t size = element_bytes(type);
  return aligned_elements(args.to.data, args.to.stride_bytes, s, size) &&
         args.class_stride_bytes % size == 0 && (!args.each || aligned_elements(args.upstream, s));
}

// The pass for what the scale of a gradient waits for.
template <class Args>
Args sums_alone(const Args& args) {
  Args out = args;
  out.gradient.wanted = out.gradient.each = false;
  out.finish.by = args.finish.dice ? loss_reduction::partial : loss_reduction::weights;
  return out;
}

}  // namespace bitwhere::kernels
