// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "class_gradient_formula.hpp"
#include "class_loss_rooms.hpp"
#include "loss_gradient_cpu.hpp"
#include "turn_square_cpu.hpp"

// The gradients of a block of pixels, class by class, or of a pixel whose classes lie side by side.
namespace bitwhere::kernels {
namespace {

// What the gradients of the pixels of a block are made of.
template <class C>
struct class_slopes {
  alignas(64) C scale[most_block_pixels];  // times the weight
  alignas(64) C reference[most_block_pixels];
  alignas(64) C inverse[most_block_pixels];
  alignas(64) C share[most_block_pixels];
  alignas(64) C taken[most_block_pixels];
  uint64_t steep[most_block_pixels / 64];  // the others' gradients are +0
};

// What is known of a block when its losses are; rows that are NULL are 1.
template <class C>
struct class_slope_inputs {
  const C* largest;
  const C* sum;
  const C* share;         // of probabilities
  const C* label_weight;  // of the labels' classes
  const C* weight;
  const C* upstream;
  const uint64_t* valid;
};

template <class C>
[[gnu::noinline]] void find_slopes(const class_loss_args& args, const loss_scale& of_call,
                                   const class_slope_inputs<C>& in, int64_t pitch,
                                   class_slopes<C>& out) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  const class_loss_numbers<C> numbers = numbers_of<C>(args);
  const auto ones = hn::Set(d, C{1});
  const auto or_ones = [&](const C* p, int64_t i) {
    return p == nullptr ? ones : hn::LoadU(d, p + i);
  };
  const auto spread_weights =
      hn::Set(d, static_cast<C>(numbers.spread * static_cast<C>(of_call.class_weights)));
  const bool weighs_label = args.by_labels && !numbers.smooth;
  for (uint64_t& word : out.steep) word = 0;
  for (int64_t i = 0; i < pitch; i += lanes) {
    const auto of_label = or_ones(in.label_weight, i);
    auto weight = or_ones(in.weight, i);
    if (weighs_label) weight = hn::Mul(of_label, weight);
    const auto up = in.upstream == nullptr ? hn::Set(d, static_cast<C>(of_call.scale))
                                           : hn::LoadU(d, in.upstream + i);
    const uint64_t steep =
        mask_to_bits(d, simd_lane::negate(simd_lane::equal(weight, hn::Zero(d))));
    out.steep[i / 64] |= in.valid[i / 64] & steep << (i % 64);
    const auto kept = hn::Mul(hn::Set(d, numbers.keep), of_label);
    const bool smooth_labels = args.by_labels && numbers.smooth;
    hn::StoreU(hn::Mul(up, weight), d, out.scale + i);
    hn::StoreU(reference_of<simd_lane>(hn::LoadU(d, in.largest + i)), d, out.reference + i);
    hn::StoreU(hn::Div(ones, hn::LoadU(d, in.sum + i)), d, out.inverse + i);
    hn::StoreU(smooth_labels ? hn::Add(kept, spread_weights) : or_ones(in.share, i), d,
               out.share + i);
    hn::StoreU(smooth_labels ? kept : ones, d, out.taken + i);
  }
}

// Lanes whose pixels have this label.
BITWHERE_FN auto of_label(hn::ScalableTag<float> d, const int32_t* target, int32_t c) {
  const hn::RebindToSigned<hn::ScalableTag<float>> di;
  return hn::RebindMask(d, hn::Eq(hn::LoadU(di, target), hn::Set(di, c)));
}
BITWHERE_FN auto of_label(hn::ScalableTag<double> d, const int32_t* target, int32_t c) {
  const hn::RebindToSigned<hn::ScalableTag<double>> di;
  const hn::Rebind<int32_t, hn::ScalableTag<double>> half;
  return hn::RebindMask(
      d, hn::Eq(hn::PromoteTo(di, hn::LoadU(half, target)), hn::Set(di, int64_t{c})));
}

// The pixels of a block in one class.
template <class C>
struct class_gradient_row {
  const C* x;  // scores, or where `terms`, e^(x - m); not looked at of nll
  bool terms;
  const int32_t* target;  // nullptr: probabilities
  const C* probabilities;
  int32_t index;
  C weight;  // of the class
};

template <class C>
[[gnu::noinline]] void class_gradients(const class_loss_args& args, const class_slopes<C>& of,
                                       const class_gradient_row<C>& row, int64_t pitch, C* to) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  const class_loss_numbers<C> numbers = numbers_of<C>(args);
  const bool logits = args.of == class_loss::cross_entropy;
  const auto of_class = hn::Set(d, row.weight);
  const auto spread = hn::Set(d, static_cast<C>(numbers.spread * row.weight));
  for (int64_t i = 0; i < pitch; i += lanes) {
    const pixel_slope<decltype(hn::Zero(d))> pixel = {
        hn::LoadU(d, of.reference + i), hn::LoadU(d, of.inverse + i), hn::LoadU(d, of.share + i),
        hn::LoadU(d, of.taken + i)};
    auto taken = hn::Zero(d);
    if (row.target != nullptr) {
      taken = hn::IfThenElseZero(of_label(d, row.target + i, row.index), pixel.taken);
      if (numbers.smooth) taken = hn::Add(spread, taken);
    } else {
      taken = smoothed_probability<simd_lane>(hn::LoadU(d, row.probabilities + i), numbers);
      if (args.class_weighted) taken = part_of_loss<simd_lane>(of_class, taken);
    }
    const auto scale = hn::LoadU(d, of.scale + i);
    if (!logits) {
      hn::StoreU(log_probability_gradient<simd_lane>(scale, taken), d, to + i);
      continue;
    }
    auto term = hn::LoadU(d, row.x + i);
    if (!row.terms) term = class_term<simd_lane>(term, pixel.reference);
    const auto slope = slope_of_class<simd_lane>(term, pixel, taken);
    hn::StoreU(canonical<simd_lane>(hn::Mul(scale, slope)), d, to + i);
  }
}

