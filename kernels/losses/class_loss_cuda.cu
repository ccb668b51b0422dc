// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "class_loss_cuda.hpp"

#include "../condition/condition_cuda.cuh"
#include "../metrics/argmax_cuda.cuh"
#include "../metrics/label_cuda.cuh"
#include "../metrics/report_cuda.cuh"
#include "class_gradient_formula.hpp"
#include "finish_loss_cuda.hpp"
#include "loss_cuda.cuh"

// Bytes: as binary_loss_cuda.cu; of smoothing and probabilities above 1024 classes the logits a
// second time. What is looked at again otherwise, a warp has brought to its cache a moment ago:
// but not the logits that a thread cannot keep, where those of all threads are more than the L2
// cache, from some 100 classes on.
//   pixels  a thread a pixel, the logits of a few classes in its registers
//   rows    a warp a pixel: its classes lie side by side, or are more than a tile
namespace bitwhere::kernels {
namespace {

struct class_reading {
  indexer by;
  bool aligned;
  bool packed;         // four classes of x at a time
  bool counts_shared;  // cells of the block in shared memory
};

// Classes whose logits a thread keeps in registers; a gradient takes some of them.
template <class C, bool Gradient>
inline constexpr int kept_classes = sizeof(C) == 8 ? 8
                                    : Gradient     ? 21
                                                   : 22;

// Shared memory for the cells of a block, beside the terms.
constexpr int64_t cells_bytes = 8 << 10;

// m and S of a pixel, and its prediction where it is asked for.
template <class C>
struct class_row {
  C largest;
  C sum;
  int64_t predicted;
};

template <class C>
__device__ __forceinline__ C logit_at(const class_scores& x, const unsigned char* p, int64_t c,
                                      bool aligned) {
  return with_computed_type<C>(x.values.type, [&]<class T>() {
    return static_cast<C>(widen(load_element<T>(p + c * x.class_stride_bytes, aligned)));
  });
}

// --- A thread a pixel. ---

template <class C, int most>
__device__ __forceinline__ class_row<C> few_classes_of_thread(const class_loss_args& args,
                                                              const unsigned char* p,
                                                              bool aligned) {
  const int classes = static_cast<int>(args.x.classes);
  C x[most];
  with_computed_type<C>(args.x.values.type, [&]<class T>() {
#pragma unroll
    for (int c = 0; c < most; ++c) {
      x[c] = minus_infinity<scalar_lane>(C{0});
      if (c < classes) {
        x[c] = static_cast<C>(widen(load_element<T>(p + c * args.x.class_stride_bytes, aligned)));
      }
    }
  });
  class_row<C> row = {x[0], C{0}, 0};
  best_score<C> best = {x[0], 0};
#pragma unroll
  for (int c = 1; c < most; ++c) {
    row.largest = larger_number<scalar_lane>(row.largest, x[c]);
    if (c < classes) best.take(x[c], c);
  }
  row.predicted = best.index;
  // Absent classes are -Inf, which adds +0: the tree over all is that over those that are there.
  const C reference = reference_of<scalar_lane>(row.largest);
  C level[most];
#pragma unroll
  for (int c = 0; c < most; ++c) level[c] = class_term<scalar_lane>(x[c], reference);
#pragma unroll
  for (int d = 1; d < most; d *= 2) {
#pragma unroll
    for (int c = 0; c + d < most; c += 2 * d) {
      level[c] = scalar_lane::add(level[c], level[c + d]);
    }
  }
  row.sum = level[0];
  return row;
}

// Up to a tile.
template <class C>
__device__ __forceinline__ class_row<C> classes_of_thread(const class_loss_args& args,
                                                          const unsigned char* p, bool aligned) {
  best_score<C> best = {logit_at<C>(args.x, p, 0, aligned), 0};
  class_row<C> row = {best.value, C{0}, 0};
#pragma unroll 1
  for (int64_t c = 1; c < args.x.classes; ++c) {
    const C x = logit_at<C>(args.x, p, c, aligned);
    row.largest = larger_number<scalar_lane>(row.largest, x);
    best.take(x, static_cast<int32_t>(c));
  }
  row.predicted = best.index;
  const C reference = reference_of<scalar_lane>(row.largest);
  row.sum = sum_of_tile<scalar_lane>(args.x.classes, C{0}, [&](int64_t c) {
    return class_term<scalar_lane>(logit_at<C>(args.x, p, c, aligned), reference);
  });
  return row;
}

template <class C>
struct product_numbers {
  class_loss_numbers<C> with;
  C log_sum;
  C largest;
};

template <class C>
__device__ __forceinline__ C weight_of_class(const class_loss_args& args, int64_t c, bool aligned) {
  if (!args.class_weighted) return C{1};
  const class_numbers& w = args.class_weight;
  return float_at<C>(w.type, w.data + c * w.stride_bytes, aligned);
}

// What class c of probabilities counts.
template <class C>
__device__ __forceinline__ C share_of_class(const class_loss_args& args, const unsigned char* q,
                                            int64_t c, const class_loss_numbers<C>& numbers,
                                            bool aligned) {
  const C p = smoothed_probability<scalar_lane>(
      float_at<C>(args.probabilities.values.type, q + c * args.probabilities.class_stride_bytes,
                  aligned),
      numbers);
  if (!args.class_weighted) return p;
  return part_of_loss<scalar_lane>(weight_of_class<C>(args, c, aligned), p);
}

// The product of class c: `q` is where the pixel's probabilities begin.
template <class C>
__device__ __forceinline__ C product_of_class(const class_loss_args& args, const unsigned char* p,
                                              const unsigned char* q, int64_t c,
                                              const product_numbers<C>& of, bool aligned) {
  const C loss = loss_of_class<scalar_lane, class_loss::cross_entropy>(
      logit_at<C>(args.x, p, c, aligned), of.log_sum, of.largest);
  if (args.by_labels) {
    if (!args.class_weighted) return loss;
    return part_of_loss<scalar_lane>(weight_of_class<C>(args, c, aligned), loss);
  }
  return part_of_loss<scalar_lane>(share_of_class(args, q, c, of.with, aligned), loss);
}

// --- A warp a pixel: lane t has the running sums 4 t .. 4 t + 3. ---

template <class C>
__device__ __forceinline__ C largest_of_warp(C mine) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) {
    mine = larger_number<scalar_lane>(mine, static_cast<C>(shuffled(mine, d)));
  }
  return mine;
}

