// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "binary_gradient_formula.hpp"
#include "loss_gradient_cpu.hpp"

// A tile's operands are brought to f32 or f64 in the cache, its terms computed there, and summed up
// or narrowed to the output.
namespace bitwhere::kernels {
namespace {

// A row of what a loss is computed from, and where it goes.
template <class C>
struct binary_loss_row {
  const C* x;
  const C* target;
  const C* weight;        // nullptr: 1
  const C* pos_weight;    // nullptr: 1
  const uint64_t* words;  // of the condition; nullptr: everywhere
  uint64_t* valid;        // bits of the elements that count
  C* terms;               // +0 where they do not
  C* weights;             // likewise, or nullptr
  const C* upstream;      // nullptr: 1
  C* gradient;
};

// What of a row is computed.
enum class binary_task { loss, gradient, weights };

// The bits of the elements from i on that the condition admits.
BITWHERE_FN uint64_t admitted_bits(const uint64_t* words, int64_t i) {
  return words == nullptr ? ~uint64_t{0} : words[i / 64] >> (i % 64);
}

// Computes a row. What was admitted and cannot be computed goes to `bad`, `first` being the index
// of the row's first element.
template <class C, binary_loss F, binary_task Task>
void binary_loss_terms(const binary_loss_args& args, const loss_scale& scale,
                       const binary_loss_row<C>& row, int64_t elements, int64_t first,
                       report& bad) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  const binary_loss_numbers<C> numbers = numbers_of<C>(args);
  const binary_slope_numbers<C> sums = {static_cast<C>(scale.of_common),
                                        static_cast<C>(scale.of_size)};
  const auto of_all = static_cast<C>(scale.scale);
  for (int64_t w = 0; w < words_of(elements); ++w) row.valid[w] = 0;
  const auto ones = hn::Set(d, C{1});
  int64_t i = 0;
  for (; i + lanes <= elements; i += lanes) {
    const auto x = hn::LoadU(d, row.x + i);
    const auto t = hn::LoadU(d, row.target + i);
    const auto q = row.pos_weight == nullptr ? ones : hn::LoadU(d, row.pos_weight + i);
    constexpr uint64_t all = lanes == 64 ? ~uint64_t{0} : (uint64_t{1} << (lanes % 64)) - 1;
    const uint64_t admitted = admitted_bits(row.words, i) & all;
    const uint64_t good = mask_to_bits(d, acceptable<simd_lane, F>(x, t)) & all;
    const uint64_t counts = admitted & good;
    row.valid[i / 64] |= counts << (i % 64);
    if (admitted != counts) note_bad_bits(admitted & ~good, first + i, bad);
    const auto mask = bits_to_mask(d, counts);
    const auto weight = row.weight == nullptr ? ones : hn::LoadU(d, row.weight + i);
    auto size = size_of_element<simd_lane, F>(x, t);
    if (row.weight != nullptr) {
      size = is_dice(F) ? weighted_term<simd_lane>(weight, size) : weight;
    }
    if (row.weights != nullptr) hn::StoreU(hn::IfThenElseZero(mask, size), d, row.weights + i);
    if constexpr (Task != binary_task::weights) {
      auto term = binary_loss_formula<simd_lane, F>(x, t, q, numbers);
      if (row.weight != nullptr) term = weighted_term<simd_lane>(weight, term);
      hn::StoreU(hn::IfThenElseZero(mask, term), d, row.terms + i);
    }
    if constexpr (Task == binary_task::gradient) {
      const auto up = row.upstream == nullptr ? hn::Set(d, of_all) : hn::LoadU(d, row.upstream + i);
      const auto slope = binary_loss_slope<simd_lane, F>(x, t, q, numbers, sums);
      hn::StoreU(gradient_of<simd_lane>(up, weight, slope), d, row.gradient + i);
    }
  }
  for (; i < elements; ++i) {
    const C x = row.x[i];
    const C t = row.target[i];
    const C q = row.pos_weight == nullptr ? C{1} : row.pos_weight[i];
    const bool admitted = (admitted_bits(row.words, i) & 1) != 0;
    const bool good = acceptable<scalar_lane, F>(x, t);
    const bool counts = admitted && good;
    if (counts) row.valid[i / 64] |= uint64_t{1} << (i % 64);
    if (admitted && !good) merge(bad, report{1, first + i});
    const C weight = row.weight == nullptr ? C{1} : row.weight[i];
    C size = size_of_element<scalar_lane, F>(x, t);
    if (row.weight != nullptr)
      size = is_dice(F) ? weighted_term<scalar_lane>(weight, size) : weight;
    if (row.weights != nullptr) row.weights[i] = counts ? size : C{0};
    if constexpr (Task != binary_task::weights) {
      C term = binary_loss_formula<scalar_lane, F>(x, t, q, numbers);
      if (row.weight != nullptr) term = weighted_term<scalar_lane>(weight, term);
      row.terms[i] = counts ? term : C{0};
    }
    if constexpr (Task == binary_task::gradient) {
      const C up = row.upstream == nullptr ? of_all : row.upstream[i];
      const C slope = binary_loss_slope<scalar_lane, F>(x, t, q, numbers, sums);
      row.gradient[i] = gradient_of<scalar_lane>(up, weight, slope);
    }
  }
}

template <class C>
using binary_loss_function = void (*)(const binary_loss_args&, const loss_scale&,
                                      const binary_loss_row<C>&, int64_t, int64_t, report&);

template <class C, binary_task Task>
binary_loss_function<C> binary_loss_code_for(binary_loss of) {
  return with_binary_loss(
      of, []<binary_loss F>() -> binary_loss_function<C> { return binary_loss_terms<C, F, Task>; });
}

template <class C>
binary_loss_function<C> binary_loss_code_of(const binary_loss_args& args) {
  if (args.finish.by == loss_reduction::weights) {
    return binary_loss_code_for<C, binary_task::weights>(args.of);
  }
  return args.gradient.wanted ? binary_loss_code_for<C, binary_task::gradient>(args.of)
                              : binary_loss_code_for<C, binary_task::loss>(args.of);
}

template <class C>
void binary_loss_elements(const binary_loss_args& args, int64_t begin, int64_t end, int64_t* into) {
  using kind = loss_terms_of<C>;
  auto& all = *reinterpret_cast<loss_partial<typename kind::sum>*>(into);
  const bool sums = args.finish.by != loss_reduction::none;
  const bool sums_weights = sums && args.finish.weighted;
  const bool weights_alone = args.finish.by == loss_reduction::weights;
  const bool reads_x = !weights_alone || of_probabilities(args.of);
  const auto compute = binary_loss_code_of<C>(args);
  const finish_loss_function finish = finish_loss_code_of(args.finish.out_type);
  condition_code leaves;
  if (args.conditional) choose_code(args.condition, leaves);
  condition_stack stack;
  scratch rooms[condition_rooms];
  scratch converted[6];
  loss_operand<C> x(args.x);
  loss_operand<C> target(args.target);
  loss_operand<C> weight(args.weighted ? args.weight : args.x);
  loss_operand<C> pos_weight(args.positives_weighted ? args.pos_weight : args.x);
  const loss_gradient_args& wanted = args.gradient;
  loss_operand<C> upstream(wanted.each ? wanted.upstream : args.x);
  gradient_output<C> gradient(args.s, wanted, args.x.type, args.s.elements, args.x.data);
  loss_scale scale = {1, 0, 0, 0};
  if (wanted.wanted) {
    scale = wanted.scale != nullptr ? *wanted.scale : known_scale(args.finish, wanted);
  }
  alignas(64) C terms[kind::most];
  alignas(64) C slopes[kind::most];
  alignas(64) C weights[kind::most];
  uint64_t valid[most_loss_terms / 64];
  typename kind::accumulator loss_sum;
  typename kind::accumulator weight_sum;
  report bad = {0, -1};
  loss_sum.open();
  weight_sum.open();

  int64_t widest = args.conditional ? widest_of(args.condition) : 1;
  for (const int64_t bytes : {static_cast<int64_t>(sizeof(C)), element_bytes(args.x.type),
                              element_bytes(args.target.type), element_bytes(args.weight.type),
                              element_bytes(args.pos_weight.type),
                              wanted.wanted ? element_bytes(wanted.upstream.type) : 1}) {
    if (bytes > widest) widest = bytes;
  }
  const int64_t fits = scratch_bytes / widest;
  const int64_t limit = fits < kind::most ? fits : kind::most;
  for_each_tile(args.s, begin, end, 0, limit, [&](const tile& t) {
    binary_loss_row<C> row = {};
    if (args.conditional) {
      condition_words(args.s, args.condition, leaves, t, rooms, stack);
      row.words = stack.words[0];
    }
    row.target = target.row(args.s, t, rooms[1], converted[1]);
    row.x = reads_x ? x.row(args.s, t, rooms[0], converted[0]) : row.target;
    if (args.weighted) row.weight = weight.row(args.s, t, rooms[2], converted[2]);
    if (args.positives_weighted) {
      row.pos_weight = pos_weight.row(args.s, t, rooms[3], converted[3]);
    }
    row.valid = valid;
    row.terms = terms;
    row.weights = sums_weights ? weights : nullptr;
    if (wanted.each) row.upstream = upstream.row(args.s, t, converted[5], converted[4]);
    row.gradient = slopes;
    compute(args, scale, row, t.columns, args.first_element + t.element, bad);
    if (wanted.wanted) gradient.row(t, 0, valid, slopes);
    const int64_t counted = count_bits(valid, 0, t.columns);
    all.head.selected += counted;
    all.head.excluded += t.columns - counted;
    if (!sums) {
      unsigned char* const to = args.finish.out + t.element * element_bytes(args.finish.out_type);
      finish(valid, reinterpret_cast<const unsigned char*>(terms), to, t.columns);
    } else if (counted != 0) {
      if (!weights_alone) kind::add(terms, t.columns, loss_sum);
      if (sums_weights) kind::add(weights, t.columns, weight_sum);
    }
  });
  gradient.end();
  all.head.bad += bad.count;
  if (static_cast<uint64_t>(bad.first_index) < static_cast<uint64_t>(all.head.first_bad)) {
    all.head.first_bad = bad.first_index;
  }
  normalise(loss_sum.sum);
  normalise(weight_sum.sum);
  merge(all.state.loss, loss_sum.sum);
  merge(all.state.weight, weight_sum.sum);
}

// Elements [begin, end), added to a loss_partial of the terms' type.
void binary_loss_range(const binary_loss_args& args, int64_t begin, int64_t end, int64_t* into) {
  args.finish.f64 ? binary_loss_elements<double>(args, begin, end, into)
                  : binary_loss_elements<float>(args, begin, end, into);
}

}  // namespace
}  // namespace bitwhere::kernels
