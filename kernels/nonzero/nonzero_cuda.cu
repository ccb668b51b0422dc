// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cub/device/device_scan.cuh>

#include "../condition/condition_cuda.cuh"
#include "../tile/sum_cuda.cuh"
#include "../tuning.hpp"
#include "nonzero_cuda.hpp"
#include "nonzero_formula.hpp"

// Three steps: each block turns a tile of elements into bits and counts them, a scan turns the
// counts into the place of each tile's first record, and each block stores the records of a tile.
// Bytes: the tensors of the condition once; a bit an element written and read; records and the rest
// once.
//   packs    operands direct and aligned, or splat: a thread reads several elements at a time
//   ballots  any operands: the lanes of a warp look at neighbouring elements
// The grid does not depend on what is found, so that a captured graph may be replayed with other
// data. No block of the first and last step waits for another; CUB's scan looks back.
namespace bitwhere::kernels {
namespace {

constexpr int tile_words = tuning::cuda_block;  // a word a thread
constexpr int64_t tile = int64_t{tile_words} * 32;

constexpr int pack_elements = 8;
constexpr int pack_runs = 4;
constexpr int64_t pack_step = int64_t{tuning::cuda_block} * pack_elements;
static_assert(pack_step * pack_runs == tile);

// The count of this block's tile. The one behind the last tile is zero: its place is the sum of
// all.
__device__ __forceinline__ void give_count(int64_t mine, int64_t* counts) {
  const int64_t hits[1] = {mine};
  const int64_t sum = block_sum(hits);
  if (threadIdx.x != 0) return;
  counts[blockIdx.x] = sum;
  if (blockIdx.x == 0) counts[gridDim.x] = 0;
}

__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    nonzero_packs(const __grid_constant__ nonzero_args args, uint32_t* words, int64_t* counts) {
  auto* const bytes = reinterpret_cast<uint8_t*>(words + int64_t{blockIdx.x} * tile_words);
  const int64_t begin = int64_t{blockIdx.x} * tile;
  const int64_t first = begin + int64_t{threadIdx.x} * pack_elements;
  uint32_t bits = 0;
  if (begin + tile <= args.s.elements) {
    dense_run runs[pack_runs];
#pragma unroll
    for (int u = 0; u < pack_runs; ++u) runs[u] = {first + u * pack_step};
    bits = condition_bits<pack_elements, pack_runs>(args.condition, runs);
  } else {
#pragma unroll 1
    for (int n = 0; n < pack_elements * pack_runs; ++n) {
      const int64_t i = first + n / pack_elements * pack_step + n % pack_elements;
      if (i < args.s.elements && condition_bit(args.condition, dense_run{i}, true)) {
        bits |= 1u << n;
      }
    }
  }
#pragma unroll
  for (int u = 0; u < pack_runs; ++u) {
    bytes[u * pack_step / 8 + threadIdx.x] = static_cast<uint8_t>(bits >> (u * pack_elements));
  }
  give_count(__popc(bits), counts);
}

// `Dense`: elements are found by their index alone.
template <bool Dense>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    nonzero_ballots(const __grid_constant__ nonzero_args args, const __grid_constant__ indexer by,
                    bool aligned, uint32_t* words, int64_t* counts) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int64_t first = int64_t{blockIdx.x} * tile + (threadIdx.x - lane) * int64_t{32} + lane;
  uint32_t mine = 0;
#pragma unroll 1
  for (int k = 0; k < 32; ++k) {
    const int64_t i = first + k * 32;
    bool bit = false;
    if (i < args.s.elements) {
      if constexpr (Dense) {
        bit = condition_bit(args.condition, dense_run{i}, aligned);
      } else {
        const row_run run = {&by, position_at(by, i)};
        bit = condition_bit(args.condition, run, aligned);
      }
    }
    const uint32_t word = __ballot_sync(~0u, bit);
    if (lane == k) mine = word;
  }
  words[int64_t{blockIdx.x} * tile_words + threadIdx.x] = mine;
  give_count(__popc(mine), counts);
}

// --- Records. ---

// What storing needs to know: parameters of a launch take time to pass.
struct stored_args {
  operand x;
  int32_t rank;
  bool aligned;  // all elements of the output
  int64_t extent[max_rank];
  record_output out;
};

// Where the elements of a tile with a hit are, in their order.
struct tile_hits {
  uint16_t offset[tile];
  int32_t warp[tuning::cuda_block / 32];
  int64_t start[max_rank];  // the coordinates of the tile's first element
};

__device__ __forceinline__ int32_t hits_before_in_warp(int32_t mine) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  int32_t sum = mine;
#pragma unroll
  for (int d = 1; d < 32; d <<= 1) {
    const int32_t below = __shfl_up_sync(~0u, sum, d);
    if (lane >= d) sum += below;
  }
  return sum - mine;
}