template <class C>
__device__ __forceinline__ C tree_of_warp(const C (&running)[4]) {
  C sum = scalar_lane::add(scalar_lane::add(running[0], running[1]),
                           scalar_lane::add(running[2], running[3]));
#pragma unroll
  for (int d = 1; d < 32; d *= 2) sum = scalar_lane::add(sum, static_cast<C>(shuffled(sum, d)));
  return sum;
}

// Numbers of tiles, up to 128: number k is lane k / 4's.
template <class C>
struct tile_numbers {
  C value[4];

  __device__ __forceinline__ void open(C empty) {
#pragma unroll
    for (int j = 0; j < 4; ++j) value[j] = empty;
  }
  __device__ __forceinline__ void put(int64_t k, C number) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      if (k == lane_index() * 4 + j) value[j] = number;
    }
  }
};

// A lane's 32 classes of a tile, in rows of 128; absent ones are -Inf. Those of f64 are loaded each
// time, for they are more than a lane's registers.
template <class C>
struct lane_classes {
  static constexpr int rows = static_cast<int>(class_tile / class_lanes);
  static constexpr bool kept = sizeof(C) == 4;
  const class_scores& from;
  const unsigned char* p;
  int64_t first;
  const class_reading& with;
  C x[kept ? rows : 1][4];

