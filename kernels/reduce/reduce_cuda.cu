// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../condition/condition_cuda.cuh"
#include "../exact_sum/warp_sum.cuh"
#include "../metrics/report_cuda.cuh"
#include "../tuning.hpp"
#include "partial_cuda.cuh"
#include "reduce_cuda.hpp"
#include "reduce_formula.hpp"

// Pieces of outputs become partials, and the partials of each output are merged. Where an output is
// one piece, its result is stored at once. Bytes: x and the tensors of the condition once; a
// partial for each piece written and read, where outputs are cut.
//   warps    a warp takes a piece, its lanes side by side
//   threads  a thread does, where the elements of neighbouring outputs are neighbours in memory, or
//            an output has few elements
// Sums of f32 terms add in f64 where a GPU is fast at that (_f64), else in integers (_integer).
namespace bitwhere::kernels {
namespace {

constexpr int block_warps = tuning::cuda_block / 32;

// --- Reading. ---

// The elements of one piece.
struct piece {
  int64_t output;
  int64_t begin;
  int64_t end;
};

__device__ __forceinline__ piece piece_at(const reduce_args& args, const reduce_pieces& cut,
                                          int64_t output, int64_t part) {
  const int64_t begin = part * cut.elements;
  const int64_t end = begin + cut.elements;
  return {output, begin, end < args.reduced ? end : args.reduced};
}

// How a kernel finds elements. `aligned`: all at multiples of their size; `packs`: x lies side by
// side along the reduced elements, aligned for packs of 4, and without a condition; `dense`: so do
// the tensors of a condition, all over the space.
struct reduce_reading {
  indexer by;
  bool aligned;
  bool packs;
  bool dense;
};

// The bits of a term of an f32 sum.
__device__ __forceinline__ uint32_t f32_bits(dtype type, const unsigned char* p, bool aligned) {
  switch (type) {
    case dtype::f16:
      return bits_of_float(widen(load_element<half_bits>(p, aligned)));
    case dtype::bf16:
      return bits_of_float(widen(load_element<bfloat_bits>(p, aligned)));
    default:
      return load_element<uint32_t>(p, aligned);
  }
}

__device__ __forceinline__ int64_t integer_at(dtype type, const unsigned char* p, bool aligned) {
  switch (type) {
    case dtype::boolean:
      return *p != 0 ? 1 : 0;
    case dtype::u8:
      return *p;
    case dtype::i8:
      return load<int8_t>(p);
    case dtype::i16:
      return load_element<int16_t>(p, aligned);
    case dtype::i32:
      return load_element<int32_t>(p, aligned);
    default:
      return load_element<int64_t>(p, aligned);
  }
}

// The key of an element, in 64 bits.
__device__ __forceinline__ int64_t key_at(reducer by, dtype type, const unsigned char* p,
                                          bool aligned) {
  const bool zeros_equal = gives_index(by);
  switch (type) {
    case dtype::f16:
    case dtype::bf16:
      return float_key(load_element<int16_t>(p, aligned),
                       static_cast<int16_t>(infinity_of(format_of(type))), nan_key<int16_t>(by),
                       zeros_equal);
    case dtype::f32:
      return float_key(load_element<int32_t>(p, aligned), int32_t{0x7f800000}, nan_key<int32_t>(by),
                       zeros_equal);
    case dtype::f64:
      return float_key(load_element<int64_t>(p, aligned), int64_t{0x7ff0000000000000},
                       nan_key<int64_t>(by), zeros_equal);
    default:
      return integer_at(type, p, aligned);
  }
}

// Element i of an output, if the condition selects it; nullptr if not.
__device__ __forceinline__ const unsigned char* selected_element(const reduce_args& args,
                                                                 const reduce_reading& with,
                                                                 int64_t output, int64_t i) {
  const row_run run = {&with.by, position_at(with.by, output * args.reduced + i)};
  if (args.conditional && !condition_bit(args.condition, run, with.aligned)) return nullptr;
  return run.of(args.x, element_bytes(args.x.type)).first();
}

// --- Kinds of states: what a lane keeps of its terms, and how lanes become a partial. ---

template <bool F64>
struct f32_sums {
  using state = f32_sum;
  warp_state<f32_sum> sum;
  int64_t selected = 0;

  __device__ __forceinline__ explicit f32_sums(const reduce_args&) { sum.open(); }

