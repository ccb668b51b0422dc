// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../condition/condition_cuda.cuh"
#include "../tuning.hpp"
#include "elementwise_cuda.hpp"
#include "elementwise_formula.hpp"

// out = condition ? function(inputs) : otherwise. Bytes: each tensor among condition and inputs
// read once, out written once.
//   rows     direct or one element along rows, and aligned: 16 bytes of out a thread
//   strided  everything else: as many neighbours, element by element
namespace bitwhere::kernels {
namespace {

using form = elementwise_form;

// Elements of a thread. What is converted may come from any dtype, whose loads take registers.
template <class T, form Form>
inline constexpr int thread_elements = Form != form::function && sizeof(T) < 4
                                           ? 4
                                           : 16 / static_cast<int>(sizeof(T));

// What inputs are read as.
template <class T, form Form>
using input_type = std::conditional_t<is_slope(Form), typename computed_as<T>::type, T>;

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
template <class C, int Inputs, int V>
struct thread_values {
  C in[Inputs][V];
  uint32_t admitted;
};

template <class T, form Form, class C, int Inputs, int V>
__device__ __forceinline__ void load_values(const elementwise_args& args, const row_run& run,
                                            thread_values<C, Inputs, V>& to) {
#pragma unroll
  for (int n = 0; n < Inputs; ++n) {
    const operand& from = input_of(args, Form, n);
    input_type<T, Form> read[V];
    if constexpr (Form == form::function) {
      load_run<T, V>(run.of(from, sizeof(T)), read);
    } else {
      load_run_as<input_type<T, Form>, V>(from, run, read);
    }
#pragma unroll
    for (int k = 0; k < V; ++k) to.in[n][k] = widen(read[k]);
  }
  const row_run runs[1] = {run};
  to.admitted = condition_bits<V, 1>(args.condition, runs);
}

template <class T, form Form>
__device__ __forceinline__ input_type<T, Form> load_one(const operand& from, dtype type,
                                                        const row_run& run, bool aligned) {
  using In = input_type<T, Form>;
  const unsigned char* const p = run.of(from, element_bytes(from.type)).first();
  if constexpr (Form == form::function) {
    return load_element<In>(p, aligned);
  } else {
    return from.type == type ? load_element<In>(p, aligned) : load_as<In>(from.type, p, aligned);
  }
}

template <class T, form Form, class C, int Inputs, int V>
__device__ __forceinline__ void gather_values(const elementwise_args& args, row_run run, int count,
                                              bool aligned, thread_values<C, Inputs, V>& to) {
  to.admitted = 0;
#pragma unroll
  for (int n = 0; n < Inputs; ++n) {
#pragma unroll
    for (int k = 0; k < V; ++k) to.in[n][k] = 1;
  }
  const dtype type = read_dtype(args);
#pragma unroll 1
  for (int k = 0; k < count; ++k, ++run.at.index[0]) {
    if (!condition_bit(args.condition, run, aligned)) continue;
    to.admitted |= 1u << k;
#pragma unroll
    for (int n = 0; n < Inputs; ++n) {
      const operand& from = input_of(args, Form, n);
      set(to.in[n], k, C{widen(load_one<T, Form>(from, type, run, aligned))});
    }
  }
}

// in[0] becomes the results. What the condition excludes is 1 before anything is computed.
template <form Form, class C, int Inputs, int V>
__device__ __forceinline__ void compute_values(function of, thread_values<C, Inputs, V>& with) {
  auto& in = with.in;
#pragma unroll
  for (int n = 0; n < Inputs; ++n) {
#pragma unroll
    for (int k = 0; k < V; ++k) in[n][k] = (with.admitted >> k & 1) != 0 ? in[n][k] : C{1};
  }
  if constexpr (Form == form::quotient) {
#pragma unroll
    for (int k = 0; k < V; ++k) in[0][k] = quotient_formula<scalar_lane>(in[0][k], in[1][k]);
  } else if constexpr (Form == form::quotient_slope) {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      in[0][k] = quotient_slope_formula<scalar_lane>(in[0][k], in[1][k], in[2][k]);
    }
  } else {
    // The branch is uniform over the grid; a kernel a function would multiply the binary.
    with_function(of, [&]<function F>() {
#pragma unroll
      for (int k = 0; k < V; ++k) {
        if constexpr (Form == form::slope) {
          in[0][k] = slope_formula<scalar_lane, F>(in[0][k], in[1][k]);
        } else {
          in[0][k] = elementwise_formula<scalar_lane, F>(in[0][k]);
        }
      }
    });
  }
}

template <class T, form Form>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    elementwise_rows(const __grid_constant__ elementwise_args args,
                     const __grid_constant__ pack_space packs, bool in_packs, bool aligned) {
  constexpr int v = thread_elements<T, Form>;
  using C = typename computed_as<T>::type;
  const int64_t n = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (n >= packs.packs) return;
  int count;
  const row_run run = {&packs.by, position_of_pack<v>(packs, n, count)};
  thread_values<C, input_count(Form), v> values;
  const bool whole = in_packs && count == v;
  if (whole) {
    load_values<T, Form>(args, run, values);
  } else {
    gather_values<T, Form>(args, run, count, aligned, values);
  }
  compute_values<Form>(args.of, values);

  const T otherwise = load_pack<T, 1>(args.otherwise).value[0];
  T results[v];
#pragma unroll
  for (int k = 0; k < v; ++k) {
    results[k] = (values.admitted >> k & 1) != 0 ? from_middle<T>(values.in[0][k]) : otherwise;
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
  const form of = form_of(args);
  for (int n = 0; n < input_count(of); ++n) {
    const operand& from = input_of(args, of, n);
    if (!test(from.data, from.stride_bytes, element_bytes(from.type))) return false;
  }
  return test(args.out.data, args.out.stride_bytes, element_bytes(args.type)) &&
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
  return form_of(args) != form::function && fits > 4 ? 4 : fits;
}

bool takes_packs(const elementwise_args& args) {
  const int v = elements_of_thread(args);
  return args.s.rank > 0 && args.s.extent[args.s.rank - 1] >= v &&
         args.out.reach == access::direct && packs_condition(args.condition) &&
         all_suit(args, [&](const unsigned char* data, const int64_t* stride, int64_t bytes) {
           return row_packs(data, stride, args.s, bytes, v);
         });
}

template <class T, form Form>
int launch_rows(const elementwise_args& args, void* stream) {
  const pack_space packs = packs_of(args.s, thread_elements<T, Form>);
  return launch({blocks_for(packs.packs, tuning::cuda_block), tuning::cuda_block, 0, stream},
                elementwise_rows<T, Form>, args, packs, takes_packs(args), all_aligned(args));
}

template <class T>
int launch_type(const elementwise_args& args, void* stream) {
  switch (form_of(args)) {
    case form::quotient:
      return launch_rows<T, form::quotient>(args, stream);
    case form::slope:
      return launch_rows<T, form::slope>(args, stream);
    case form::quotient_slope:
      return launch_rows<T, form::quotient_slope>(args, stream);
    default:
      return launch_rows<T, form::function>(args, stream);
  }
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
