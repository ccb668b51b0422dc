// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../metrics/confusion_cpu.hpp"
#include "class_gradient_cpu.hpp"
#include "class_loss_rooms.hpp"
#include "class_row_cpu.hpp"
#include "class_stage_cpu.hpp"
#include "loss_terms_cpu.hpp"

// Pixels in blocks, whose logits are brought to the cache once, a tile of classes at a time:
// classes one after another, the pixels of a class side by side, a lane a pixel. Where a pixel's
// classes lie side by side and are many, a lane is a class instead: class_row_cpu.hpp.
namespace bitwhere::kernels {
namespace {

// What is known of the pixels of a block.
template <class C>
struct class_block {
  alignas(64) C largest[most_block_pixels];
  alignas(64) C sum[most_block_pixels];           // S
  alignas(64) C log_sum[most_block_pixels];       // ln S
  alignas(64) C of_target[most_block_pixels];     // the target's logit
  alignas(64) C weight_of[most_block_pixels];     // the target's class weight
  alignas(64) C products[most_block_pixels];      // the sum of products
  alignas(64) C best[most_block_pixels];          // for the prediction
  alignas(64) int32_t target[most_block_pixels];  // codes of labels
  alignas(64) int32_t predicted[most_block_pixels];
  uint64_t valid[most_block_pixels / 64];
};

// The largest logit of each pixel among a tile of classes, by numbers, and with `Predict` the
// best score of all tiles so far.
template <class C, bool Predict>
void find_largest(const C* stage, int64_t first, int64_t n, int64_t pitch, C* largest,
                  class_block<C>& block) {
  using tag = hn::ScalableTag<C>;
  const tag d;
  const hn::RebindToSigned<tag> di;
  using index = hn::TFromD<hn::RebindToSigned<tag>>;
  constexpr int64_t lanes = hn::MaxLanes(tag());
  for (int64_t i = 0; i < pitch; i += lanes) {
    const C* p = stage + i;
    auto top = minus_infinity<simd_lane>(hn::Zero(d));
    auto best = first == 0 ? hn::LoadU(d, p) : hn::LoadU(d, block.best + i);
    alignas(64) index known[lanes];
    for (int64_t k = 0; k < lanes; ++k) known[k] = first == 0 ? 0 : block.predicted[i + k];
    auto at = hn::LoadU(di, known);
    for (int64_t c = 0; c < n; ++c, p += pitch) {
      const auto x = hn::LoadU(d, p);
      top = larger_number<simd_lane>(top, x);
      if constexpr (Predict) {
        const auto wins = better<simd_lane>(x, best);
        best = simd_lane::select(wins, x, best);
        at = simd_lane::select(hn::RebindMask(di, wins), hn::Set(di, static_cast<index>(first + c)),
                               at);
      }
    }
    hn::StoreU(top, d, largest + i);
    if constexpr (Predict) {
      hn::StoreU(best, d, block.best + i);
      hn::StoreU(at, di, known);
      for (int64_t k = 0; k < lanes; ++k) block.predicted[i + k] = static_cast<int32_t>(known[k]);
    }
  }
}

// What is read next of each class: it is asked for a line at a time while exponentials are
// computed, which leaves the memory idle.
struct next_scores {
  const unsigned char* p;
  int64_t class_stride_bytes;
  int64_t bytes;  // of a pixel
};

// The sum of e^(x - m) over a tile of classes, pixel by pixel, and with `Keep` the terms: they may
// take the place of the stage.
template <class C, bool Keep>
[[gnu::noinline]] void class_tile_sums(const C* stage, int64_t n, int64_t pitch, const C* largest,
                                       const next_scores& next, C* terms, C* sums) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  for (int64_t i = 0; i < pitch; i += lanes) {
    const auto reference = reference_of<simd_lane>(hn::LoadU(d, largest + i));
    const C* const p = stage + i;
    const auto sum = sum_of_tile<simd_lane>(n, hn::Zero(d), [&](int64_t c) {
      // The last byte of the lane's: the line of the first has come with the lanes before.
      const int64_t ahead = c * next.class_stride_bytes + (i + lanes) * next.bytes - 1;
      __builtin_prefetch(next.p + ahead, 0, 2);
      const auto term = class_term<simd_lane>(hn::LoadU(d, p + c * pitch), reference);
      if constexpr (Keep) hn::StoreU(term, d, terms + c * pitch + i);
      return term;
    });
    hn::StoreU(sum, d, sums + i);
  }
}

// From the pairs of tiles to those of rows.
template <class C>
[[gnu::noinline]] void class_row_sums(const C* tile_largest, const C* tile_sums, int64_t tiles,
                                      int64_t pitch, C* largest, C* sums) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  for (int64_t i = 0; i < pitch; i += lanes) {
    auto top = minus_infinity<simd_lane>(hn::Zero(d));
    for (int64_t k = 0; k < tiles; ++k) {
      top = larger_number<simd_lane>(top, hn::LoadU(d, tile_largest + k * pitch + i));
    }
    const auto reference = reference_of<simd_lane>(top);
    const auto sum = sum_of_tile<simd_lane>(tiles, hn::Zero(d), [&](int64_t k) {
      return class_tile_term<simd_lane>(hn::LoadU(d, tile_largest + k * pitch + i),
                                        hn::LoadU(d, tile_sums + k * pitch + i), reference);
    });
    hn::StoreU(top, d, largest + i);
    hn::StoreU(sum, d, sums + i);
  }
}