// Classes [first, first + n) of one pixel of label `target`, side by side in C.
template <class C>
[[gnu::noinline]] void class_gradients_of_pixel(const class_slopes<C>& of, int64_t pixel,
                                                int64_t target, const C* x, int64_t first,
                                                int64_t n, C* to) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  const pixel_slope<C> one = {of.reference[pixel], of.inverse[pixel], of.share[pixel],
                              of.taken[pixel]};
  const auto zero = hn::Zero(d);
  const pixel_slope<decltype(hn::Zero(d))> all = {hn::Set(d, one.reference),
                                                  hn::Set(d, one.inverse), hn::Set(d, one.share),
                                                  hn::Set(d, one.taken)};
  const auto scale = hn::Set(d, of.scale[pixel]);
  const auto at = [&](int64_t c, C taken) {
    const C term = class_term<scalar_lane>(x[c], one.reference);
    to[c] = canonical<scalar_lane>(
        scalar_lane::multiply(of.scale[pixel], slope_of_class<scalar_lane>(term, one, taken)));
  };
  const C of_target = target >= first && target < first + n ? x[target - first] : C{0};
  int64_t c = 0;
  for (; c + lanes <= n; c += lanes) {
    const auto term = class_term<simd_lane>(hn::LoadU(d, x + c), all.reference);
    const auto slope = slope_of_class<simd_lane>(term, all, zero);
    hn::StoreU(canonical<simd_lane>(hn::Mul(scale, slope)), d, to + c);
  }
  for (; c < n; ++c) at(c, C{0});
  if (target < first || target >= first + n) return;
  const C term = class_term<scalar_lane>(of_target, one.reference);
  to[target - first] = canonical<scalar_lane>(
      scalar_lane::multiply(of.scale[pixel], slope_of_class<scalar_lane>(term, one, one.taken)));
}

// The gradients of the blocks of a range.
template <class C>
class class_gradients_of_block {
 public:
  explicit class_gradients_of_block(const class_loss_args& args)
      : args_(args),
        to_(args.s, args.gradient, args.x.values.type, args.s.elements * args.x.classes,
            args.x.values.data) {}

  BITWHERE_FN void find_slopes(const loss_scale& of_call, const class_slope_inputs<C>& in,
                               int64_t pitch) {
    kernels::find_slopes(args_, of_call, in, pitch, slopes_);
  }

  // Classes [row.index, row.index + n); the stage is overwritten.
  BITWHERE_FN void write_tile(const tile& t, int64_t n, int64_t pitch, class_gradient_row<C> row,
                              const C* class_weight, C* stage) {
    const int64_t first = row.index;
    const bool sideways = to_.classes_side_by_side();
    alignas(64) C values[most_block_pixels];
    for (int64_t c = 0; c < n; ++c) {
      C* const out = sideways ? stage + c * pitch : values;
      if (class_weight != nullptr) row.weight = class_weight[first + c];
      class_gradients(args_, slopes_, row, pitch, out);
      if (!sideways) to_.row(t, (first + c) * stride(), slopes_.steep, values);
      row.x += pitch;
      row.probabilities += pitch;
      ++row.index;
    }
    if (sideways) store_sideways(t, first, n, pitch, stage);
  }