// Spreads the bits of the block's tile. All threads of the block call it.
__device__ __forceinline__ void find_offsets(uint32_t bits, tile_hits& hits) {
  const int32_t mine = __popc(bits);
  int32_t place = hits_before_in_warp(mine);
  if (threadIdx.x % 32 == 31) hits.warp[threadIdx.x / 32] = place + mine;
  __syncthreads();
  for (int w = 0; w < static_cast<int>(threadIdx.x) / 32; ++w) place += hits.warp[w];
  while (bits != 0) {
    hits.offset[place++] = static_cast<uint16_t>(threadIdx.x * 32 + __ffs(bits) - 1);
    bits &= bits - 1;
  }
}

// What divides coordinates: a division is only needed in dimensions that end often, and there of
// small numbers.
struct index_records {
  indexer by;
  bool pairs;  // records are two elements side by side, aligned as one
};

template <class Index>
__device__ __forceinline__ void start_tile(const stored_args& args, const index_records& records,
                                           tile_hits& hits) {
  if (threadIdx.x != 0) return;
  int64_t n = int64_t{blockIdx.x} * tile;
#pragma unroll 1
  for (int d = args.rank - 1; d >= 0; --d) {
    hits.start[d] =
        records.by.wide ? divide<true>(records.by, d, n) : divide<false>(records.by, d, n);
  }
}

template <class Index>
__device__ __forceinline__ void store_record(const stored_args& args, const index_records& records,
                                             const tile_hits& hits, int64_t offset,
                                             unsigned char* to) {
  int64_t ahead = offset;
  const auto coordinate = [&](int d) {
    return carried(hits.start[d], args.extent[d], ahead, [&](int64_t reached) {
      const fast_divider& by = records.by.divider[d];
      const auto n = static_cast<uint32_t>(reached);
      return int64_t{(__umulhi(n, by.magic) + n) >> by.shift};
    });
  };
  if (records.pairs) {
    pack<Index, 2> both;
    both.value[1] = static_cast<Index>(coordinate(1));
    both.value[0] = static_cast<Index>(coordinate(0));
    store_pack<Index, 2>(to, both);
    return;
  }
#pragma unroll 1
  for (int d = args.rank - 1; d >= 0; --d) {
    store_element(to + d * args.out.element_bytes, static_cast<Index>(coordinate(d)), args.aligned);
  }
}

struct value_records {
  indexer by;
  bool aligned;  // all elements of x
};

template <class T>
__device__ __forceinline__ void start_tile(const stored_args&, const value_records&, tile_hits&) {}

template <class T>
__device__ __forceinline__ void store_record(const stored_args& args, const value_records& records,
                                             const tile_hits&, int64_t offset, unsigned char* to) {
  const row_run at = {&records.by, position_at(records.by, int64_t{blockIdx.x} * tile + offset)};
  const auto value = load_element<T>(at.of(args.x, sizeof(T)).first(), records.aligned);
  store_element(to, value, args.aligned);
}