  template <class T>
  __device__ __forceinline__ void load_row(int r, C (&to)[4]) const {
    const int64_t c = first + lane_index() * 4 + r * class_lanes;
    if (with.packed && c + 4 <= from.classes) {
      const auto four = load_pack<T, 4>(p + c * static_cast<int64_t>(sizeof(T)));
#pragma unroll
      for (int j = 0; j < 4; ++j) to[j] = static_cast<C>(widen(four.value[j]));
      return;
    }
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      to[j] = minus_infinity<scalar_lane>(C{0});
      if (c + j < from.classes) {
        to[j] = static_cast<C>(
            widen(load_element<T>(p + (c + j) * from.class_stride_bytes, with.aligned)));
      }
    }
  }
  __device__ __forceinline__ void load() {
    if constexpr (kept) {
      with_computed_type<C>(from.values.type, [&]<class T>() {
#pragma unroll
        for (int r = 0; r < rows; ++r) load_row<T>(r, x[r]);
      });
    }
  }
  // Calls row(four classes) for each row, in order.
  template <class Row>
  __device__ __forceinline__ void each_row(Row row) {
    if constexpr (kept) {
#pragma unroll
      for (int r = 0; r < rows; ++r) row(x[r]);
    } else {
#pragma unroll 1
      for (int r = 0; r < rows; ++r) {
        load_row<double>(r, x[0]);
        row(x[0]);
      }
    }
  }
  __device__ __forceinline__ C largest() {
    C top[4];
    bool started = false;
    each_row([&](const C(&four)[4]) {
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        top[j] = started ? larger_number<scalar_lane>(top[j], four[j]) : four[j];
      }
      started = true;
    });
    return largest_of_warp(larger_number<scalar_lane>(larger_number<scalar_lane>(top[0], top[1]),
                                                      larger_number<scalar_lane>(top[2], top[3])));
  }
  // The best of what this lane has seen and of these.
  __device__ __forceinline__ void take_best(best_score<C>& best) {
    auto at = static_cast<int32_t>(first) + lane_index() * 4;
    each_row([&](const C(&four)[4]) {
#pragma unroll
      for (int j = 0; j < 4; ++j) best.take(four[j], at + j);
      at += static_cast<int32_t>(class_lanes);
    });
  }
  __device__ __forceinline__ C sum(C reference) {
    C running[4] = {C{0}, C{0}, C{0}, C{0}};
    each_row([&](const C(&four)[4]) {
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        running[j] = scalar_lane::add(running[j], class_term<scalar_lane>(four[j], reference));
      }
    });
    return tree_of_warp(running);
  }
};

template <class C>
__device__ __forceinline__ class_row<C> classes_of_warp(const class_loss_args& args,
                                                        const unsigned char* p,
                                                        const class_reading& with) {
  const int64_t tiles = quotient_up(args.x.classes, class_tile);
  // A lane without a class of its own has -Inf at an index behind all classes.
  best_score<C> best = {minus_infinity<scalar_lane>(C{0}), lane_index() * 4};
  tile_numbers<C> largest;
  tile_numbers<C> sums;
  largest.open(minus_infinity<scalar_lane>(C{0}));
  sums.open(C{0});
#pragma unroll 1
  for (int64_t k = 0; k < tiles; ++k) {
    lane_classes<C> tile = {args.x, p, k * class_tile, with, {}};
    tile.load();
    const C top = tile.largest();
    const C sum = tile.sum(reference_of<scalar_lane>(top));
    if (args.counts) tile.take_best(best);
    if (tiles == 1) return {top, sum, best_of_lanes(best).index};
    largest.put(k, top);
    sums.put(k, sum);
  }
  C top = largest.value[0];
#pragma unroll
  for (int j = 1; j < 4; ++j) top = larger_number<scalar_lane>(top, largest.value[j]);
  top = largest_of_warp(top);
  const C reference = reference_of<scalar_lane>(top);
  C term[4];
#pragma unroll
  for (int j = 0; j < 4; ++j) {
    term[j] = class_tile_term<scalar_lane>(largest.value[j], sums.value[j], reference);
  }
  return {top, tree_of_warp(term), best_of_lanes(best).index};
}

// term(c) of all classes.
template <class C, class Term>
__device__ __forceinline__ C sum_of_warp(int64_t classes, Term term) {
  const int64_t tiles = quotient_up(classes, class_tile);
  tile_numbers<C> sums;
  sums.open(C{0});
#pragma unroll 1
  for (int64_t k = 0; k < tiles; ++k) {
    const int64_t end = (k + 1) * class_tile < classes ? (k + 1) * class_tile : classes;
    C running[4] = {C{0}, C{0}, C{0}, C{0}};
#pragma unroll 1
    for (int64_t c = k * class_tile + lane_index() * 4; c < end; c += class_lanes) {
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        if (c + j < end) running[j] = scalar_lane::add(running[j], term(c + j));
      }
    }
    const C sum = tree_of_warp(running);
    if (tiles == 1) return sum;
    sums.put(k, sum);
  }
  return tree_of_warp(sums.value);
}

template <class C, bool Warps, class Term>
__device__ __forceinline__ C sum_of_classes(int64_t classes, Term term) {
  if constexpr (Warps) {
    return sum_of_warp<C>(classes, term);
  } else {
    return sum_of_tile<scalar_lane>(classes, C{0}, term);
  }
}

// --- A pixel, by either. ---

// What a pixel's gradient is made of.
template <class C>
struct pixel_gradient {
  bool steep;  // else it is +0
  int64_t target;
  C scale;
  pixel_slope<C> slope;
};

