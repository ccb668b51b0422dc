// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../reduce/reduce_formula.hpp"
#include "loss_args.hpp"

// What a loss is weighted by, what sums of losses keep, and what they finish to.
namespace bitwhere::kernels {

// A computed NaN is the canonical one.
template <class L, class V>
BITWHERE_FN V canonical(V value) {
  using T = typename L::template element<V>;
  return L::select(L::equal(value, value), value, L::fill(value, quiet_nan(T())));
}

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

// The exact sums of the terms and of the weights of elements that count.
template <class Sum>
struct loss_sums {
  Sum loss;
  Sum weight;
};

template <class Sum>
using loss_partial = partial<loss_sums<Sum>>;

template <class Sum>
BITWHERE_FN void clear(loss_sums<Sum>& to) {
  clear(to.loss);
  clear(to.weight);
}

template <class Sum>
BITWHERE_FN void normalise(loss_sums<Sum>& of) {
  normalise(of.loss);
  normalise(of.weight);
}

template <class Sum>
BITWHERE_FN void merge(loss_sums<Sum>& into, const loss_sums<Sum>& from) {
  merge(into.loss, from.loss);
  merge(into.weight, from.weight);
}

template <class Sum>
BITWHERE_FN double denominator_of(const loss_finish_args& args, const loss_partial<Sum>& of) {
  double n;
  switch (args.over) {
    case normaliser::weights:
      n = args.weighted ? rounded_to_f64(of.state.weight) : static_cast<double>(of.head.selected);
      break;
    case normaliser::valid:
      n = static_cast<double>(of.head.selected);
      break;
    case normaliser::all:
      n = static_cast<double>(args.elements);
      break;
    default:
      n = args.denominator;
  }
  return args.denominator_eps == 0 ? n : n + args.denominator_eps;
}

// The one result of a sum or a mean, in the dtype of the output.
template <class Sum>
BITWHERE_FN void store_loss(const loss_finish_args& args, const loss_partial<Sum>& of) {
  uint64_t bits;
  if (args.by == loss_reduction::sum) {
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

}  // namespace bitwhere::kernels
