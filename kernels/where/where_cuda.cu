// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../condition/condition_cuda.cuh"
#include "../tuning.hpp"
#include "where_cuda.hpp"
#include "where_formula.hpp"

// out = condition ? x : y. Bytes: each tensor among condition, x and y read once, out written once.
//   dense      operands direct and aligned, or splat: wide accesses, several in flight a thread
//   rows       direct or splat along rows: packs of a row, placed by one division a dimension;
//              what is broadcast along the row is loaded once a pack
//   strided    everything else: a thread an element
//   converted  x or y of another dtype than the result: a short run of a row a thread
namespace bitwhere::kernels {
namespace {

// One element of any condition, at any address.
template <class T, bool Normalise, class Run>
__device__ __forceinline__ void select_one(const where_args& args, const Run& run,
                                           unsigned char* to, bool aligned) {
  const T x = load_element<T>(run.of(args.x, sizeof(T)).first(), aligned);
  const T y = load_element<T>(run.of(args.y, sizeof(T)).first(), aligned);
  const bool condition = condition_bit(args.condition, run, aligned);
  store_element(to, where_formula<scalar_lane, Normalise>(condition, x, y), aligned);
}

// Packs of V elements of `Runs` runs, everything loaded before anything is stored.
template <class T, bool Normalise, int V, int Runs, class Run>
__device__ __forceinline__ void select_packs(const where_args& args, const Run (&runs)[Runs],
                                             unsigned char* const (&to)[Runs]) {
  T x[Runs][V];
  T y[Runs][V];
#pragma unroll
  for (int u = 0; u < Runs; ++u) load_run<T, V>(runs[u].of(args.x, sizeof(T)), x[u]);
#pragma unroll
  for (int u = 0; u < Runs; ++u) load_run<T, V>(runs[u].of(args.y, sizeof(T)), y[u]);
  const uint32_t bits = condition_bits<V, Runs>(args.condition, runs);
#pragma unroll
  for (int u = 0; u < Runs; ++u) {
    pack<T, V> chosen;
#pragma unroll
    for (int k = 0; k < V; ++k) {
      const bool condition = (bits >> (u * V + k) & 1) != 0;
      chosen.value[k] = where_formula<scalar_lane, Normalise>(condition, x[u][k], y[u][k]);
    }
    store_pack(to[u], chosen);
  }
}

// What a thread of the dense kernel takes: accesses as wide as the architecture has them, 64 bytes
// in flight an operand, or 16 elements where they are so small that more would not fit its
// registers. Every architecture gives a block the same share.
template <class T>
struct dense_shape {
  static constexpr int size = sizeof(T);
  static constexpr int per_thread = size < 4 ? 16 : 64 / size;
  static constexpr int elements = (size == 1 ? 16 : widest_access) / size;
  static constexpr int runs = per_thread / elements;
  static constexpr int per_block = tuning::cuda_block * per_thread;
};

template <class T, bool Normalise>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    where_dense(const __grid_constant__ where_args args) {
  using shape = dense_shape<T>;
  constexpr int v = shape::elements;
  constexpr int64_t step = int64_t{tuning::cuda_block} * v;
  const int64_t first = int64_t{blockIdx.x} * shape::per_block + int64_t{threadIdx.x} * v;
  if (first + (shape::runs - 1) * step + v <= args.s.elements) {
    dense_run runs[shape::runs];
    unsigned char* to[shape::runs];
#pragma unroll
    for (int u = 0; u < shape::runs; ++u) {
      runs[u] = {first + u * step};
      to[u] = args.out.data + runs[u].element * shape::size;
    }
    select_packs<T, Normalise, v, shape::runs>(args, runs, to);
    return;
  }
#pragma unroll 1
  for (int n = 0; n < shape::per_thread; ++n) {
    const int64_t i = first + n / v * step + n % v;
    if (i < args.s.elements) {
      select_one<T, Normalise>(args, dense_run{i}, args.out.data + i * shape::size, true);
    }
  }
}

// The elements of the packs first, first + step, ... one by one.
template <int V, class One>
__device__ __forceinline__ void for_each_element(const where_args& args, const pack_space& packs,
                                                 int64_t first, int64_t step, int many, One one) {
  const int64_t out_step = packs.by.rank == 0 ? 0 : args.out.stride_bytes[packs.by.rank - 1];
#pragma unroll 1
  for (int u = 0; u < many; ++u) {
    if (first + u * step >= packs.packs) return;
    int count;
    row_run run = {&packs.by, position_of_pack<V>(packs, first + u * step, count)};
    unsigned char* to = args.out.data + offset_at(packs.by, run.at, args.out.stride_bytes);
#pragma unroll 1
    for (; count > 0; --count, to += out_step, ++run.at.index[0]) one(run, to);
  }
}

// Packs of a row that a thread keeps in flight: two where their elements fit its registers.
template <int V>
inline constexpr int row_packs_a_thread = V > 1 && V <= 4 ? 2 : 1;

// V elements of 16 bytes together; 1 is the strided kernel.
template <class T, bool Normalise, int V>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    where_rows(const __grid_constant__ where_args args, const __grid_constant__ pack_space packs,
               bool aligned) {
  constexpr int in_flight = row_packs_a_thread<V>;
  const int64_t first = int64_t{blockIdx.x} * tuning::cuda_block * in_flight + threadIdx.x;
  if constexpr (V > 1) {
    row_run runs[in_flight];
    unsigned char* to[in_flight];
    bool whole = true;
#pragma unroll
    for (int u = 0; u < in_flight; ++u) {
      const int64_t n = first + u * tuning::cuda_block;
      int count = 0;
      if (n < packs.packs) {
        runs[u] = {&packs.by, position_of_pack<V>(packs, n, count)};
        to[u] = args.out.data + offset_at(packs.by, runs[u].at, args.out.stride_bytes);
      }
      whole = whole && count == V;
    }
    if (whole) {
      select_packs<T, Normalise, V, in_flight>(args, runs, to);
      return;
    }
  }
  for_each_element<V>(args, packs, first, tuning::cuda_block, in_flight,
                      [&](const row_run& run, unsigned char* to) {
                        select_one<T, Normalise>(args, run, to, aligned);
                      });
}

// x and y as To, whatever they are stored as.
template <class To>
struct converted_shape {
  static constexpr int elements = sizeof(To) <= 4 ? 4 : 16 / static_cast<int>(sizeof(To));
};

template <class To>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    where_converted(const __grid_constant__ where_args args,
                    const __grid_constant__ pack_space packs, bool in_packs, bool aligned) {
  constexpr int v = converted_shape<To>::elements;
  const int64_t n = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (in_packs && n < packs.packs) {
    int count;
    const row_run runs[1] = {{&packs.by, position_of_pack<v>(packs, n, count)}};
    if (count == v) {
      To x[v];
      To y[v];
      load_run_as<To, v>(args.x, runs[0], x);
      load_run_as<To, v>(args.y, runs[0], y);
      const uint32_t bits = condition_bits<v, 1>(args.condition, runs);
      pack<To, v> chosen;
#pragma unroll
      for (int k = 0; k < v; ++k) {
        chosen.value[k] = where_formula<scalar_lane, false>((bits >> k & 1) != 0, x[k], y[k]);
      }
      store_pack(args.out.data + offset_at(packs.by, runs[0].at, args.out.stride_bytes), chosen);
      return;
    }
  }
  for_each_element<v>(args, packs, n, 0, 1, [&](const row_run& run, unsigned char* to) {
    const To x =
        load_as<To>(args.x.type, run.of(args.x, element_bytes(args.x.type)).first(), aligned);
    const To y =
        load_as<To>(args.y.type, run.of(args.y, element_bytes(args.y.type)).first(), aligned);
    const bool condition = condition_bit(args.condition, run, aligned);
    store_element(to, where_formula<scalar_lane, false>(condition, x, y), aligned);
  });
}

bool converts(const where_args& args) {
  return args.x.type != args.type || args.y.type != args.type;
}

// Whether every operand suits `test(data, stride_bytes, element bytes)`.
template <class Test>
bool all_suit(const where_args& args, Test test) {
  return test(args.out.data, args.out.stride_bytes, element_bytes(args.type)) &&
         test(args.x.data, args.x.stride_bytes, element_bytes(args.x.type)) &&
         test(args.y.data, args.y.stride_bytes, element_bytes(args.y.type)) &&
         all_operands(args.condition, [&](const operand& o) {
           return test(o.data, o.stride_bytes, element_bytes(o.type));
         });
}

bool all_aligned(const where_args& args) {
  return all_suit(args, [&](const unsigned char* data, const int64_t* stride, int64_t bytes) {
    return aligned_elements(data, stride, args.s, bytes);
  });
}

bool all_pack(const where_args& args, int v) {
  return args.out.reach == access::direct && packs_condition(args.condition) &&
         all_suit(args, [&](const unsigned char* data, const int64_t* stride, int64_t bytes) {
           return row_packs(data, stride, args.s, bytes, v);
         });
}

enum class path { dense, rows, strided, converted };

// Elements of a pack of the rows kernel.
int row_pack(const where_args& args) { return static_cast<int>(16 / element_bytes(args.type)); }

path path_of(const where_args& args) {
  if (converts(args)) return path::converted;
  const int64_t size = element_bytes(args.type);
  if (args.s.cut == tiling::dense && all_pack(args, static_cast<int>(32 / size))) {
    return path::dense;
  }
  const bool long_enough = args.s.rank > 0 && args.s.extent[args.s.rank - 1] >= row_pack(args);
  return row_pack(args) > 1 && long_enough && all_pack(args, row_pack(args)) ? path::rows
                                                                             : path::strided;
}

template <class T, bool Normalise, int V>
int launch_rows(const where_args& args, void* stream) {
  const pack_space packs = packs_of(args.s, V);
  const int64_t a_block = tuning::cuda_block * row_packs_a_thread<V>;
  return launch({blocks_for(packs.packs, a_block), tuning::cuda_block, 0, stream},
                where_rows<T, Normalise, V>, args, packs, all_aligned(args));
}

template <class T, bool Normalise>
int launch_size(const where_args& args, void* stream) {
  switch (path_of(args)) {
    case path::dense:
      return launch(
          {blocks_for(args.s.elements, dense_shape<T>::per_block), tuning::cuda_block, 0, stream},
          where_dense<T, Normalise>, args);
    case path::rows:
      return launch_rows<T, Normalise, 16 / sizeof(T)>(args, stream);
    default:
      return launch_rows<T, Normalise, 1>(args, stream);
  }
}

template <class To>
int launch_converted(const where_args& args, void* stream) {
  constexpr int v = converted_shape<To>::elements;
  const pack_space packs = packs_of(args.s, v);
  return launch({blocks_for(packs.packs, tuning::cuda_block), tuning::cuda_block, 0, stream},
                where_converted<To>, args, packs, all_pack(args, v), all_aligned(args));
}

}  // namespace

const char* where_cuda_kernel(const where_args& args) {
  switch (path_of(args)) {
    case path::dense:
      return "where.dense";
    case path::rows:
      return "where.rows";
    case path::strided:
      return "where.strided";
    default:
      return "where.converted";
  }
}

int launch_where(const where_args& args, void* stream) {
  if (converts(args)) {
    return with_stored_type(args.type, [&]<class To>() -> int {
      if constexpr (same_v<To, bool_byte>)
        return cudaErrorInvalidValue;  // bools meet bools alone
      else
        return launch_converted<To>(args, stream);
    });
  }
  switch (element_bytes(args.type)) {
    case 1:
      return args.type == dtype::boolean ? launch_size<uint8_t, true>(args, stream)
                                         : launch_size<uint8_t, false>(args, stream);
    case 2:
      return launch_size<uint16_t, false>(args, stream);
    case 4:
      return launch_size<uint32_t, false>(args, stream);
    case 8:
      return launch_size<uint64_t, false>(args, stream);
    default:
      return launch_size<bits128, false>(args, stream);
  }
}

}  // namespace bitwhere::kernels