template <class C>
[[gnu::noinline]] void class_log_sums(const C* sums, int64_t pitch, C* logs) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  for (int64_t i = 0; i < pitch; i += lanes) {
    hn::StoreU(log<simd_lane>(hn::LoadU(d, sums + i)), d, logs + i);
  }
}

// The sum of products over a tile of classes; probabilities are nullptr of labels.
template <class C, class_loss F>
[[gnu::noinline]] void product_sums(const class_loss_args& args, const C* class_weight,
                                    const C* stage, const C* probabilities, int64_t n,
                                    int64_t pitch, const class_block<C>& block, C* sums) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  const class_loss_numbers<C> numbers = numbers_of<C>(args);
  for (int64_t i = 0; i < pitch; i += lanes) {
    const auto largest = hn::LoadU(d, block.largest + i);
    const auto log_sum = hn::LoadU(d, block.log_sum + i);
    const auto sum = sum_of_tile<simd_lane>(n, hn::Zero(d), [&](int64_t c) {
      const auto loss =
          loss_of_class<simd_lane, F>(hn::LoadU(d, stage + c * pitch + i), log_sum, largest);
      if (probabilities == nullptr) {
        if (class_weight == nullptr) return loss;
        return part_of_loss<simd_lane>(hn::Set(d, class_weight[c]), loss);
      }
      auto factor =
          smoothed_probability<simd_lane>(hn::LoadU(d, probabilities + c * pitch + i), numbers);
      if (class_weight != nullptr) {
        factor = part_of_loss<simd_lane>(hn::Set(d, class_weight[c]), factor);
      }
      return part_of_loss<simd_lane>(factor, loss);
    });
    hn::StoreU(sum, d, sums + i);
  }
}

// The sums of what weighs the classes of probabilities.
template <class C>
[[gnu::noinline]] void share_sums(const class_loss_args& args, const C* class_weight,
                                  const C* probabilities, int64_t n, int64_t pitch, C* sums) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  const class_loss_numbers<C> numbers = numbers_of<C>(args);
  for (int64_t i = 0; i < pitch; i += lanes) {
    const auto sum = sum_of_tile<simd_lane>(n, hn::Zero(d), [&](int64_t c) {
      const auto p =
          smoothed_probability<simd_lane>(hn::LoadU(d, probabilities + c * pitch + i), numbers);
      if (class_weight == nullptr) return p;
      return part_of_loss<simd_lane>(hn::Set(d, class_weight[c]), p);
    });
    hn::StoreU(sum, d, sums + i);
  }
}

// What the pixels of a block weigh; +0 where one is not valid.
template <class C>
void pixel_weights(const class_loss_args& args, const class_block<C>& block, const C* weight,
                   int64_t pitch, C* weights) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  const bool by_class = args.by_labels && args.class_weighted;
  for (int64_t i = 0; i < pitch; i += lanes) {
    const auto mask = bits_to_mask(d, block.valid[i / 64] >> (i % 64));
    auto counted = weight == nullptr ? hn::Set(d, C{1}) : hn::LoadU(d, weight + i);
    if (by_class) counted = hn::Mul(hn::LoadU(d, block.weight_of + i), counted);
    hn::StoreU(hn::IfThenElseZero(mask, canonical<simd_lane>(counted)), d, weights + i);
  }
}

