// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "index_cuda.cuh"
#include "vector_cuda.cuh"

// Neighbouring elements of one thread, wherever an operand keeps them.
namespace bitwhere::kernels {

// Where the elements of an operand lie.
struct run_of_operand {
  const unsigned char* p;      // in memory, or nullptr
  const unsigned char* value;  // among the kernel's parameters, where p is nullptr
  int64_t step;                // bytes; 0: one element for all

  __device__ __forceinline__ const unsigned char* first() const { return p != nullptr ? p : value; }
};

__device__ __forceinline__ run_of_operand part_of(run_of_operand whole, int from) {
  return {whole.step == 0 ? whole.p : whole.p + from * whole.step, whole.value, whole.step};
}

// Elements from `element` on of a space where every operand is direct or splat.
struct dense_run {
  int64_t element;

  __device__ __forceinline__ run_of_operand of(const operand& from, int64_t size) const {
    if (from.data == nullptr) return {nullptr, from.value, 0};
    if (from.reach == access::splat) return {from.data, nullptr, 0};
    return {from.data + element * size, nullptr, size};
  }
};

// Elements along a row of any space.
struct row_run {
  const indexer* by;
  thread_position at;

  __device__ __forceinline__ run_of_operand of(const operand& from, int64_t) const {
    if (from.data == nullptr) return {nullptr, from.value, 0};
    return {from.data + offset_at(*by, at, from.stride_bytes), nullptr,
            by->rank == 0 ? 0 : from.stride_bytes[by->rank - 1]};
  }
};

// V elements of a run whose elements lie side by side, aligned as packs of V are, or are one.
template <class T, int V>
__device__ __forceinline__ void load_run(run_of_operand from, T (&values)[V]) {
  if (from.step == 0) {
    values[0] = load_pack<T, 1>(from.first()).value[0];
#pragma unroll
    for (int k = 1; k < V; ++k) values[k] = values[0];
    return;
  }
  const auto loaded = load_pack<T, V>(from.p);
#pragma unroll
  for (int k = 0; k < V; ++k) values[k] = loaded.value[k];
}

// The packs of V elements that rows are cut into, as a space of their own: its innermost index
// counts packs, the last of a row being shorter where V does not divide the row.
struct pack_space {
  indexer by;
  int64_t packs;
  int64_t row;  // elements
};

inline pack_space packs_of(const space& s, int v) {
  if (s.rank == 0) return {indexer_of(s), 1, 1};
  space cut = s;
  const int64_t row = s.extent[s.rank - 1];
  cut.extent[s.rank - 1] = quotient_up(row, v);
  cut.elements = s.elements / row * cut.extent[s.rank - 1];
  return {indexer_of(cut), cut.elements, row};
}

// Where pack `n` begins, and how many elements it has.
template <int V>
__device__ __forceinline__ thread_position position_of_pack(const pack_space& packs, int64_t n,
                                                            int& count) {
  thread_position at = position_at(packs.by, n);
  at.index[0] *= V;
  const int64_t left = packs.row - at.index[0];
  count = left < V ? static_cast<int>(left) : V;
  return at;
}

// Whether V elements from any multiple of V on in a row may be loaded as a pack, or are one and the
// same, at addresses that suit their size.
inline bool row_packs(const unsigned char* data, const int64_t* stride_bytes, const space& s,
                      int64_t bytes, int v) {
  if (data == nullptr) return true;
  const int64_t step = s.rank == 0 ? 0 : stride_bytes[s.rank - 1];
  if (step != 0 && step != bytes) return false;
  const int64_t wanted = step == 0 ? bytes : pack_alignment(bytes, v);
  int64_t past = static_cast<int64_t>(reinterpret_cast<uintptr_t>(data) % 64) % wanted;
  for (int d = 0; d < s.rank - 1; ++d) past |= stride_bytes[d] % wanted;
  return past == 0;
}

inline bool row_packs(const operand& from, const space& s, int v) {
  return row_packs(from.data, from.stride_bytes, s, element_bytes(from.type), v);
}

inline bool aligned_elements(const operand& from, const space& s) {
  return aligned_elements(from.data, from.stride_bytes, s, element_bytes(from.type));
}

}  // namespace bitwhere::kernels