  // Four neighbours of a pack as bits.
  template <class T>
  static __device__ __forceinline__ void load_four(const unsigned char* p, uint32_t* term) {
    const auto four = load_pack<T, 4>(p);
#pragma unroll
    for (int k = 0; k < 4; ++k) term[k] = bits_of_float(widen(four.value[k]));
  }
  static __device__ __forceinline__ void load_packs(dtype type, const unsigned char* p,
                                                    uint32_t (&term)[32]) {
#pragma unroll
    for (int r = 0; r < 8; ++r) {
      if (type == dtype::f32) {
        load_four<float>(p + r * 512, term + 4 * r);
      } else if (type == dtype::bf16) {
        load_four<bfloat_bits>(p + r * 256, term + 4 * r);
      } else {
        load_four<half_bits>(p + r * 256, term + 4 * r);
      }
    }
  }

  __device__ __forceinline__ void add(const reduce_args& args, const reduce_reading& with,
                                      const piece& of) {
    const int lane = lane_index();
    const int64_t size = element_bytes(args.x.type);
    const unsigned char* row = args.x.data;
    if (with.packs) {
      row +=
          offset_at(with.by, position_at(with.by, of.output * args.reduced), args.x.stride_bytes);
    }
#pragma unroll 1
    for (int64_t first = of.begin; first < of.end; first += 1024) {
      uint32_t term[32];
      if ((with.packs || with.dense) && first + 1024 <= of.end) {
        const int64_t mine = first + lane * 4;
        load_packs(args.x.type, row + mine * size, term);
        selected += 32;
        if (with.dense) {
          dense_run runs[8];
#pragma unroll
          for (int r = 0; r < 8; ++r) runs[r] = {mine + r * 128};
          const uint32_t bits = condition_bits<4, 8>(args.condition, runs);
#pragma unroll
          for (int i = 0; i < 32; ++i) term[i] = (bits >> i & 1) != 0 ? term[i] : 0;
          selected += __popc(bits) - 32;
        }
      } else {
#pragma unroll 1
        for (int i = 0; i < 32; ++i) {
          const int64_t at = first + i * 32 + lane;
          const unsigned char* const p =
              at < of.end ? selected_element(args, with, of.output, at) : nullptr;
          const uint32_t bits = p != nullptr ? f32_bits(args.x.type, p, with.aligned) : 0;
          selected += p != nullptr ? 1 : 0;
          shift_in(term, bits);
        }
      }
      add_terms<F64>(sum, term);
    }
  }
  __device__ __forceinline__ void close(partial<state>& to) const { sum.close(to.state); }

  // Registers have no index that is known at run time only: all move by one.
  static __device__ __forceinline__ void shift_in(uint32_t (&term)[32], uint32_t bits) {
#pragma unroll
    for (int k = 31; k > 0; --k) term[k] = term[k - 1];
    term[0] = bits;
  }
};

struct f64_sums {
  using state = f64_sum;
  warp_state<f64_sum> sum;
  int64_t selected = 0;

  __device__ __forceinline__ explicit f64_sums(const reduce_args&) { sum.open(); }

  __device__ __forceinline__ void add(const reduce_args& args, const reduce_reading& with,
                                      const piece& of) {
#pragma unroll 1
    for (int64_t first = of.begin; first < of.end; first += 32 * f64_lane_terms) {
      uint64_t term[f64_lane_terms];
#pragma unroll 1
      for (int i = 0; i < f64_lane_terms; ++i) {
        const int64_t at = first + i * 32 + lane_index();
        const unsigned char* const p =
            at < of.end ? selected_element(args, with, of.output, at) : nullptr;
        const uint64_t bits = p != nullptr ? load_element<uint64_t>(p, with.aligned) : 0;
        selected += p != nullptr ? 1 : 0;
#pragma unroll
        for (int k = f64_lane_terms - 1; k > 0; --k) term[k] = term[k - 1];
        term[0] = bits;
      }
      add_terms(sum, term);
    }
  }
  __device__ __forceinline__ void close(partial<state>& to) const { sum.close(to.state); }
};

// Pieces have at most 2^26 elements: no sum of digits overflows.
struct integer_sums {
  using state = integer_sum;
  int64_t low = 0;
  int64_t high = 0;
  int64_t selected = 0;