// The terms of a block. +0 where a pixel is not valid.
template <class C, class_loss F>
void class_loss_terms(const class_loss_args& args, const class_block<C>& block, const C* weight,
                      int64_t pitch, C* terms) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  const class_loss_numbers<C> numbers = numbers_of<C>(args);
  for (int64_t i = 0; i < pitch; i += lanes) {
    const auto mask = bits_to_mask(d, block.valid[i / 64] >> (i % 64));
    auto loss = hn::LoadU(d, block.products + i);
    auto scale = weight == nullptr ? hn::Set(d, C{1}) : hn::LoadU(d, weight + i);
    bool scaled = weight != nullptr;
    if (args.by_labels) {
      const auto of_target = loss_of_class<simd_lane, F>(hn::LoadU(d, block.of_target + i),
                                                         hn::LoadU(d, block.log_sum + i),
                                                         hn::LoadU(d, block.largest + i));
      const auto of_class = hn::LoadU(d, block.weight_of + i);
      if (numbers.smooth) {
        const auto product =
            args.class_weighted ? part_of_loss<simd_lane>(of_class, of_target) : of_target;
        loss = smoothed_loss<simd_lane>(product, loss, numbers);
      } else {
        loss = of_target;
        if (args.class_weighted) scale = hn::Mul(of_class, scale);
        scaled = scaled || args.class_weighted;
      }
    }
    loss = canonical<simd_lane>(loss);
    if (scaled) loss = weighted_term<simd_lane>(scale, loss);
    hn::StoreU(hn::IfThenElseZero(mask, loss), d, terms + i);
  }
}

// A range of pixels.
template <class C>
class class_loss_loop {
 public:
  using kind = loss_terms_of<C>;

  class_loss_loop(const class_loss_args& args, const class_loss_rooms& rooms)
      : args_(args),
        rooms_(rooms),
        class_weight_(static_cast<const C*>(args.class_weighted ? rooms.class_weight : nullptr)),
        stage_(reinterpret_cast<C*>(rooms.stage)),
        probabilities_(stage_ + stage_elements),
        tile_largest_(probabilities_ + stage_elements),
        tile_sums_(tile_largest_ + tile_numbers),
        by_rows_(reads_rows(args)),
        x_(source_of(args.x.values, kind::type)),
        p_(source_of(args.by_labels ? args.x.values : args.probabilities.values, kind::type)),
        weight_(args.weighted ? args.weight : args.x.values),
        gradient_(args),
        upstream_(args.gradient.each ? args.gradient.upstream : args.x.values),
        finish_(finish_loss_code_of(args.finish.out_type)) {
    if (args.by_labels) labels_ = label_code_of(args.target.kind);
    if (args.conditional) choose_code(args.condition, leaves_);
    if (by_rows_ && args.counts) argmax_ = argmax_code_of(args.x);
    loss_sum_.open();
    weight_sum_.open();
    if (!args.gradient.wanted) return;
    scale_ = args.gradient.scale != nullptr ? *args.gradient.scale
                                            : known_scale(args.finish, args.gradient);
    if (args.of != class_loss::nll) return;
    for (int64_t i = 0; i < most_block_pixels; ++i) {  // which have no part in it
      block_.largest[i] = C{0};
      block_.sum[i] = C{1};
    }
  }

  void run(int64_t begin, int64_t end) {
    const int64_t limit = by_rows_ ? rows_at_a_time(args_.x) : block_pixels<C>(args_.x.classes);
    for_each_tile(args_.s, begin, end, 0, limit, [&](const tile& t) { block(t); });
  }

  void close() {
    auto& all = *reinterpret_cast<loss_partial<typename kind::sum>*>(rooms_.partial);
    all.head.selected += valid_;
    all.head.excluded += excluded_;
    merge_heads(all.head, {0, 0, 0, bad_.count, bad_.first_index});
    normalise(loss_sum_.sum);
    normalise(weight_sum_.sum);
    merge(all.state.loss, loss_sum_.sum);
    merge(all.state.weight, weight_sum_.sum);
    gradient_.end();
  }

