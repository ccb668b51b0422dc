// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../tile/run_cuda.cuh"
#include "../tile/sum_cuda.cuh"
#include "../tuning.hpp"
#include "clean_cuda.hpp"
#include "clean_formula.hpp"

// out = x with NaN and infinities replaced. Bytes: x read once, out written once.
//   rows     direct and aligned along rows: 16 bytes a thread
//   strided  everything else: element by element
namespace bitwhere::kernels {
namespace {

template <class Bits>
struct cleaner {
  clean_constants<Bits> constants;
  int64_t found[3] = {0, 0, 0};

  __device__ __forceinline__ Bits clean(Bits bits) {
    const auto size = static_cast<Bits>(bits & constants.mask);
    const auto cleaned = clean_formula<scalar_lane>(bits, size, constants);
    found[0] += cleaned.nan ? 1 : 0;
    found[1] += cleaned.posinf ? 1 : 0;
    found[2] += cleaned.neginf ? 1 : 0;
    return cleaned.value;
  }
};

// Elements of `Parts` reals.
template <class Bits, int Parts>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    clean_rows(const __grid_constant__ clean_args args, const __grid_constant__ pack_space packs,
               bool in_packs, bool aligned, replaced* found) {
  constexpr int size = sizeof(Bits);
  constexpr int v = 16 / (size * Parts);
  cleaner<Bits> by{clean_constants_of<Bits>(args.type, args.with)};
  const int64_t n = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (n < packs.packs) {
    int count;
    row_run run = {&packs.by, position_of_pack<v>(packs, n, count)};
    unsigned char* to = args.out.data + offset_at(packs.by, run.at, args.out.stride_bytes);
    const run_of_operand from = run.of(args.x, size * Parts);
    if (in_packs && count == v) {
      auto reals = load_pack<Bits, v * Parts>(from.p);
#pragma unroll
      for (int k = 0; k < v * Parts; ++k) reals.value[k] = by.clean(reals.value[k]);
      store_pack(to, reals);
    } else {
      const int64_t step = packs.by.rank == 0 ? 0 : args.out.stride_bytes[packs.by.rank - 1];
#pragma unroll 1
      for (int k = 0; k < count * Parts; ++k) {
        const int64_t element = k / Parts;
        const int64_t part = k % Parts * size;
        const Bits bits = load_element<Bits>(from.p + element * from.step + part, aligned);
        store_element(to + element * step + part, by.clean(bits), aligned);
      }
    }
  }
  if (found != nullptr) add_block_sums(by.found, &found->nan);
}

bool takes_packs(const clean_args& args) {
  if (args.s.rank == 0) return false;
  const int64_t size = element_bytes(args.type);
  const int v = static_cast<int>(16 / size);
  return args.x.stride_bytes[args.s.rank - 1] == size && args.out.reach == access::direct &&
         row_packs(args.x, args.s, v) &&
         row_packs(args.out.data, args.out.stride_bytes, args.s, size, v);
}

template <class Bits, int Parts>
int launch_clean_of(const clean_args& args, replaced* found, void* stream) {
  constexpr int v = 16 / (static_cast<int>(sizeof(Bits)) * Parts);
  const pack_space packs = packs_of(args.s, v);
  const bool aligned = aligned_elements(args.x.data, args.x.stride_bytes, args.s, sizeof(Bits)) &&
                       aligned_elements(args.out.data, args.out.stride_bytes, args.s, sizeof(Bits));
  return launch({blocks_for(packs.packs, tuning::cuda_block), tuning::cuda_block, 0, stream},
                clean_rows<Bits, Parts>, args, packs, takes_packs(args), aligned, found);
}

}  // namespace

const char* clean_cuda_kernel(const clean_args& args) {
  return takes_packs(args) ? "clean.rows" : "clean.strided";
}

int launch_clean(const clean_args& args, replaced* found, void* stream) {
  switch (args.type) {
    case dtype::f16:
    case dtype::bf16:
      return launch_clean_of<int16_t, 1>(args, found, stream);
    case dtype::f32:
      return launch_clean_of<int32_t, 1>(args, found, stream);
    case dtype::f64:
      return launch_clean_of<int64_t, 1>(args, found, stream);
    case dtype::c64:
      return launch_clean_of<int32_t, 2>(args, found, stream);
    default:
      return launch_clean_of<int64_t, 2>(args, found, stream);
  }
}

}  // namespace bitwhere::kernels