// The classes of a pixel: all of them by a thread, or every 32nd by a lane. What is read again was
// read a moment ago.
template <class C, bool Warps>
__device__ __forceinline__ void store_gradient(const class_loss_args& args,
                                               const class_reading& with, const thread_position& at,
                                               const pixel_gradient<C>& of) {
  const loss_gradient_args& wanted = args.gradient;
  const class_scores& x = args.x;
  const unsigned char* const p = x.values.data + offset_at(with.by, at, x.values.stride_bytes);
  const unsigned char* const q =
      args.by_labels ? nullptr
                     : args.probabilities.values.data +
                           offset_at(with.by, at, args.probabilities.values.stride_bytes);
  unsigned char* const to = wanted.to.data + offset_at(with.by, at, wanted.to.stride_bytes);
  const class_loss_numbers<C> numbers = numbers_of<C>(args);
  const bool logits = args.of == class_loss::cross_entropy;
  // In place, no lane may store before all have read the label's logit.
  if constexpr (Warps) __syncwarp();
#pragma unroll 1
  for (int64_t c = Warps ? lane_index() : 0; c < x.classes; c += Warps ? 32 : 1) {
    C g = C{0};
    if (of.steep) {
      C taken = C{0};
      if (args.by_labels) {
        if (c == of.target) taken = of.slope.taken;
        if (numbers.smooth) {
          const C spread =
              scalar_lane::multiply(numbers.spread, weight_of_class<C>(args, c, with.aligned));
          taken = scalar_lane::add(spread, taken);
        }
      } else {
        taken = share_of_class(args, q, c, numbers, with.aligned);
      }
      if (logits) {
        const C term =
            class_term<scalar_lane>(logit_at<C>(x, p, c, with.aligned), of.slope.reference);
        const C slope = slope_of_class<scalar_lane>(term, of.slope, taken);
        g = canonical<scalar_lane>(scalar_lane::multiply(of.scale, slope));
      } else {
        g = log_probability_gradient<scalar_lane>(of.scale, taken);
      }
    }
    store_number(to + c * wanted.class_stride_bytes, x.values.type, g, with.aligned);
  }
}

// Counts predictions in the block's cells, or in the result itself.
struct cell_counter {
  class_counts to;
  uint32_t* bins;  // nullptr: not in shared memory
  int64_t classes;
  int64_t correct;

  __device__ __forceinline__ void add(int64_t target, int64_t predicted) {
    correct += target == predicted ? 1 : 0;
    if (to.confusion == nullptr) return;
    const int64_t cell = target * classes + predicted;
    if (bins != nullptr) {
      atomicAdd(bins + cell, 1u);
    } else {
      add_atomically(to.confusion + cell, 1);
    }
  }
};

// What a pixel weighs, read when it is asked for: the classes take the registers before that.
template <class C>
struct pixel_weight {
  const class_loss_args& args;
  const class_reading& with;
  const row_run& run;
  int64_t target;

  __device__ __forceinline__ C of_pixel() const {
    return args.weighted
               ? float_at<C>(args.weight.type, run.of(args.weight, 0).first(), with.aligned)
               : C{1};
  }
  __device__ __forceinline__ C of_class() const {
    return args.by_labels ? weight_of_class<C>(args, target, with.aligned) : C{1};
  }
  __device__ __forceinline__ C product() const {
    return scalar_lane::multiply(of_class(), of_pixel());
  }
  __device__ __forceinline__ C counted() const { return canonical<scalar_lane>(product()); }
};

