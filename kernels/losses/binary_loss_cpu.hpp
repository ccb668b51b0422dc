// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "binary_loss_formula.hpp"
#include "loss_terms_cpu.hpp"

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
};

// The bits of the elements from i on that the condition admits.
BITWHERE_FN uint64_t admitted_bits(const uint64_t* words, int64_t i) {
  return words == nullptr ? ~uint64_t{0} : words[i / 64] >> (i % 64);
}

// Computes a row. What was admitted and cannot be computed goes to `bad`, `first` being the index
// of the row's first element.
template <class C, binary_loss F>
void binary_loss_terms(const binary_loss_args& args, const binary_loss_row<C>& row,
                       int64_t elements, int64_t first, report& bad) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  const binary_loss_numbers<C> numbers = numbers_of<C>(args);
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
    auto term = binary_loss_formula<simd_lane, F>(x, t, q, numbers);
    auto size = size_of_element<simd_lane, F>(x, t);
    if (row.weight != nullptr) {
      const auto weight = hn::LoadU(d, row.weight + i);
      term = weighted_term<simd_lane>(weight, term);
      size = is_dice(F) ? weighted_term<simd_lane>(weight, size) : weight;
    }
    if (row.weights != nullptr) hn::StoreU(hn::IfThenElseZero(mask, size), d, row.weights + i);
    hn::StoreU(hn::IfThenElseZero(mask, term), d, row.terms + i);
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
    C term = binary_loss_formula<scalar_lane, F>(x, t, q, numbers);
    C size = size_of_element<scalar_lane, F>(x, t);
    if (row.weight != nullptr) {
      term = weighted_term<scalar_lane>(row.weight[i], term);
      size = is_dice(F) ? weighted_term<scalar_lane>(row.weight[i], size) : row.weight[i];
    }
    if (row.weights != nullptr) row.weights[i] = counts ? size : C{0};
    row.terms[i] = counts ? term : C{0};
  }
}

template <class C>
using binary_loss_function = void (*)(const binary_loss_args&, const binary_loss_row<C>&, int64_t,
                                      int64_t, report&);

template <class C>
void binary_loss_elements(const binary_loss_args& args, int64_t begin, int64_t end, int64_t* into) {
  using kind = loss_terms_of<C>;
  auto& all = *reinterpret_cast<loss_partial<typename kind::sum>*>(into);
  const bool sums = args.finish.by != loss_reduction::none;
  const bool sums_weights = sums && args.finish.weighted;
  const auto compute = with_binary_loss(
      args.of, []<binary_loss F>() -> binary_loss_function<C> { return binary_loss_terms<C, F>; });
  const finish_loss_function finish = finish_loss_code_of(args.finish.out_type);
  condition_code leaves;
  if (args.conditional) choose_code(args.condition, leaves);
  condition_stack stack;
  scratch rooms[condition_rooms];
  scratch converted[4];
  loss_operand<C> x(args.x);
  loss_operand<C> target(args.target);
  loss_operand<C> weight(args.weighted ? args.weight : args.x);
  loss_operand<C> pos_weight(args.positives_weighted ? args.pos_weight : args.x);
  alignas(64) C terms[kind::most];
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
                              element_bytes(args.pos_weight.type)}) {
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
    row.x = x.row(args.s, t, rooms[0], converted[0]);
    row.target = target.row(args.s, t, rooms[1], converted[1]);
    if (args.weighted) row.weight = weight.row(args.s, t, rooms[2], converted[2]);
    if (args.positives_weighted) {
      row.pos_weight = pos_weight.row(args.s, t, rooms[3], converted[3]);
    }
    row.valid = valid;
    row.terms = terms;
    row.weights = sums_weights ? weights : nullptr;
    compute(args, row, t.columns, args.first_element + t.element, bad);
    const int64_t counted = count_bits(valid, 0, t.columns);
    all.head.selected += counted;
    all.head.excluded += t.columns - counted;
    if (!sums) {
      unsigned char* const to = args.finish.out + t.element * element_bytes(args.finish.out_type);
      finish(valid, reinterpret_cast<const unsigned char*>(terms), to, t.columns);
    } else if (counted != 0) {
      kind::add(terms, t.columns, loss_sum);
      if (sums_weights) kind::add(weights, t.columns, weight_sum);
    }
  });
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