template <class T, class Records>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    nonzero_store(const __grid_constant__ stored_args args, const __grid_constant__ Records records,
                  const nonzero_workspace from, found* how_many) {
  BITWHERE_SHARED(tile_hits, hits);
  const record_output& out = args.out;
  const int64_t count = from.tiles == 0 ? 0 : from.before[from.tiles];
  if (how_many != nullptr && blockIdx.x == 0 && threadIdx.x == 0) *how_many = found_of(out, count);
  if (blockIdx.x < from.tiles && args.rank != 0) {
    const int64_t before = from.before[blockIdx.x];
    const int64_t end = stored_records(out, from.before[blockIdx.x + 1]);
    if (before < end) {  // alike in the whole block
      start_tile<T>(args, records, hits);
      find_offsets(from.bits[int64_t{blockIdx.x} * tile_words + threadIdx.x], hits);
      __syncthreads();
      for (int64_t r = before + threadIdx.x; r < end; r += tuning::cuda_block) {
        store_record<T>(args, records, hits, hits.offset[r - before],
                        out.data + r * out.record_bytes);
      }
    }
  }
  if (!out.fill_rest || args.rank == 0) return;
  const T fill = load<T>(out.fill);
  const int64_t threads = int64_t{gridDim.x} * tuning::cuda_block;
  for (int64_t r =
           stored_records(out, count) + int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
       r < out.capacity; r += threads) {
    for (int d = 0; d < args.rank; ++d) {
      store_element(out.data + r * out.record_bytes + d * out.element_bytes, fill, args.aligned);
    }
  }
}

template <class T>
stored_args stored_by(const nonzero_args& args) {
  stored_args to = {args.x, args.rank, false, {}, args.out};
  for (int d = 0; d < args.rank; ++d) to.extent[d] = args.extent[d];
  const auto at = static_cast<int64_t>(reinterpret_cast<uintptr_t>(args.out.data) % 64);
  constexpr int64_t size = sizeof(T);
  to.aligned =
      at % size == 0 && args.out.record_bytes % size == 0 && args.out.element_bytes % size == 0;
  return to;
}

template <class T, class Records>
int launch_store_as(const nonzero_args& args, const Records& records, const nonzero_workspace& from,
                    found* how_many, grid_limits grid, void* stream) {
  const int64_t resident = int64_t{grid.multiprocessors} * tuning::cuda_blocks_per_sm;
  const bool fills = args.out.fill_rest && args.rank > 0;
  const int64_t rest = fills ? args.out.capacity / tile + 1 : 0;
  const int64_t fillers = rest < resident ? rest : resident;
  int64_t blocks = from.tiles > fillers ? from.tiles : fillers;
  if (blocks == 0) blocks = 1;
  return launch({blocks, tuning::cuda_block, 0, stream}, nonzero_store<T, Records>,
                stored_by<T>(args), records, from, how_many);
}

template <class Index>
int launch_store_indices(const nonzero_args& args, const nonzero_workspace& from, found* how_many,
                         grid_limits grid, void* stream) {
  space logical = {};
  logical.elements = args.s.elements;
  logical.rank = args.rank;
  for (int d = 0; d < args.rank; ++d) logical.extent[d] = args.extent[d];
  index_records records = {};
  if (logical.elements > 0) records.by = indexer_of(logical);
  // Also where the space is too large for 32 bits, what is left to divide is not.
  for (int d = 0; d < args.rank; ++d) {
    if (logical.elements > 0 && args.extent[d] <= tile) {
      records.by.divider[d] = divider_of(args.extent[d]);
    }
  }
  constexpr int64_t size = sizeof(Index);
  records.pairs = args.rank == 2 && args.out.element_bytes == size &&
                  args.out.record_bytes == 2 * size && aligned_for_packs(args.out.data, size, 2);
  return launch_store_as<Index>(args, records, from, how_many, grid, stream);
}