 private:
  void block(const tile& t) {
    const int64_t n = t.columns;
    const int64_t pitch = padded<C>(n);
    find_valid(t);
    const int64_t counted = count_bits(block_.valid, 0, n);
    valid_ += counted;
    excluded_ += n - counted;
    const bool sums = args_.finish.by != loss_reduction::none;
    if (counted == 0 && sums) {  // whose logits are never read
      if (args_.gradient.wanted) gradient_.clear(t);
      return;
    }
    for (int64_t i = n; i < pitch; ++i) block_.of_target[i] = block_.weight_of[i] = C{0};
    alignas(64) C weight_row[most_block_pixels];
    const C* const weight = args_.weighted ? padded_row(weight_, t, pitch, weight_row) : nullptr;
    if (sums && args_.finish.weighted) {
      pixel_weights(args_, block_, weight, pitch, weights_);
      kind::add(weights_, n, weight_sum_);
    }
    if (args_.finish.by == loss_reduction::weights) return;
    if (args_.of == class_loss::nll) {
      read_scores<class_loss::nll>(t, pitch);
    } else {
      read_scores<class_loss::cross_entropy>(t, pitch);
    }
    if (args_.counts) count(n);
    const auto compute = args_.of == class_loss::nll
                             ? class_loss_terms<C, class_loss::nll>
                             : class_loss_terms<C, class_loss::cross_entropy>;
    compute(args_, block_, weight, pitch, terms_);
    if (args_.gradient.wanted) write_gradients(t, pitch, weight);
    if (!sums) {
      finish_(block_.valid, reinterpret_cast<const unsigned char*>(terms_),
              args_.finish.out + t.element * element_bytes(args_.finish.out_type), n);
      return;
    }
    kind::add(terms_, n, loss_sum_);
  }

  // A row of an operand with zeros up to the pitch.
  BITWHERE_FN const C* padded_row(loss_operand<C>& from, const tile& t, int64_t pitch, C* to) {
    const C* const row = from.row(args_.s, t, packed_, converted_);
    memcpy(to, row, static_cast<size_t>(t.columns) * sizeof(C));
    for (int64_t i = t.columns; i < pitch; ++i) to[i] = C{0};
    return to;
  }

  // Codes of labels, and which pixels are valid.
  BITWHERE_FN void find_valid(const tile& t) {
    const int64_t n = t.columns;
    for (int64_t w = 0; w < words_of(most_block_pixels); ++w) block_.valid[w] = 0;
    const uint64_t* words = nullptr;
    if (args_.conditional) {
      condition_words(args_.s, args_.condition, leaves_, t, condition_rooms_, stack_);
      words = stack_.words[0];
    }
    if (!args_.by_labels) {
      for (int64_t w = 0; w < words_of(n); ++w) {
        const uint64_t those = n - w * 64 < 64 ? (uint64_t{1} << (n - w * 64)) - 1 : ~uint64_t{0};
        block_.valid[w] = (words == nullptr ? ~uint64_t{0} : words[w]) & those;
      }
      return;
    }
    const unsigned char* const found =
        fetch_labels(args_.s, args_.target, labels_, label_bytes(args_.target.kind), t, packed_);
    labels_.target(found, n, static_cast<int32_t>(args_.x.classes), args_.ignore, block_.target);
    if (words != nullptr) ignore_others(words, n, block_.target);
    mark_valid(n, args_.first_element + t.element);
    if (class_weight_ == nullptr) return;
    for (int64_t i = 0; i < n; ++i) {
      const int32_t code = block_.target[i];
      block_.weight_of[i] = code >= 0 ? class_weight_[code] : C{0};
    }
  }

