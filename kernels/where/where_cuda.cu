// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../condition/condition_cuda.cuh"
#include "../tile/index_cuda.cuh"
#include "../tuning.hpp"
#include "where_cuda.hpp"
#include "where_formula.hpp"

// out = condition ? x : y.
//   dense    every operand direct and aligned, or splat: 16-byte accesses, several in flight a
//            thread. Bytes: condition + x + y read once, out written once.
//   strided  everything else: a thread an element, addresses by fast division.
namespace bitwhere::kernels {
namespace {

// Elements of one 16-byte access, and accesses of a thread: at most 16 elements, so that their
// condition fits the registers.
template <class T>
struct shape_of {
  static constexpr int elements = 16 / sizeof(T);
  static constexpr int loads = sizeof(T) == 1 ? 1 : (sizeof(T) == 2 ? 2 : tuning::cuda_loads);
  static constexpr int per_block = tuning::cuda_block * elements * loads;
};

template <class T>
__device__ __forceinline__ T splat_value(const operand& from) {
  return load<T>(from.data != nullptr ? from.data : from.value);
}

template <class T>
__device__ __forceinline__ pack<T, shape_of<T>::elements> read_side(const operand& from, T splat,
                                                                    int64_t element) {
  constexpr int v = shape_of<T>::elements;
  if (from.reach != access::splat) {
    return load_pack<T, v>(from.data + element * static_cast<int64_t>(sizeof(T)));
  }
  pack<T, v> all;
#pragma unroll
  for (int k = 0; k < v; ++k) all.value[k] = splat;
  return all;
}

template <class T, bool Normalise>
__device__ __forceinline__ T choose(bool condition, T x, T y) {
  return where_formula<scalar_lane, Normalise>(condition, x, y);
}

// The elements of a thread that do not fill its packs: the end of the tensor.
template <class T, bool Normalise>
__device__ void where_tail(const where_args& args, int64_t first, int64_t step) {
  constexpr int v = shape_of<T>::elements;
  const int64_t leaf_step =
      args.condition.values.reach == access::splat ? 0 : leaf_bytes(args.condition.kind);
  const int64_t x_step = args.x.reach == access::splat ? 0 : sizeof(T);
  const int64_t y_step = args.y.reach == access::splat ? 0 : sizeof(T);
  const unsigned char* x = args.x.data != nullptr ? args.x.data : args.x.value;
  const unsigned char* y = args.y.data != nullptr ? args.y.data : args.y.value;
  for (int u = 0; u < shape_of<T>::loads; ++u) {
    for (int k = 0; k < v; ++k) {
      const int64_t i = first + u * step + k;
      if (i >= args.s.elements) return;
      const bool condition = condition_bit(args.condition, i * leaf_step, false) != 0;
      store(args.out.data + i * static_cast<int64_t>(sizeof(T)),
            choose<T, Normalise>(condition, load<T>(x + i * x_step), load<T>(y + i * y_step)));
    }
  }
}

template <class T, bool Normalise>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    where_dense(const __grid_constant__ where_args args) {
  using shape = shape_of<T>;
  const int64_t step = int64_t{tuning::cuda_block} * shape::elements;
  const int64_t first = int64_t{blockIdx.x} * shape::per_block + threadIdx.x * shape::elements;
  if (first + (shape::loads - 1) * step + shape::elements > args.s.elements) {
    where_tail<T, Normalise>(args, first, step);
    return;
  }
  const T x_splat = args.x.reach == access::splat ? splat_value<T>(args.x) : T{};
  const T y_splat = args.y.reach == access::splat ? splat_value<T>(args.y) : T{};
  pack<T, shape::elements> x[shape::loads];
  pack<T, shape::elements> y[shape::loads];
#pragma unroll
  for (int u = 0; u < shape::loads; ++u) x[u] = read_side(args.x, x_splat, first + u * step);
#pragma unroll
  for (int u = 0; u < shape::loads; ++u) y[u] = read_side(args.y, y_splat, first + u * step);
  const uint32_t bits = condition_bits<shape::elements, shape::loads>(args.condition, first, step);
#pragma unroll
  for (int u = 0; u < shape::loads; ++u) {
#pragma unroll
    for (int k = 0; k < shape::elements; ++k) {
      const bool condition = (bits >> (u * shape::elements + k) & 1) != 0;
      x[u].value[k] = choose<T, Normalise>(condition, x[u].value[k], y[u].value[k]);
    }
    store_pack(args.out.data + (first + u * step) * static_cast<int64_t>(sizeof(T)), x[u]);
  }
}

template <class T, bool Normalise, bool Wide>
__global__ void __launch_bounds__(tuning::cuda_block)
    where_strided(const __grid_constant__ where_args args, const __grid_constant__ indexer by,
                  bool aligned) {
  const int64_t i = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (i >= args.s.elements) return;
  const int64_t* const stride[] = {args.out.stride_bytes, args.condition.values.stride_bytes,
                                   args.x.stride_bytes, args.y.stride_bytes};
  int64_t offset[4];
  offsets_at<Wide>(by, stride, i, offset);
  const bool condition = condition_bit(args.condition, offset[1], aligned) != 0;
  const T x =
      load_element<T>(args.x.data != nullptr ? args.x.data + offset[2] : args.x.value, aligned);
  const T y =
      load_element<T>(args.y.data != nullptr ? args.y.data + offset[3] : args.y.value, aligned);
  store_element(args.out.data + offset[0], choose<T, Normalise>(condition, x, y), aligned);
}

bool usable(const operand& from, int64_t bytes, int v) {
  return from.reach == access::splat || aligned_for_packs(from.data, bytes, v);
}

bool takes_dense(const where_args& args) {
  const int64_t size = args.element_bytes;
  const int v = static_cast<int>(16 / size);
  return args.cut == tiling::dense && args.out.reach == access::direct &&
         aligned_for_packs(args.out.data, size, v) && usable(args.x, size, v) &&
         usable(args.y, size, v) &&
         usable(args.condition.values, leaf_bytes(args.condition.kind), v);
}

bool all_aligned(const where_args& args) {
  const int64_t size = args.element_bytes;
  const operand& values = args.condition.values;
  return aligned_elements(args.out.data, args.out.stride_bytes, args.s, size) &&
         aligned_elements(args.x.data, args.x.stride_bytes, args.s, size) &&
         aligned_elements(args.y.data, args.y.stride_bytes, args.s, size) &&
         aligned_elements(values.data, values.stride_bytes, args.s,
                          leaf_bytes(args.condition.kind));
}

template <class T, bool Normalise>
int launch_size(const where_args& args, void* stream) {
  if (takes_dense(args)) {
    return launch(
        {blocks_for(args.s.elements, shape_of<T>::per_block), tuning::cuda_block, 0, stream},
        where_dense<T, Normalise>, args);
  }
  const launch_shape shape = {blocks_for(args.s.elements, tuning::cuda_block), tuning::cuda_block,
                              0, stream};
  const indexer by = indexer_of(args.s);
  const bool aligned = all_aligned(args);
  return fits_32_bits(args.s) ? launch(shape, where_strided<T, Normalise, false>, args, by, aligned)
                              : launch(shape, where_strided<T, Normalise, true>, args, by, aligned);
}

}  // namespace

const char* where_cuda_kernel(const where_args& args) {
  return takes_dense(args) ? "where.dense" : "where.strided";
}

// The one switch over the sizes of what is moved.
int launch_where(const where_args& args, void* stream) {
  switch (args.element_bytes) {
    case 1:
      return args.normalise_bool ? launch_size<uint8_t, true>(args, stream)
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