template <class C, bool Warps, bool Gradient>
__device__ __forceinline__ element_loss<C> class_loss_at(
    const class_loss_args& args, const class_reading& with, const row_run& run, int64_t n,
    cell_counter& counter, report* bad, const loss_scale& scale, pixel_gradient<C>& gradient) {
  element_loss<C> out = {C{0}, C{0}, false};
  if (args.conditional && !condition_bit(args.condition, run, with.aligned)) return out;
  const bool first_lane = !Warps || lane_index() == 0;
  int64_t target = 0;
  if (args.by_labels) {
    const int64_t label = label_at(
        args.target, offset_at(with.by, run.at, args.target.values.stride_bytes), with.aligned);
    target = target_code<scalar_lane>(label, args.x.classes, args.ignore);
    if (target == code_bad && first_lane) note_bad(bad, args.first_element + n);
    if (target < 0) return out;
  }
  const int64_t offset = offset_at(with.by, run.at, args.x.values.stride_bytes);
  const unsigned char* const p = args.x.values.data + offset;
  const pixel_weight<C> weighs = {args, with, run, target};
  out.counts = true;
  if (args.finish.by == loss_reduction::weights) {
    out.weight = weighs.counted();
    return out;
  }
  const class_loss_numbers<C> numbers = numbers_of<C>(args);
  class_row<C> row = {C{0}, C{1}, 0};
  C share = C{1};
  C loss;
  if (args.of == class_loss::nll) {
    loss = loss_of_class<scalar_lane, class_loss::nll>(logit_at<C>(args.x, p, target, with.aligned),
                                                       C{0}, C{0});
    if (args.counts) {
      row.predicted = Warps ? argmax_of_warp(args.x, offset, with.aligned)
                            : argmax_of_thread(args.x, offset, with.aligned);
    }
  } else {
    if constexpr (Warps) {
      row = classes_of_warp<C>(args, p, with);
    } else {
      constexpr int most = kept_classes<C, Gradient>;
      row = args.x.classes <= most ? few_classes_of_thread<C, most>(args, p, with.aligned)
                                   : classes_of_thread<C>(args, p, with.aligned);
    }
    const C log_sum = log<scalar_lane>(row.sum);
    C products = C{0};
    if (sums_products(args)) {
      const unsigned char* const q =
          args.by_labels ? nullptr
                         : args.probabilities.values.data +
                               offset_at(with.by, run.at, args.probabilities.values.stride_bytes);
      const product_numbers<C> of = {numbers, log_sum, row.largest};
      products = sum_of_classes<C, Warps>(args.x.classes, [&](int64_t c) {
        return product_of_class(args, p, q, c, of, with.aligned);
      });
      if (Gradient && !args.by_labels) {
        share = sum_of_classes<C, Warps>(args.x.classes, [&](int64_t c) {
          return share_of_class(args, q, c, numbers, with.aligned);
        });
      }
    }
    loss = products;
    if (args.by_labels) {
      loss = loss_of_class<scalar_lane, class_loss::cross_entropy>(
          logit_at<C>(args.x, p, target, with.aligned), log_sum, row.largest);
      if (numbers.smooth) {
        if (args.class_weighted) loss = part_of_loss<scalar_lane>(weighs.of_class(), loss);
        loss = smoothed_loss<scalar_lane>(loss, products, numbers);
      }
    }
  }
  if (args.counts && first_lane) counter.add(target, row.predicted);
  const bool weighs_label = args.by_labels && args.class_weighted && !numbers.smooth;
  const C factor = weighs_label ? weighs.product() : weighs.of_pixel();
  out.weight = weighs.counted();
  out.term = canonical<scalar_lane>(loss);
  if (args.weighted || weighs_label) out.term = weighted_term<scalar_lane>(factor, out.term);
  if constexpr (Gradient) {
    const loss_gradient_args& wanted = args.gradient;
    const C up = wanted.each ? float_at<C>(wanted.upstream.type, run.of(wanted.upstream, 0).first(),
                                           with.aligned)
                             : static_cast<C>(scale.scale);
    C taken = C{1};
    if (numbers.smooth && args.by_labels) {
      taken = scalar_lane::multiply(numbers.keep, weighs.of_class());
      share = scalar_lane::add(
          taken, scalar_lane::multiply(numbers.spread, static_cast<C>(scale.class_weights)));
    }
    gradient = {
        factor != C{0},
        target,
        scalar_lane::multiply(up, factor),
        {reference_of<scalar_lane>(row.largest), scalar_lane::divide(C{1}, row.sum), share, taken}};
  }
  return out;
}

// Pixel n, and its gradient where it belongs.
template <class C, bool Warps, bool Gradient>
__device__ __forceinline__ element_loss<C> loss_of_pixel(const class_loss_args& args,
                                                         const class_reading& with, int64_t n,
                                                         cell_counter& counter, report* bad,
                                                         const loss_scale& scale) {
  const row_run run = {&with.by, position_at(with.by, n)};
  pixel_gradient<C> gradient = {};
  const element_loss<C> out =
      class_loss_at<C, Warps, Gradient>(args, with, run, n, counter, bad, scale, gradient);
  if constexpr (Gradient) store_gradient<C, Warps>(args, with, run.at, gradient);
  return out;
}

__device__ __forceinline__ int64_t cells_of(const class_loss_args& args,
                                            const class_reading& with) {
  return with.counts_shared ? args.x.classes * args.x.classes : 0;
}