  // Bits of the pixels whose codes are classes.
  BITWHERE_FN void mark_valid(int64_t n, int64_t first) {
    const hn::ScalableTag<int32_t> d;
    constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<int32_t>());
    for (int64_t i = n; i % lanes != 0; ++i) block_.target[i] = code_ignored;
    for (int64_t i = 0; i < n; i += lanes) {
      const auto codes = hn::LoadU(d, block_.target + i);
      const uint64_t valid = mask_to_bits(d, simd_lane::less_equal(hn::Zero(d), codes));
      block_.valid[i / 64] |= valid << (i % 64);
      const uint64_t bad = mask_to_bits(d, simd_lane::equal(codes, hn::Set(d, code_bad)));
      if (bad != 0) note_bad_bits(bad, first + i, bad_);
    }
  }

  template <class_loss F>
  BITWHERE_FN void read_scores(const tile& t, int64_t pitch) {
    if (by_rows_ || (F == class_loss::nll && !args_.counts)) {
      read_targets(t);
      if (F == class_loss::cross_entropy) row_sums(t, pitch);
      if (args_.counts) argmax_(args_.s, args_.x, t, packed_, block_.predicted);
      return;
    }
    const int64_t classes = args_.x.classes;
    const int64_t tiles = quotient_up(classes, class_tile);
    for (int64_t k = 0; k < tiles; ++k) {
      const int64_t first = k * class_tile;
      const int64_t n = classes - first < class_tile ? classes - first : class_tile;
      stage_classes(args_.s, args_.x, x_, t, first, n, pitch, packed_, stage_);
      C* const largest = tiles == 1 ? block_.largest : tile_largest_ + k * pitch;
      args_.counts ? find_largest<C, true>(stage_, first, n, pitch, largest, block_)
                   : find_largest<C, false>(stage_, first, n, pitch, largest, block_);
      if (args_.by_labels) take_targets(first, n, t.columns, pitch);
      if (F == class_loss::nll) continue;
      const bool keep = kept_terms() != nullptr && tiles == 1;
      const auto sum = keep ? class_tile_sums<C, true> : class_tile_sums<C, false>;
      sum(stage_, n, pitch, largest, next_of(t, k + 1 < tiles ? first + n : -1), kept_terms(),
          tiles == 1 ? block_.sum : tile_sums_ + k * pitch);
    }
    if (F == class_loss::nll) return;
    if (tiles > 1) {
      class_row_sums(tile_largest_, tile_sums_, tiles, pitch, block_.largest, block_.sum);
    }
    class_log_sums(block_.sum, pitch, block_.log_sum);
    if (sums_products(args_)) sum_products<F>(t, tiles, pitch);
  }

  // The logits of the class `first` of this block, or where that is -1, of class 0 of the next.
  BITWHERE_FN next_scores next_of(const tile& t, int64_t first) const {
    const operand& x = args_.x.values;
    if (x.reach != access::direct) return {reinterpret_cast<const unsigned char*>(stage_), 0, 0};
    const int64_t size = element_bytes(x.type);
    const unsigned char* const here = x.data + offset_of(args_.s, x.stride_bytes, t.at);
    const int64_t stride = args_.x.class_stride_bytes;
    return {first < 0 ? here + t.columns * size : here + first * stride, stride, size};
  }

  // Where the classes are more than a tile, their logits are read a second time.
  template <class_loss F>
  BITWHERE_FN void sum_products(const tile& t, int64_t tiles, int64_t pitch) {
    const int64_t classes = args_.x.classes;
    for (int64_t k = 0; k < tiles; ++k) {
      const int64_t first = k * class_tile;
      const int64_t n = classes - first < class_tile ? classes - first : class_tile;
      if (tiles > 1) stage_classes(args_.s, args_.x, x_, t, first, n, pitch, packed_, stage_);
      if (!args_.by_labels) {
        stage_classes(args_.s, args_.probabilities, p_, t, first, n, pitch, packed_,
                      probabilities_);
      }
      product_sums<C, F>(args_, class_weight_ == nullptr ? nullptr : class_weight_ + first, stage_,
                         args_.by_labels ? nullptr : probabilities_, n, pitch, block_,
                         tiles == 1 ? block_.products : tile_sums_ + k * pitch);
      if (!args_.gradient.wanted || args_.by_labels) continue;
      share_sums(args_, class_weight_ == nullptr ? nullptr : class_weight_ + first, probabilities_,
                 n, pitch, tiles == 1 ? shares_ : tile_largest_ + k * pitch);
    }
    if (tiles == 1) return;
    sum_sums(tile_sums_, tiles, pitch, block_.products);
    if (args_.gradient.wanted) sum_sums(tile_largest_, tiles, pitch, shares_);
  }

  // Where e^(x - m) stays for the gradient; nullptr where it is computed again.
  BITWHERE_FN C* kept_terms() const {
    if (!args_.gradient.wanted || !args_.by_labels) return nullptr;
    return sums_products(args_) ? probabilities_ : stage_;
  }

  // The gradients of a block; classes that are more than a tile are read a second time.
  BITWHERE_FN void write_gradients(const tile& t, int64_t pitch, const C* weight) {
    alignas(64) C upstream_row[most_block_pixels];
    const bool labels = args_.by_labels;
    const bool label_weights = labels && class_weight_ != nullptr;
    gradient_.find_slopes(
        scale_,
        {block_.largest, block_.sum, labels ? nullptr : shares_,
         label_weights ? block_.weight_of : nullptr, weight,
         args_.gradient.each ? padded_row(upstream_, t, pitch, upstream_row) : nullptr,
         block_.valid},
        pitch);
    if (by_rows_) {
      gradient_.write_rows(t, x_.convert, block_.target, stage_);
      return;
    }
    const int64_t classes = args_.x.classes;
    const int64_t tiles = quotient_up(classes, class_tile);
    const bool logits = args_.of == class_loss::cross_entropy;
    for (int64_t k = 0; k < tiles; ++k) {
      const int64_t first = k * class_tile;
      const int64_t n = classes - first < class_tile ? classes - first : class_tile;
      if (tiles > 1 && logits) {
        stage_classes(args_.s, args_.x, x_, t, first, n, pitch, packed_, stage_);
      }
      if (tiles > 1 && !labels) {
        stage_classes(args_.s, args_.probabilities, p_, t, first, n, pitch, packed_,
                      probabilities_);
      }
      const bool kept = tiles == 1 && kept_terms() != nullptr;
      const class_gradient_row<C> row = {kept ? kept_terms() : stage_,     kept,
                                         labels ? block_.target : nullptr, probabilities_,
                                         static_cast<int32_t>(first),      C{1}};
      gradient_.write_tile(t, n, pitch, row, class_weight_, stage_);
    }
  }

  static BITWHERE_FN void sum_sums(const C* sums, int64_t tiles, int64_t pitch, C* to) {
    const hn::ScalableTag<C> d;
    constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
    for (int64_t i = 0; i < pitch; i += lanes) {
      const auto sum = sum_of_tile<simd_lane>(
          tiles, hn::Zero(d), [&](int64_t k) { return hn::LoadU(d, sums + k * pitch + i); });
      hn::StoreU(sum, d, to + i);
    }
  }

  BITWHERE_FN void take_targets(int64_t first, int64_t n, int64_t pixels, int64_t pitch) {
    // Of a pixel that does not count, any will do.
    for (int64_t i = 0; i < pixels; ++i) {
      const int64_t c = block_.target[i] - first;
      const bool here = c >= 0 && c < n;
      const C x = stage_[(here ? c : 0) * pitch + i];
      block_.of_target[i] = here || first == 0 ? x : block_.of_target[i];
    }
  }

  // The targets' logits alone.
  BITWHERE_FN void read_targets(const tile& t) {
    int64_t i = 0;
    for_each_run(args_.s, args_.x.values.stride_bytes, t.at, t.columns,
                 [&](int64_t offset, int64_t stride, int64_t n) {
                   const unsigned char* p = args_.x.values.data + offset;
                   for (int64_t k = 0; k < n; ++k, ++i, p += stride) {
                     const int64_t c = block_.target[i];
                     block_.of_target[i] = c < 0
                                               ? C{0}
                                               : load_score<C>(args_.x.values.type,
                                                               p + c * args_.x.class_stride_bytes);
                   }
                 });
  }

  BITWHERE_FN void row_sums(const tile& t, int64_t pitch) {
    int64_t i = 0;
    for_each_run(args_.s, args_.x.values.stride_bytes, t.at, t.columns,
                 [&](int64_t offset, int64_t stride, int64_t n) {
                   const unsigned char* p = args_.x.values.data + offset;
                   for (int64_t k = 0; k < n; ++k, ++i, p += stride) {
                     // The logits of a pixel that does not count are not read.
                     const row_pair<C> pair =
                         block_.target[i] < 0
                             ? row_pair<C>{C{0}, C{1}}
                             : class_row_pair(x_.convert, p, args_.x.classes, stage_);
                     block_.largest[i] = pair.largest;
                     block_.sum[i] = pair.sum;
                   }
                 });
    for (; i < pitch; ++i) {
      block_.largest[i] = C{0};
      block_.sum[i] = C{1};
    }
    class_log_sums(block_.sum, pitch, block_.log_sum);
  }

  // Predictions against targets, as metrics count them.
  BITWHERE_FN void count(int64_t n) {
    const auto classes = static_cast<int32_t>(args_.x.classes);
    for (int64_t i = 0; i < n; ++i) {
      rooms_.agreement->correct +=
          block_.target[i] >= 0 && block_.target[i] == block_.predicted[i] ? 1 : 0;
      rooms_.agreement->valid += block_.target[i] >= 0 ? 1 : 0;
    }
    if (rooms_.cells == nullptr) return;
    fill_cells(block_.target, block_.predicted, n, classes);
    if (rooms_.cells->bins == nullptr) {
      count_cells_shared(block_.predicted, n, *rooms_.cells, 1);
    } else {
      const upcoming nothing = {nullptr, 0};
      count_cells(block_.predicted, n, *rooms_.cells, nothing, nothing);
    }
  }

  static constexpr int64_t stage_elements = class_block_bytes / static_cast<int64_t>(sizeof(C));
  static constexpr int64_t tile_numbers = class_lanes * (stage_elements / class_tile);

  const class_loss_args& args_;
  const class_loss_rooms& rooms_;
  const C* class_weight_;
  C* stage_;
  C* probabilities_;
  C* tile_largest_;
  C* tile_sums_;
  bool by_rows_;
  source_code x_;
  source_code p_;
  loss_operand<C> weight_;
  class_gradients_of_block<C> gradient_;
  loss_operand<C> upstream_;
  loss_scale scale_ = {};
  alignas(64) C shares_[most_block_pixels];
  finish_loss_function finish_;
  label_code labels_ = {};
  argmax_function argmax_ = nullptr;
  condition_code leaves_;
  condition_stack stack_;
  scratch condition_rooms_[condition_rooms];
  scratch packed_;
  scratch converted_;
  class_block<C> block_;
  alignas(64) C terms_[most_block_pixels];
  alignas(64) C weights_[most_block_pixels];
  typename kind::accumulator loss_sum_;
  typename kind::accumulator weight_sum_;
  report bad_ = {0, -1};
  int64_t valid_ = 0;
  int64_t excluded_ = 0;
};