  __device__ __forceinline__ explicit integer_sums(const reduce_args&) {}

  __device__ __forceinline__ void add(const reduce_args& args, const reduce_reading& with,
                                      const piece& of) {
#pragma unroll 4
    for (int64_t i = of.begin + lane_index(); i < of.end; i += 32) {
      const unsigned char* const p = selected_element(args, with, of.output, i);
      if (p == nullptr) continue;
      const int64_t term = integer_at(args.x.type, p, with.aligned);
      low += term & 0xffffffff;
      high += term >> 32;
      ++selected;
    }
  }
  __device__ __forceinline__ void close(partial<state>& to) const {
    const int64_t lows = sum_over_warp(low);
    const int64_t highs = sum_over_warp(high);
    if (lane_index() != 0) return;
    clear(to.state);
    deposit_integer(to.state, lows, 0);
    deposit_integer(to.state, highs, 32);
  }
};

struct extremes {
  using state = extreme_state;
  reducer by;
  extreme_state best = {0, -1};
  int64_t selected = 0;

  __device__ __forceinline__ explicit extremes(const reduce_args& args) : by(args.finish.by) {}

  __device__ __forceinline__ void take(const extreme_state& other, bool any) {
    if (!any) return;
    if (selected == 0) {
      best = other;
    } else {
      merge(best, other, looks_for_largest(by));
    }
  }
  __device__ __forceinline__ void add(const reduce_args& args, const reduce_reading& with,
                                      const piece& of) {
#pragma unroll 4
    for (int64_t i = of.begin + lane_index(); i < of.end; i += 32) {
      const unsigned char* const p = selected_element(args, with, of.output, i);
      if (p == nullptr) continue;
      const int64_t index = gives_index(by) ? args.first_index + i : 0;
      take({key_at(by, args.x.type, p, with.aligned), index}, true);
      ++selected;
    }
  }
  __device__ __forceinline__ void close(partial<state>& to) const {
    extremes all = *this;
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) {
      const extreme_state other = {__shfl_xor_sync(~0u, static_cast<long long>(all.best.key), d),
                                   __shfl_xor_sync(~0u, static_cast<long long>(all.best.index), d)};
      const auto others =
          static_cast<int64_t>(__shfl_xor_sync(~0u, static_cast<long long>(all.selected), d));
      all.take(other, others != 0);
      all.selected += others;
    }
    if (lane_index() == 0) to.state = all.best;
  }
};

// --- A thread's own states. ---

template <bool F64>
__device__ __forceinline__ void add_alone(f32_sum& to, const reduce_args& args,
                                          const reduce_reading& with, const piece& of,
                                          int64_t& selected) {
#pragma unroll 1
  for (int64_t first = of.begin; first < of.end; first += 32) {
    uint32_t term[32];
#pragma unroll
    for (int i = 0; i < 32; ++i) term[i] = 0;
    const int64_t n = of.end - first < 32 ? of.end - first : 32;
#pragma unroll 1
    for (int64_t i = 0; i < n; ++i) {
      const unsigned char* const p = selected_element(args, with, of.output, first + i);
      if (p == nullptr) continue;
      f32_sums<F64>::shift_in(term, f32_bits(args.x.type, p, with.aligned));
      ++selected;
    }
    add_terms<F64>(to, term);
  }
}

// For each element of a piece that is selected.
template <class Take>
__device__ __forceinline__ void for_each_selected(const reduce_args& args,
                                                  const reduce_reading& with, const piece& of,
                                                  int64_t& selected, Take take) {
#pragma unroll 1
  for (int64_t i = of.begin; i < of.end; ++i) {
    const unsigned char* const p = selected_element(args, with, of.output, i);
    if (p == nullptr) continue;
    take(p, i);
    ++selected;
  }
}

template <bool F64>
__device__ __forceinline__ void fill(f32_sums<F64>*, partial<f32_sum>& to, const reduce_args& args,
                                     const reduce_reading& with, const piece& of) {
  add_alone<F64>(to.state, args, with, of, to.head.selected);
}

__device__ __forceinline__ void fill(f64_sums*, partial<f64_sum>& to, const reduce_args& args,
                                     const reduce_reading& with, const piece& of) {
  for_each_selected(args, with, of, to.head.selected, [&](const unsigned char* p, int64_t) {
    deposit_term(to.state, load_element<uint64_t>(p, with.aligned));
  });
}

__device__ __forceinline__ void fill(integer_sums*, partial<integer_sum>& to,
                                     const reduce_args& args, const reduce_reading& with,
                                     const piece& of) {
  int64_t low = 0;
  int64_t high = 0;
  for_each_selected(args, with, of, to.head.selected, [&](const unsigned char* p, int64_t) {
    const int64_t term = integer_at(args.x.type, p, with.aligned);
    low += term & 0xffffffff;
    high += term >> 32;
  });
  deposit_integer(to.state, low, 0);
  deposit_integer(to.state, high, 32);
}

__device__ __forceinline__ void fill(extremes*, partial<extreme_state>& to, const reduce_args& args,
                                     const reduce_reading& with, const piece& of) {
  extremes all(args);
  for_each_selected(args, with, of, to.head.selected, [&](const unsigned char* p, int64_t i) {
    all.take({key_at(all.by, args.x.type, p, with.aligned),
              gives_index(all.by) ? args.first_index + i : 0},
             true);
    ++all.selected;
  });
  to.state = all.best;
}

// --- Where partials go. ---

template <int Limbs, int Unit>
__device__ __forceinline__ void settle(sum_state<Limbs, Unit>& of) {
  normalise(of);
}
__device__ __forceinline__ void settle(extreme_state&) {}

// An output's whole partial: to its result or to memory.
template <class State>
__device__ __forceinline__ void give(const finish_args& args, const partial<State>& of,
                                     int64_t output, int64_t* partials, report* empty) {
  if (partials != nullptr) {
    reinterpret_cast<partial<State>*>(partials)[output] = of;
  } else if (!store_result(args, of, output)) {
    note_bad(empty, output);
  }
}

template <class State>
__device__ __forceinline__ void set_head(const reduce_args& args, int64_t elements,
                                         int64_t selected, partial<State>& to) {
  to.head = {tag_of(args.finish.by, args.finish.type), selected, elements - selected, 0, -1};
}

// --- Kernels. ---

template <class Kind>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    reduce_warps(const __grid_constant__ reduce_args args,
                 const __grid_constant__ reduce_reading with, reduce_pieces cut, int64_t* pieces,
                 int64_t* partials, report* empty) {
  using state = typename Kind::state;
  struct room_of_warps {
    partial<state> of[block_warps];
  };
  BITWHERE_SHARED(room_of_warps, room);
  const int64_t n = int64_t{blockIdx.x} * block_warps + threadIdx.x / 32;
  if (n >= cut.all) return;
  partial<state>& mine = room.of[threadIdx.x / 32];
  const piece of = piece_at(args, cut, n / cut.an_output, n % cut.an_output);
  Kind kind(args);
  kind.add(args, with, of);
  kind.close(mine);
  const int64_t selected = sum_over_warp(kind.selected);
  __syncwarp();
  if (lane_index() != 0) return;
  settle(mine.state);
  set_head(args, of.end - of.begin, selected, mine);
  if (pieces != nullptr) {
    reinterpret_cast<partial<state>*>(pieces)[n] = mine;
  } else {
    give(args.finish, mine, of.output, partials, empty);
  }
}

// Neighbouring threads take neighbouring outputs.
template <class Kind>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    reduce_threads(const __grid_constant__ reduce_args args,
                   const __grid_constant__ reduce_reading with, reduce_pieces cut, int64_t* pieces,
                   int64_t* partials, report* empty) {
  using state = typename Kind::state;
  const int64_t n = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (n >= cut.all) return;
  const int64_t output = n % args.outputs;
  const int64_t part = n / args.outputs;
  const piece of = piece_at(args, cut, output, part);
  partial<state> mine;
  clear(mine, 0);
  fill(static_cast<Kind*>(nullptr), mine, args, with, of);
  settle(mine.state);
  set_head(args, of.end - of.begin, mine.head.selected, mine);
  if (pieces != nullptr) {
    reinterpret_cast<partial<state>*>(pieces)[output * cut.an_output + part] = mine;
  } else {
    give(args.finish, mine, output, partials, empty);
  }
}

// Sums of pieces, a block an output.
template <class State>
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    merge_sums(const __grid_constant__ finish_args args, const int64_t* pieces, int64_t an_output,
               int64_t* partials, report* empty) {
  using room_of_sums = sum_of_partials<partial<State>>;
  BITWHERE_SHARED(room_of_sums, sums);
  sums.add_up(pieces + int64_t{blockIdx.x} * an_output * sums.words, an_output);
  if (threadIdx.x != 0) return;
  partial<State>& all = sums.all;
  all.head = {tag_of(args.by, args.type), all.head.selected, all.head.excluded, 0, -1};
  settle(all.state);
  give(args, all, blockIdx.x, partials, empty);
}

__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    merge_extremes(const __grid_constant__ finish_args args, const int64_t* pieces,
                   int64_t an_output, int64_t* partials, report* empty) {
  struct room_of_threads {
    partial<extreme_state> of[tuning::cuda_block];
  };
  BITWHERE_SHARED(room_of_threads, room);
  const auto* const first =
      reinterpret_cast<const partial<extreme_state>*>(pieces) + int64_t{blockIdx.x} * an_output;
  partial<extreme_state>& mine = room.of[threadIdx.x];
  clear(mine, tag_of(args.by, args.type));
  for (int64_t p = threadIdx.x; p < an_output; p += tuning::cuda_block) merge(mine, first[p]);
  for (int half = tuning::cuda_block / 2; half > 0; half /= 2) {
    __syncthreads();
    if (static_cast<int>(threadIdx.x) < half)
      merge(mine, room.of[static_cast<int>(threadIdx.x) + half]);
  }
  if (threadIdx.x == 0) give(args, mine, blockIdx.x, partials, empty);
}

__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    reduce_nothing(const __grid_constant__ finish_args args, int64_t outputs, int64_t* partials,
                   report* empty) {
  const int64_t n = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (n >= outputs) return;
  with_state(kind_of(args.by, args.type), [&]<class State>(State*) {
    partial<State> none;
    clear(none, tag_of(args.by, args.type));
    give(args, none, n, partials, empty);
  });
}

__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    merge_each(const int64_t* from, int64_t* into, int64_t partials, int64_t words) {
  const int64_t n = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (n < partials) merge_partials(into + n * words, from + n * words, words);
}

__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    finish_each(const __grid_constant__ finish_args args, const int64_t* partials, int64_t outputs,
                int64_t words, report* empty) {
  const int64_t n = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (n < outputs && !finish_partial(args, partials + n * words, n)) note_bad(empty, n);
}

// --- Launches. ---

int64_t between(int64_t least, int64_t value, int64_t most) {
  return value < least ? least : value > most ? most : value;
}

reduce_reading reading_of(const reduce_args& args) {
  reduce_reading out;
  out.by = indexer_of(args.s);
  out.aligned =
      aligned_elements(args.x, args.s) &&
      all_operands(args.condition, [&](const operand& o) { return aligned_elements(o, args.s); });
  const bool side_by_side = args.x.data != nullptr && args.s.rank == args.output_rank + 1 &&
                            args.x.stride_bytes[args.s.rank - 1] == element_bytes(args.x.type) &&
                            row_packs(args.x, args.s, 4);
  out.packs = side_by_side && !args.conditional;
  out.dense = side_by_side && args.conditional && args.output_rank == 0 &&
              packs_everywhere(args.condition, args.s, 4);
  return out;
}

bool takes_threads(const reduce_args& args) {
  if (args.outputs < 32) return false;
  if (args.reduced < tuning::cuda_reduce_few) return true;
  return args.s.rank > 0 && args.x.data != nullptr && args.output_rank > 0 &&
         args.x.stride_bytes[args.output_rank - 1] == element_bytes(args.x.type);
}

template <class Kind>
int launch_pieces(const reduce_args& args, const reduce_pieces& cut, int64_t* pieces,
                  int64_t* partials, report* empty, void* stream) {
  const reduce_reading with = reading_of(args);
  const int64_t blocks = blocks_for(cut.all, cut.warps ? block_warps : tuning::cuda_block);
  return launch({blocks, tuning::cuda_block, 0, stream},
                cut.warps ? reduce_warps<Kind> : reduce_threads<Kind>, args, with, cut, pieces,
                partials, empty);
}

int launch_kind(const reduce_args& args, const reduce_pieces& cut, int64_t* pieces,
                int64_t* partials, report* empty, bool f64_adds, void* stream) {
  switch (kind_of(args.finish.by, args.finish.type)) {
    case partial_kind::f32_terms:
      return f64_adds ? launch_pieces<f32_sums<true>>(args, cut, pieces, partials, empty, stream)
                      : launch_pieces<f32_sums<false>>(args, cut, pieces, partials, empty, stream);
    case partial_kind::f64_terms:
      return launch_pieces<f64_sums>(args, cut, pieces, partials, empty, stream);
    case partial_kind::integers:
      return launch_pieces<integer_sums>(args, cut, pieces, partials, empty, stream);
    default:
      return launch_pieces<extremes>(args, cut, pieces, partials, empty, stream);
  }
}

int launch_merging(const reduce_args& args, const reduce_pieces& cut, const int64_t* pieces,
                   int64_t* partials, report* empty, void* stream) {
  const launch_shape shape = {args.outputs, tuning::cuda_block, 0, stream};
  switch (kind_of(args.finish.by, args.finish.type)) {
    case partial_kind::f32_terms:
      return launch(shape, merge_sums<f32_sum>, args.finish, pieces, cut.an_output, partials,
                    empty);
    case partial_kind::f64_terms:
      return launch(shape, merge_sums<f64_sum>, args.finish, pieces, cut.an_output, partials,
                    empty);
    case partial_kind::integers:
      return launch(shape, merge_sums<integer_sum>, args.finish, pieces, cut.an_output, partials,
                    empty);
    default:
      return launch(shape, merge_extremes, args.finish, pieces, cut.an_output, partials, empty);
  }
}

}  // namespace

