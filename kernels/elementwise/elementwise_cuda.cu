// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../condition/condition_cuda.cuh"
#include "../tuning.hpp"
#include "elementwise_cuda.hpp"
#include "elementwise_formula.hpp"

// out = condition ? function(x) : otherwise. Bytes: each tensor among condition, x and y read once,
// out written once.
//   rows     direct or one element along rows, and aligned: 16 bytes of out a thread
//   strided  everything else: as many neighbours, element by element
namespace bitwhere::kernels {
namespace {

// Elements of a thread. What is divided may come from any dtype, whose loads take registers.
template <class T, bool Divide>
inline constexpr int thread_elements = Divide && sizeof(T) < 4 ? 4
                                                               : 16 / static_cast<int>(sizeof(T));

// values[k] where k is known at run time alone; indexed, the array would leave the registers.
template <class T, int V>
__device__ __forceinline__ void set(T (&values)[V], int k, T value) {
#pragma unroll
  for (int j = 0; j < V; ++j) values[j] = j == k ? value : values[j];
}

template <class T, int V>
__device__ __forceinline__ T get(const T (&values)[V], int k) {
  T value = values[0];
#pragma unroll
  for (int j = 1; j < V; ++j) value = j == k ? values[j] : value;
  return value;
}

// What a thread computes with.
template <class C, int V>
struct thread_values {
  C x[V];
  C y[V];
  uint32_t admitted;
};

template <class T, bool Divide, int V>
__device__ __forceinline__ void load_values(const elementwise_args& args, const row_run& run,
                                            thread_values<typename computed_as<T>::type, V>& to) {
  T stored[V];
  if constexpr (Divide) {
    load_run_as<T, V>(args.x, run, stored);
  } else {
    load_run<T, V>(run.of(args.x, sizeof(T)), stored);
  }
#pragma unroll
  for (int k = 0; k < V; ++k) to.x[k] = widen(stored[k]);
  if constexpr (Divide) {
    load_run_as<T, V>(args.y, run, stored);
#pragma unroll
    for (int k = 0; k < V; ++k) to.y[k] = widen(stored[k]);
  }
  const row_run runs[1] = {run};
  to.admitted = condition_bits<V, 1>(args.condition, runs);
}

template <class T>
__device__ __forceinline__ T load_one(const elementwise_args& args, const operand& from,
                                      const row_run& run, bool aligned) {
  const unsigned char* const p = run.of(from, element_bytes(from.type)).first();
  return from.type == args.type ? load_element<T>(p, aligned) : load_as<T>(from.type, p, aligned);
}

template <class T, bool Divide, int V>
__device__ __forceinline__ void gather_values(const elementwise_args& args, row_run run, int count,
                                              bool aligned,
                                              thread_values<typename computed_as<T>::type, V>& to) {
  using C = typename computed_as<T>::type;
  to.admitted = 0;
#pragma unroll
  for (int k = 0; k < V; ++k) to.x[k] = to.y[k] = 1;
#pragma unroll 1
  for (int k = 0; k < count; ++k, ++run.at.index[0]) {
    if (!condition_bit(args.condition, run, aligned)) continue;
    to.admitted |= 1u << k;
    if constexpr (Divide) {
      set(to.x, k, C{widen(load_one<T>(args, args.x, run, aligned))});
      set(to.y, k, C{widen(load_one<T>(args, args.y, run, aligned))});
    } else {
      const unsigned char* const p = run.of(args.x, sizeof(T)).first();
      set(to.x, k, C{widen(load_element<T>(p, aligned))});
    }
  }
}

// What the condition excludes is 1 before anything is computed.
template <bool Divide, class C, int V>
__device__ __forceinline__ void compute_values(function of, thread_values<C, V>& with) {
#pragma unroll
  for (int k = 0; k < V; ++k) {
    const bool admitted = (with.admitted >> k & 1) != 0;
    with.x[k] = admitted ? with.x[k] : C{1};
    if constexpr (Divide) with.y[k] = admitted ? with.y[k] : C{1};
  }
  if constexpr (Divide) {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      with.x[k] = quotient_formula<scalar_lane>(with.x[k], with.y[k]);
    }
  } else {
    // The branch is uniform over the grid; a kernel a function would multiply the binary.
    with_function(of, [&]<function F>() {
#pragma unroll
      for (int k = 0; k < V; ++k) with.x[k] = elementwise_formula<scalar_lane, F>(with.x[k]);
    });
  }
}

template <class T, bool Divide>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    elementwise_rows(const __grid_constant__ elementwise_args args,
                     const __grid_constant__ pack_space packs, bool in_packs, bool aligned) {
  constexpr int v = thread_elements<T, Divide>;
  using C = typename computed_as<T>::type;
  const int64_t n = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (n >= packs.packs) return;
  int count;
  const row_run run = {&packs.by, position_of_pack<v>(packs, n, count)};
  thread_values<C, v> values;
  const bool whole = in_packs && count == v;
  if (whole) {
    load_values<T, Divide, v>(args, run, values);
  } else {
    gather_values<T, Divide, v>(args, run, count, aligned, values);
  }
  compute_values<Divide>(args.of, values);

  const T otherwise = load_pack<T, 1>(args.otherwise).value[0];
  T results[v];
#pragma unroll
  for (int k = 0; k < v; ++k) {
    results[k] = (values.admitted >> k & 1) != 0 ? from_middle<T>(values.x[k]) : otherwise;
  }
  unsigned char* to = args.out.data + offset_at(packs.by, run.at, args.out.stride_bytes);
  if (whole) {
    pack<T, v> out;
#pragma unroll
    for (int k = 0; k < v; ++k) out.value[k] = results[k];
    store_pack(to, out);
    return;
  }
  const int64_t step = packs.by.rank == 0 ? 0 : args.out.stride_bytes[packs.by.rank - 1];
#pragma unroll 1
  for (int k = 0; k < count; ++k) store_element(to + k * step, get(results, k), aligned);
}

// Whether every operand suits `test(data, stride_bytes, element bytes)`.
template <class Test>
bool all_suit(const elementwise_args& args, Test test) {
  return test(args.out.data, args.out.stride_bytes, element_bytes(args.type)) &&
         test(args.x.data, args.x.stride_bytes, element_bytes(args.x.type)) &&
         (args.of != function::divide ||
          test(args.y.data, args.y.stride_bytes, element_bytes(args.y.type))) &&
         all_operands(args.condition, [&](const operand& o) {
           return test(o.data, o.stride_bytes, element_bytes(o.type));
         });
}

bool all_aligned(const elementwise_args& args) {
  return all_suit(args, [&](const unsigned char* data, const int64_t* stride, int64_t bytes) {
    return aligned_elements(data, stride, args.s, bytes);
  });
}

int elements_of_thread(const elementwise_args& args) {
  const int fits = static_cast<int>(16 / element_bytes(args.type));
  return args.of == function::divide && fits > 4 ? 4 : fits;
}

bool takes_packs(const elementwise_args& args) {
  const int v = elements_of_thread(args);
  return args.s.rank > 0 && args.s.extent[args.s.rank - 1] >= v &&
         args.out.reach == access::direct && packs_condition(args.condition) &&
         all_suit(args, [&](const unsigned char* data, const int64_t* stride, int64_t bytes) {
           return row_packs(data, stride, args.s, bytes, v);
         });
}

template <class T, bool Divide>
int launch_rows(const elementwise_args& args, void* stream) {
  const pack_space packs = packs_of(args.s, thread_elements<T, Divide>);
  return launch({blocks_for(packs.packs, tuning::cuda_block), tuning::cuda_block, 0, stream},
                elementwise_rows<T, Divide>, args, packs, takes_packs(args), all_aligned(args));
}

template <class T>
int launch_type(const elementwise_args& args, void* stream) {
  return args.of == function::divide ? launch_rows<T, true>(args, stream)
                                     : launch_rows<T, false>(args, stream);
}

}  // namespace

const char* elementwise_cuda_kernel(const elementwise_args& args) {
  return takes_packs(args) ? "elementwise.rows" : "elementwise.strided";
}

int launch_elementwise(const elementwise_args& args, void* stream) {
  switch (args.type) {
    case dtype::f16:
      return launch_type<half_bits>(args, stream);
    case dtype::bf16:
      return launch_type<bfloat_bits>(args, stream);
    case dtype::f32:
      return launch_type<float>(args, stream);
    default:
      return launch_type<double>(args, stream);
  }
}

}  // namespace bitwhere::kernels
