// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "loss_formula.hpp"

// Gradients of results by x. An element's is (scale * weight) * slope, the slope being the
// derivative of its loss, and the scale what the result's own gradient is, divided by what a mean
// is divided by. Where an element does not count or has weight 0, it is +0 by selection.
namespace bitwhere::kernels {

BITWHERE_FN double upstream_of(const loss_gradient_args& args) {
  if (args.each) return 1;
  const operand& from = args.upstream;
  return number_at(from.type, from.data != nullptr ? from.data : from.value);
}

// Of a mean of nothing that is 0, the gradient is, too.
BITWHERE_FN double scale_over(const loss_finish_args& args, double upstream, double divisor) {
  return divisor == 0 && args.empty_zero ? 0 : upstream / divisor;
}

// The scale that takes no sums.
BITWHERE_FN loss_scale known_scale(const loss_finish_args& finish, const loss_gradient_args& args) {
  const double upstream = upstream_of(args);
  const bool divides = finish.by == loss_reduction::mean || finish.over != normaliser::usual;
  if (!divides) return {upstream, 0, 0, 0};
  const double divisor = known_denominator(finish);
  const double eps = finish.denominator_eps;
  return {scale_over(finish, upstream, eps == 0 ? divisor : divisor + eps), 0, 0, 0};
}

// The scale of the sums over all elements.
template <class Sum>
BITWHERE_FN loss_scale scale_of(const loss_finish_args& finish, const loss_gradient_args& args,
                                const loss_partial<Sum>& of) {
  const double upstream = upstream_of(args);
  if (!finish.dice) {
    return {scale_over(finish, upstream, denominator_of(finish, of)), 0, 0, 0};
  }
  // Of 1 - (2 I + e) / (D + e).
  const double eps = finish.denominator_eps;
  const double common = 2 * rounded_to_f64(of.state.loss);
  const double size = rounded_to_f64(of.state.weight);
  const double divisor = eps == 0 ? size : size + eps;
  if (divisor == 0 && finish.empty_zero) return {upstream, 0, 0, 0};
  const double dividend = eps == 0 ? common : common + eps;
  return {upstream, -2 / divisor, dividend / (divisor * divisor), 0};
}

// The gradient of an element.
template <class L, class V>
BITWHERE_FN V gradient_of(V scale, V weight, V slope) {
  const V zero = L::fill(slope, 0);
  return L::select(L::equal(weight, zero), zero,
                   canonical<L>(L::multiply(L::multiply(scale, weight), slope)));
}

}  // namespace bitwhere::kernels
