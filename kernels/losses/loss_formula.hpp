// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/canonical.hpp"
#include "../reduce/reduce_formula.hpp"
#include "loss_args.hpp"

// What a loss is weighted by, what sums of losses keep, and what they finish to.
namespace bitwhere::kernels {

// factor * value, and 0 where the factor is 0.
template <class L, class V>
BITWHERE_FN V part_of_loss(V factor, V value) {
  const V zero = L::fill(value, 0);
  return L::select(L::equal(factor, zero), zero, L::multiply(factor, value));
}

// weight * loss, and +0 where the weight is 0 whatever the loss is: by selection.
template <class L, class V>
BITWHERE_FN V weighted_term(V weight, V loss) {
  const V zero = L::fill(loss, 0);
  return L::select(L::equal(weight, zero), zero, canonical<L>(L::multiply(weight, loss)));
}

// Word 0 of a partial: its kind, whether there were weights, whether a mean is divided by them
// unless it is said otherwise, and whether it is of Dice.
BITWHERE_FN constexpr int64_t loss_tag(bool f64, bool weighted, bool by_weights, bool dice) {
  const auto kind = static_cast<int64_t>(f64 ? partial_kind::f64_losses : partial_kind::f32_losses);
  return partial_version | kind << 8 | int64_t{weighted} << 16 | int64_t{by_weights} << 17 |
         int64_t{dice} << 18;
}
BITWHERE_FN constexpr int64_t tag_of(const loss_finish_args& args) {
  return loss_tag(args.f64, args.weighted, args.by_weights, args.dice);
}

// A number of any floating dtype.
BITWHERE_FN double number_at(dtype type, const unsigned char* p) {
  switch (type) {
    case dtype::f16:
      return static_cast<double>(widen(load<half_bits>(p)));
    case dtype::bf16:
      return static_cast<double>(widen(load<bfloat_bits>(p)));
    case dtype::f32:
      return static_cast<double>(load<float>(p));
    default:
      return load<double>(p);
  }
}

// What a mean is divided by where that takes no sums over elements.
BITWHERE_FN double known_denominator(const loss_finish_args& args) {
  if (args.over == normaliser::all) return static_cast<double>(args.elements);
  if (args.over == normaliser::tensor) return number_at(args.divisor_type, args.divisor);
  return args.denominator;
}

template <class Sum>
BITWHERE_FN double denominator_of(const loss_finish_args& args, const loss_partial<Sum>& of) {
  const bool weighted = (of.head.tag >> 16 & 1) != 0;
  const bool by_weights = (of.head.tag >> 17 & 1) != 0;
  const normaliser usual = by_weights ? normaliser::weights : normaliser::valid;
  double n;
  switch (args.over == normaliser::usual ? usual : args.over) {
    case normaliser::weights:
      n = weighted ? rounded_to_f64(of.state.weight) : static_cast<double>(of.head.selected);
      break;
    case normaliser::valid:
      n = static_cast<double>(of.head.selected);
      break;
    case normaliser::all:
      n = static_cast<double>(wrapping_sum(of.head.selected, of.head.excluded));
      break;
    default:
      n = known_denominator(args);
  }
  return args.denominator_eps == 0 ? n : n + args.denominator_eps;
}

BITWHERE_FN uint64_t dice_loss(const loss_finish_args& args, double common, double size) {
  const double eps = args.denominator_eps;
  const double divisor = eps == 0 ? size : size + eps;
  if (divisor == 0) return args.empty_zero ? 0 : nan_of(format_of(args.out_type));
  const double dividend = eps == 0 ? 2 * common : 2 * common + eps;
  return rounded(1 - dividend / divisor, args.out_type);
}

// The one result of a sum or a mean, in the dtype of the output, or the partial itself.
template <class Sum>
BITWHERE_FN void store_loss(const loss_finish_args& args, const loss_partial<Sum>& of) {
  if (keeps_words(args.by)) {
    auto* const to = reinterpret_cast<int64_t*>(args.out);
    const auto* const from = reinterpret_cast<const int64_t*>(&of);
    BITWHERE_ROLLED
    for (size_t k = 0; k < sizeof of / 8; ++k) to[k] = from[k];
    return;
  }
  uint64_t bits;
  if ((of.head.tag >> 18 & 1) != 0) {
    bits = dice_loss(args, rounded_to_f64(of.state.loss), rounded_to_f64(of.state.weight));
  } else if (args.by == loss_reduction::sum) {
    bits = rounded(of.state.loss, args.out_type);
  } else {
    const double divisor = denominator_of(args, of);
    if (divisor == 0) {
      bits = args.empty_zero ? 0 : nan_of(format_of(args.out_type));
    } else {
      bits = rounded(rounded_to_f64(of.state.loss) / divisor, args.out_type);
    }
  }
  store_bits(args.out, bits, element_bytes(args.out_type));
}

// What the result of a partial is: with loss_reduction::weights that which a mean is divided by.
template <class Sum>
BITWHERE_FN void store_finished(const loss_finish_args& args, const loss_partial<Sum>& of) {
  if (args.by != loss_reduction::weights) {
    store_loss(args, of);
    return;
  }
  const uint64_t bits = rounded(denominator_of(args, of), args.out_type);
  store_bits(args.out, bits, element_bytes(args.out_type));
}

// The same of words that may be no partial of losses, which finishes as one of nothing: its report
// is {1, -1}.
template <class Sum>
BITWHERE_FN report finish_loss_partial(const loss_finish_args& args, const int64_t* words) {
  constexpr partial_kind kind = sizeof(loss_partial<Sum>) == sizeof(loss_partial<f32_sum>)
                                    ? partial_kind::f32_losses
                                    : partial_kind::f64_losses;
  if (kind_of_tag(words[0]) == kind && is_partial(kind, words)) {
    const auto& of = *reinterpret_cast<const loss_partial<Sum>*>(words);
    store_finished(args, of);
    return {of.head.bad, of.head.first_bad};
  }
  loss_partial<Sum> none;
  clear(none, 0);
  store_finished(args, none);
  return {1, -1};
}

}  // namespace bitwhere::kernels
