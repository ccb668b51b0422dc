// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../tile/run_cuda.cuh"
#include "convert_formula.hpp"

// Elements of one dtype read as another. The switches are uniform over the grid: a branch costs an
// instruction, where a kernel a pair of dtypes would multiply the binary.
namespace bitwhere::kernels {

// V elements of an operand of any dtype, as To; of runs as load_run takes them.
template <class To, int V, class Run>
__device__ __forceinline__ void load_run_as(const operand& from, const Run& run, To (&values)[V]) {
  with_stored_type(from.type, [&]<class From>() {
    if constexpr (converts_v<To, From>) {
      From stored[V];
      load_run<From, V>(run.of(from, sizeof(From)), stored);
#pragma unroll
      for (int k = 0; k < V; ++k) values[k] = convert<To>(stored[k]);
    }
  });
}

// One element, at any address.
template <class To>
__device__ __forceinline__ To load_as(dtype stored, const unsigned char* p, bool aligned) {
  return with_stored_type(stored, [&]<class From>() -> To {
    if constexpr (converts_v<To, From>) {
      return convert<To>(load_element<From>(p, aligned));
    } else {
      return {};
    }
  });
}

// One real element in a middle type.
template <class Middle>
__device__ __forceinline__ Middle load_middle(dtype stored, const unsigned char* p, bool aligned) {
  return with_stored_type(stored, [&]<class From>() -> Middle {
    if constexpr (is_complex_v<From> || (std::is_integral_v<Middle> && is_real_float_v<From>)) {
      return 0;  // promotion does not lead here
    } else {
      return to_middle<Middle>(load_element<From>(p, aligned));
    }
  });
}

}  // namespace bitwhere::kernels