  // The classes of each pixel in turn, read as they lie; `room` is for a tile of them, twice.
  BITWHERE_FN void write_rows(const tile& t, const convert_code& convert, const int32_t* target,
                              C* room) {
    int64_t places[most_block_pixels];
    find_places(t, places);
    const operand& x = args_.x.values;
    const int64_t size = element_bytes(x.type);
    int64_t i = 0;
    for_each_run(args_.s, x.stride_bytes, t.at, t.columns,
                 [&](int64_t offset, int64_t step, int64_t pixels) {
                   const unsigned char* p = x.data + offset;
                   for (int64_t k = 0; k < pixels; ++k, ++i, p += step) {
                     write_pixel(i, target[i], convert, p, size, places[i], room);
                   }
                 });
  }

  BITWHERE_FN void end() const { to_.end(); }

  // +0 in all classes of a block.
  BITWHERE_FN void clear(const tile& t) {
    constexpr C zeros[class_tile] = {};
    const uint64_t none[most_block_pixels / 64] = {};
    const int64_t classes = args_.x.classes;
    if (!to_.classes_side_by_side()) {
      for (int64_t c = 0; c < classes; ++c) to_.row(t, c * stride(), none, zeros);
      return;
    }
    int64_t places[most_block_pixels];
    find_places(t, places);
    for (int64_t i = 0; i < t.columns; ++i) {
      for (int64_t first = 0; first < classes; first += class_tile) {
        const int64_t left = classes - first;
        to_.classes(places[i] + first * stride(), false, zeros,
                    left < class_tile ? left : class_tile);
      }
    }
  }

 private:
  BITWHERE_FN int64_t stride() const { return args_.gradient.class_stride_bytes; }
  BITWHERE_FN bool is_steep(int64_t i) const {
    return (slopes_.steep[i / 64] >> (i % 64) & 1) != 0;
  }

  // Where the pixels of a tile begin.
  BITWHERE_FN void find_places(const tile& t, int64_t* places) const {
    for_each_run(args_.s, args_.gradient.to.stride_bytes, t.at, t.columns,
                 [&](int64_t offset, int64_t step, int64_t pixels) {
                   for (int64_t k = 0; k < pixels; ++k) *places++ = offset + k * step;
                 });
  }

  BITWHERE_FN void store_sideways(const tile& t, int64_t first, int64_t n, int64_t pitch,
                                  const C* stage) {
    int64_t places[most_block_pixels];
    find_places(t, places);
    constexpr int64_t side = square_of(sizeof(C));
    alignas(64) C values[side][class_tile];
    for (int64_t i = 0; i < t.columns; i += side) {
      int64_t c = 0;
      for (; c + side <= n; c += side) {
        const C* rows[side];
        for (int64_t k = 0; k < side; ++k) rows[k] = stage + (c + k) * pitch;
        turn_square(rows, i, class_tile, values[0] + c);
      }
      for (; c < n; ++c) {
        for (int64_t k = 0; k < side; ++k) values[k][c] = stage[c * pitch + i + k];
      }
      const int64_t left = t.columns - i;
      for (int64_t k = 0; k < (left < side ? left : side); ++k) {
        to_.classes(places[i + k] + first * stride(), is_steep(i + k), values[k], n);
      }
    }
  }

  BITWHERE_FN void write_pixel(int64_t i, int64_t target, const convert_code& convert,
                               const unsigned char* p, int64_t size, int64_t place, C* room) {
    C* const values = room + class_tile;
    for (int64_t first = 0; first < args_.x.classes; first += class_tile) {
      const int64_t left = args_.x.classes - first;
      const int64_t n = left < class_tile ? left : class_tile;
      if (is_steep(i)) {
        const unsigned char* const from = p + first * size;
        auto* const x = reinterpret_cast<unsigned char*>(room);
        if (changes(convert)) {
          convert_run(convert, from, x, n);
        } else {
          memcpy(x, from, static_cast<size_t>(n) * sizeof(C));
        }
        class_gradients_of_pixel(slopes_, i, target, room, first, n, values);
      } else {
        for (int64_t c = 0; c < n; ++c) values[c] = C{0};
      }
      to_.classes(place + first * stride(), is_steep(i), values, n);
    }
  }

  const class_loss_args& args_;
  gradient_output<C> to_;
  class_slopes<C> slopes_;
};

}  // namespace
}  // namespace bitwhere::kernels