__device__ __forceinline__ void clear_cells(uint32_t* bins, int64_t cells) {
  for (int64_t c = threadIdx.x; c < cells; c += loss_threads) bins[c] = 0;
  __syncthreads();
}

// Adds what the block has counted to the results.
__device__ __forceinline__ void add_cells(const cell_counter& counter, const uint32_t* bins,
                                          int64_t cells, int64_t counted) {
  __syncthreads();
  for (int64_t c = threadIdx.x; c < cells; c += loss_threads) {
    if (bins[c] != 0) add_atomically(counter.to.confusion + c, bins[c]);
  }
  if (counter.to.agreement == nullptr) return;
  const int64_t correct = sum_over_warp(counter.correct);
  const int64_t valid = sum_over_warp(counted);
  if (lane_index() != 0) return;
  add_atomically(&counter.to.agreement->correct, correct);
  add_atomically(&counter.to.agreement->valid, valid);
}

// The scale of a call whose classes' weights have been added up where smoothing takes that.
template <class C>
__device__ __forceinline__ loss_scale scale_of_pixels(const class_loss_args& args) {
  loss_scale out = scale_of_call(args.finish, args.gradient);
  if (!args.class_weighted) {
    out.class_weights = static_cast<double>(static_cast<C>(args.x.classes));
  }
  return out;
}

// One warp.
template <class C>
__global__ void __launch_bounds__(32)
    sum_class_weights(const __grid_constant__ class_loss_args args, bool aligned, loss_scale* to) {
  const C sum = sum_of_warp<C>(args.x.classes,
                               [&](int64_t c) { return weight_of_class<C>(args, c, aligned); });
  if (lane_index() != 0) return;
  if (!takes_sums(args.finish)) *to = known_scale(args.finish, args.gradient);
  to->class_weights = static_cast<double>(sum);
}

template <class C, bool F64, bool Warps, bool Gradient>
__global__ void __launch_bounds__(loss_threads, 4)
    class_loss_sums(const __grid_constant__ class_loss_args args,
                    const __grid_constant__ class_reading with, int64_t* partials,
                    const class_counts counts, report* bad) {
  using room_of_block = loss_room<C>;
  constexpr int chunk = room_of_block::chunk;
  constexpr int pixels = Warps ? 1 : 32;  // of a warp at a time
  BITWHERE_SHARED(room_of_block, room);
  BITWHERE_DYNAMIC_SHARED(uint32_t, bins);
  const int64_t cells = cells_of(args, with);
  clear_cells(bins, cells);
  cell_counter counter = {counts, cells != 0 ? bins : nullptr, args.x.classes, 0};
  room.open();
  loss_scale scale = {};
  if constexpr (Gradient) scale = scale_of_pixels<C>(args);
  const int sums = args.finish.weighted ? 2 : 1;
  const int lane = Warps ? 0 : lane_index();
  int64_t counted = 0;
  const int64_t mine = int64_t{blockIdx.x} * loss_warps + room.warp();
  const int64_t step = int64_t{gridDim.x} * loss_warps * pixels;
  int filled = 0;
  int64_t first = mine * pixels;
#pragma unroll 1
  for (bool more = true; more; first += step) {
    more = first < args.s.elements;
    if (more) {
      element_loss<C> of = {C{0}, C{0}, false};
      if (first + lane < args.s.elements) {
        of = loss_of_pixel<C, Warps, Gradient>(args, with, first + lane, counter, bad, scale);
      }
      if (!Warps || lane_index() == 0) {
        room.put(filled + lane, of);
        counted += of.counts ? 1 : 0;
      }
      filled += pixels;
    }
    if (filled == 0 || (more && filled < chunk)) continue;
#pragma unroll 1
    for (int k = filled + lane_index(); k < chunk; k += 32) {
      room.put(k, element_loss<C>{C{0}, C{0}, false});
    }
    room.template add_chunk<F64>(sums);
    filled = 0;
  }
  room.close(counted, reinterpret_cast<loss_partial<typename room_of_block::sum>*>(partials)[mine]);
  if (args.counts) add_cells(counter, bins, cells, counted);
}