template <class C>
void class_loss_pixels(const class_loss_args& args, int64_t begin, int64_t end,
                       const class_loss_rooms& rooms) {
  class_loss_loop<C> loop(args, rooms);
  loop.run(begin, end);
  loop.close();
}

// Pixels [begin, end), added to a loss_partial of the terms' type.
void class_loss_range(const class_loss_args& args, int64_t begin, int64_t end,
                      const class_loss_rooms& rooms) {
  args.finish.f64 ? class_loss_pixels<double>(args, begin, end, rooms)
                  : class_loss_pixels<float>(args, begin, end, rooms);
}

// The weights of the classes side by side, in the type that is computed in.
void fill_class_weights(const class_loss_args& args, unsigned char* to) {
  const dtype type = args.finish.f64 ? dtype::f64 : dtype::f32;
  const convert_code code = convert_code_of(args.class_weight.type, type);
  const int64_t size = element_bytes(type);
  for (int64_t c = 0; c < args.x.classes; ++c) {
    const unsigned char* const p = args.class_weight.data + c * args.class_weight.stride_bytes;
    if (changes(code)) {
      convert_run(code, p, to + c * size, 1);
    } else {
      memcpy(to + c * size, p, static_cast<size_t>(size));
    }
  }
}

const char* class_loss_path(const class_loss_args& args) {
  if (args.of == class_loss::nll) return args.counts ? "class_loss.planes" : "class_loss.targets";
  return reads_rows(args) ? "class_loss.rows" : "class_loss.planes";
}

}  // namespace
}  // namespace bitwhere::kernels