reduce_pieces reduce_pieces_of(const reduce_args& args, grid_limits grid) {
  const bool warps = !takes_threads(args);
  const int64_t workers =
      int64_t{grid.multiprocessors} * tuning::cuda_reduce_threads_per_sm / (warps ? 32 : 1);
  const int64_t share = quotient_up(args.s.elements, workers);
  const int64_t rounded_up = quotient_up(share, 1024) * 1024;
  const int64_t elements = between(warps ? tuning::cuda_reduce_warp : tuning::cuda_reduce_thread,
                                   rounded_up, int64_t{1} << 26);
  const int64_t an_output = quotient_up(args.reduced, elements);
  const int64_t all = args.outputs * an_output;
  const int64_t bytes = 8 * words_of_partial(kind_of(args.finish.by, args.finish.type));
  return {warps, elements, an_output, all, an_output > 1 ? all * bytes : 0};
}

const char* reduce_cuda_kernel(const reduce_args& args, grid_limits grid) {
  const bool threads = takes_threads(args);
  if (kind_of(args.finish.by, args.finish.type) != partial_kind::f32_terms) {
    return threads ? "reduce.threads" : "reduce.warps";
  }
  if (grid.f64_adds) return threads ? "reduce.threads_f64" : "reduce.warps_f64";
  return threads ? "reduce.threads_integer" : "reduce.warps_integer";
}