template <class C, bool Warps, bool Gradient>
__global__ void __launch_bounds__(loss_threads, 4)
    class_loss_terms(const __grid_constant__ class_loss_args args,
                     const __grid_constant__ class_reading with, const class_counts counts,
                     report* bad) {
  constexpr int lanes = Warps ? 32 : 1;
  BITWHERE_DYNAMIC_SHARED(uint32_t, bins);
  const int64_t cells = cells_of(args, with);
  clear_cells(bins, cells);
  cell_counter counter = {counts, cells != 0 ? bins : nullptr, args.x.classes, 0};
  loss_scale scale = {};
  if constexpr (Gradient) scale = scale_of_pixels<C>(args);
  int64_t counted = 0;
  const int64_t step = int64_t{gridDim.x} * loss_threads / lanes;
#pragma unroll 1
  for (int64_t n = (int64_t{blockIdx.x} * loss_threads + threadIdx.x) / lanes; n < args.s.elements;
       n += step) {
    const element_loss<C> of =
        loss_of_pixel<C, Warps, Gradient>(args, with, n, counter, bad, scale);
    if (Warps && lane_index() != 0) continue;
    store_term(args.finish, n, of.term);
    counted += of.counts ? 1 : 0;
  }
  if (args.counts) add_cells(counter, bins, cells, counted);
}

bool by_warps(const class_loss_args& args) {
  if (args.finish.by == loss_reduction::weights) return false;
  const bool whole_rows = args.counts || args.gradient.wanted;
  if (!whole_rows && args.of == class_loss::nll) return false;
  return args.x.classes > class_tile ||
         (args.x.classes >= tuning::cuda_argmax_warp && warps_read(args.x));
}

bool counts_cells_in_shared(const class_loss_args& args, const class_counts& counts) {
  return counts.confusion != nullptr &&
         args.x.classes * args.x.classes * static_cast<int64_t>(sizeof(uint32_t)) <= cells_bytes;
}

class_reading reading_of(const class_loss_args& args, const class_counts& counts) {
  class_reading out;
  const auto suits = [&](const operand& o) { return aligned_elements(o, args.s); };
  out.by = indexer_of(args.s);
  out.aligned =
      aligned_scores(args.x, args.s) &&
      (args.by_labels ? aligned_elements(args.target.values.data, args.target.values.stride_bytes,
                                         args.s, label_bytes(args.target.kind))
                      : aligned_scores(args.probabilities, args.s)) &&
      (!args.weighted || suits(args.weight)) &&
      (!args.conditional || all_operands(args.condition, suits)) &&
      aligned_gradient(args.gradient, args.s, args.x.values.type);
  if (args.class_weighted) {
    const auto bytes = static_cast<uintptr_t>(element_bytes(args.class_weight.type));
    out.aligned = out.aligned && reinterpret_cast<uintptr_t>(args.class_weight.data) % bytes == 0;
  }
  const int64_t size = element_bytes(args.x.values.type);
  out.packed = args.x.class_stride_bytes == size && aligned_for_packs(args.x.values.data, size, 4);
  for (int d = 0; d < args.s.rank; ++d) {
    out.packed = out.packed && args.x.values.stride_bytes[d] % pack_alignment(size, 4) == 0;
  }
  out.counts_shared = counts_cells_in_shared(args, counts);
  return out;
}

// Blocks that are useful, and as many as run at a time.
int64_t blocks_of(const class_loss_args& args, grid_limits grid) {
  const int64_t needed = blocks_for(args.s.elements, by_warps(args) ? loss_warps : loss_threads);
  const int64_t most = int64_t{grid.multiprocessors} * tuning::cuda_blocks_per_sm;
  return needed < most ? needed : most;
}

template <class C, bool F64, bool Gradient>
auto sums_kernel(bool warps) {
  return warps ? class_loss_sums<C, F64, true, Gradient> : class_loss_sums<C, F64, false, Gradient>;
}

template <class C, bool F64>
int launch_partials(const class_loss_args& args, int64_t* partials, const class_counts& counts,
                    report* bad, grid_limits grid, void* stream) {
  const int64_t blocks = blocks_of(args, grid);
  if (blocks == 0) return 0;
  const class_reading with = reading_of(args, counts);
  const size_t shared = with.counts_shared ? static_cast<size_t>(cells_bytes) : 0;
  const bool warps = by_warps(args);
  return launch(
      {blocks, loss_threads, shared, stream},
      args.gradient.wanted ? sums_kernel<C, F64, true>(warps) : sums_kernel<C, F64, false>(warps),
      args, with, partials, counts, bad);
}