template <class T>
int launch_store_values(const nonzero_args& args, const nonzero_workspace& from, found* how_many,
                        grid_limits grid, void* stream) {
  value_records records = {};
  if (args.s.elements > 0) records = {indexer_of(args.s), aligned_elements(args.x, args.s)};
  return launch_store_as<T>(args, records, from, how_many, grid, stream);
}

constexpr size_t room_alignment = 256;

size_t rounded(size_t bytes) {
  return (bytes + room_alignment - 1) / room_alignment * room_alignment;
}

bool takes_packs(const nonzero_args& args) {
  return packs_everywhere(args.condition, args.s, pack_elements);
}

}  // namespace

const char* nonzero_cuda_kernel(const nonzero_args& args) {
  const bool packs = args.s.elements == 0 || takes_packs(args);
  if (args.values) return packs ? "select.packs" : "select.ballots";
  return packs ? "nonzero.packs" : "nonzero.ballots";
}

int nonzero_rooms_for(int64_t elements, nonzero_rooms& rooms) {
  rooms = {};
  if (elements == 0) return cudaSuccess;
  rooms.tiles = quotient_up(elements, tile);
  rooms.bits = rounded(static_cast<size_t>(rooms.tiles) * tile / 8);
  rooms.before = rounded(static_cast<size_t>(rooms.tiles + 1) * sizeof(int64_t));
  int64_t* const none = nullptr;
  const cudaError_t code =
      cub::DeviceScan::ExclusiveSum(nullptr, rooms.scan, none, none, rooms.tiles + 1);
  rooms.scan = rounded(rooms.scan);
  return code;
}

nonzero_workspace nonzero_workspace_at(void* memory, const nonzero_rooms& rooms) {
  auto* const bytes = static_cast<unsigned char*>(memory);
  return {reinterpret_cast<uint32_t*>(bytes), reinterpret_cast<int64_t*>(bytes + rooms.bits),
          bytes + rooms.bits + rooms.before, rooms.scan, rooms.tiles};
}

int launch_find(const nonzero_args& args, const nonzero_workspace& to, void* stream) {
  const launch_shape shape = {to.tiles, tuning::cuda_block, 0, stream};
  cudaError_t code;
  if (takes_packs(args)) {
    code = launch(shape, nonzero_packs, args, to.bits, to.before);
  } else {
    const bool aligned =
        all_operands(args.condition, [&](const operand& o) { return aligned_elements(o, args.s); });
    const auto ballots =
        args.s.cut == tiling::dense ? nonzero_ballots<true> : nonzero_ballots<false>;
    code = launch(shape, ballots, args, indexer_of(args.s), aligned, to.bits, to.before);
  }
  if (code != cudaSuccess) return code;
  size_t scan_bytes = to.scan_bytes;
  return cub::DeviceScan::ExclusiveSum(to.scan, scan_bytes, to.before, to.before, to.tiles + 1,
                                       static_cast<cudaStream_t>(stream));
}

int launch_store(const nonzero_args& args, const nonzero_workspace& from, found* how_many,
                 grid_limits grid, void* stream) {
  if (!args.values) {
    return args.size == 4 ? launch_store_indices<int32_t>(args, from, how_many, grid, stream)
                          : launch_store_indices<int64_t>(args, from, how_many, grid, stream);
  }
  switch (args.size) {
    case 1:
      return launch_store_values<uint8_t>(args, from, how_many, grid, stream);
    case 2:
      return launch_store_values<uint16_t>(args, from, how_many, grid, stream);
    case 4:
      return launch_store_values<uint32_t>(args, from, how_many, grid, stream);
    case 8:
      return launch_store_values<uint64_t>(args, from, how_many, grid, stream);
    default:
      return launch_store_values<bits128>(args, from, how_many, grid, stream);
  }
}

}  // namespace bitwhere::kernels