int launch_reduce(const reduce_args& args, const reduce_pieces& cut, void* workspace,
                  int64_t* partials, report* empty, grid_limits grid, void* stream) {
  auto* const pieces = cut.an_output > 1 ? static_cast<int64_t*>(workspace) : nullptr;
  const int launched = launch_kind(args, cut, pieces, partials, empty, grid.f64_adds, stream);
  if (launched != 0 || pieces == nullptr) return launched;
  return launch_merging(args, cut, pieces, partials, empty, stream);
}

int launch_reduce_nothing(const reduce_args& args, int64_t* partials, report* empty, void* stream) {
  return launch({blocks_for(args.outputs, tuning::cuda_block), tuning::cuda_block, 0, stream},
                reduce_nothing, args.finish, args.outputs, partials, empty);
}

int launch_merge(const int64_t* from, int64_t* into, int64_t partials, int64_t words,
                 void* stream) {
  return launch({blocks_for(partials, tuning::cuda_block), tuning::cuda_block, 0, stream},
                merge_each, from, into, partials, words);
}

int launch_finish(const finish_args& args, const int64_t* partials, int64_t outputs, int64_t words,
                  report* empty, void* stream) {
  return launch({blocks_for(outputs, tuning::cuda_block), tuning::cuda_block, 0, stream},
                finish_each, args, partials, outputs, words, empty);
}

}  // namespace bitwhere::kernels