// Finds the scale of a gradient where that takes a launch: `args` then point to it.
template <class C, bool F64>
int find_scale(class_loss_args& args, int64_t* partials, loss_scale* scale, grid_limits grid,
               void* stream) {
  if (!args.gradient.wanted) return 0;
  const bool sums = takes_sums(args.finish);
  if (sums) {
    const class_counts none = {nullptr, nullptr};
    class_loss_args alone = sums_alone(args);
    alone.counts = false;
    int launched = launch_partials<C, F64>(alone, partials, none, nullptr, grid, stream);
    if (launched != 0) return launched;
    launched = launch_loss_scale(args.finish, args.gradient, partials,
                                 blocks_of(alone, grid) * loss_warps, scale, stream);
    if (launched != 0) return launched;
  }
  const bool weights = args.class_weighted && args.smoothing != 0;
  if (weights) {
    const int launched = launch({1, 32, 0, stream}, sum_class_weights<C>, args,
                                reading_of(args, {nullptr, nullptr}).aligned, scale);
    if (launched != 0) return launched;
  }
  if (sums || weights) args.gradient.scale = scale;
  return 0;
}

template <class C, bool F64>
int launch_sums(const class_loss_args& given, void* workspace, const class_counts& counts,
                report* bad, grid_limits grid, void* stream) {
  auto* const scale = static_cast<loss_scale*>(workspace);
  auto* const partials = reinterpret_cast<int64_t*>(scale + 1);
  class_loss_args args = given;
  int launched = find_scale<C, F64>(args, partials, scale, grid, stream);
  if (launched != 0) return launched;
  launched = launch_partials<C, F64>(args, partials, counts, bad, grid, stream);
  if (launched != 0) return launched;
  return launch_finish_loss(args.finish, partials, blocks_of(args, grid) * loss_warps, stream);
}

template <class C, bool Gradient>
auto terms_kernel(bool warps) {
  return warps ? class_loss_terms<C, true, Gradient> : class_loss_terms<C, false, Gradient>;
}

template <class C>
int launch_terms(const class_loss_args& given, void* workspace, const class_counts& counts,
                 report* bad, grid_limits grid, void* stream) {
  class_loss_args args = given;
  const int launched =
      find_scale<C, true>(args, nullptr, static_cast<loss_scale*>(workspace), grid, stream);
  if (launched != 0) return launched;
  const class_reading with = reading_of(args, counts);
  const size_t shared = with.counts_shared ? static_cast<size_t>(cells_bytes) : 0;
  const bool warps = by_warps(args);
  return launch({blocks_of(args, grid), loss_threads, shared, stream},
                args.gradient.wanted ? terms_kernel<C, true>(warps) : terms_kernel<C, false>(warps),
                args, with, counts, bad);
}

}  // namespace

int64_t class_loss_workspace(const class_loss_args& args, grid_limits grid) {
  const auto scale = static_cast<int64_t>(sizeof(loss_scale));
  if (args.finish.by == loss_reduction::none) return args.gradient.wanted ? scale : 0;
  int64_t blocks = blocks_of(args, grid);
  if (args.gradient.wanted) {
    const int64_t before = blocks_of(sums_alone(args), grid);
    if (before > blocks) blocks = before;
  }
  return scale + loss_partials_bytes(args.finish, blocks * loss_warps);
}

const char* class_loss_cuda_kernel(const class_loss_args& args, grid_limits grid) {
  const bool warps = by_warps(args);
  if (args.finish.by == loss_reduction::none) {
    return warps ? "class_loss.terms.rows" : "class_loss.terms.pixels";
  }
  if (args.finish.f64) return warps ? "class_loss.sums.rows" : "class_loss.sums.pixels";
  if (grid.f64_adds) return warps ? "class_loss.sums_f64.rows" : "class_loss.sums_f64.pixels";
  return warps ? "class_loss.sums_integer.rows" : "class_loss.sums_integer.pixels";
}

int launch_class_loss(const class_loss_args& args, void* workspace, const class_counts& counts,
                      report* bad, grid_limits grid, void* stream) {
  if (args.finish.by == loss_reduction::none) {
    return args.finish.f64 ? launch_terms<double>(args, workspace, counts, bad, grid, stream)
                           : launch_terms<float>(args, workspace, counts, bad, grid, stream);
  }
  if (args.finish.f64) {
    return launch_sums<double, true>(args, workspace, counts, bad, grid, stream);
  }
  return grid.f64_adds ? launch_sums<float, true>(args, workspace, counts, bad, grid, stream)
                       : launch_sums<float, false>(args, workspace, counts, bad, grid, stream);
}

}  // namespace bitwhere::kernels
