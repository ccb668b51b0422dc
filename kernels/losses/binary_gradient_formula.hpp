// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "binary_loss_formula.hpp"
#include "loss_gradient_formula.hpp"

// The slopes of the losses of binary_loss_formula.hpp by x; s is sigmoid(x), s' is 1 - s.
//
//   clamp   (x - t + (1 - q) t (1 - x)) / max(x (1 - x), 1e-12): the clamp of the logarithms is not
//           differentiated, as in torch
//   eps     (1 - t) / ((1 - x) + eps) - q t / (x + eps), a part whose factor is 0 being 0
//   logits  (1 - t) s - q t s'
//   focal   of u^gamma l: gamma u^(gamma - 1) u' l + u^gamma l', where u' is (1 - 2 t) s s'
//   dice    of_common t + of_size (1 or 2 x), of the sums over all elements: loss_scale
namespace bitwhere::kernels {

template <class T>
struct binary_slope_numbers {
  T of_common;
  T of_size;
};

// sigmoid(x) and 1 - sigmoid(x): the smaller one is computed, of which the other keeps all bits.
template <class V>
struct two_sigmoids {
  V of_x;
  V of_minus_x;
};

template <class L, class V>
BITWHERE_FN two_sigmoids<V> sigmoids_of(V x) {
  const auto negative = L::less(x, L::fill(x, 0));
  const V small = sigmoid<L>(L::select(negative, x, L::minus(x)));
  const V large = L::subtract(L::fill(x, 1), small);
  return {L::select(negative, small, large), L::select(negative, large, small)};
}

template <class L, class V>
BITWHERE_FN V quotient_part(V factor, V divisor) {
  const V zero = L::fill(factor, 0);
  return L::select(L::equal(factor, zero), zero, L::divide(factor, divisor));
}

template <class L, class V>
BITWHERE_FN V binary_logits_slope(V t, V q, const two_sigmoids<V>& s) {
  return L::subtract(L::multiply(L::subtract(L::fill(t, 1), t), s.of_x),
                     L::multiply(L::multiply(q, t), s.of_minus_x));
}

// gamma u^(gamma - 1).
template <class L, class V, class T>
BITWHERE_FN V focal_power_slope(V u, T gamma) {
  if (gamma == T{0}) return L::fill(u, 0);
  if (gamma == T{1}) return L::fill(u, 1);
  if (gamma == T{2}) return L::add(u, u);
  return L::multiply(L::fill(u, gamma), focal_power<L>(u, gamma - 1));
}

template <class L, class V, class T>
BITWHERE_FN V focal_slope(V x, V t, V q, const binary_loss_numbers<T>& with) {
  const V one = L::fill(x, 1);
  const V others = L::subtract(one, t);
  const two_sigmoids<V> s = sigmoids_of<L>(x);
  const V u = L::add(L::multiply(t, s.of_minus_x), L::multiply(others, s.of_x));
  const V of_u = L::multiply(L::subtract(others, t), L::multiply(s.of_x, s.of_minus_x));
  const V by_u = L::multiply(focal_power_slope<L>(u, with.gamma), binary_logits_loss<L>(x, t, q));
  V slope = L::add(part_of_loss<L>(of_u, by_u),
                   L::multiply(focal_power<L>(u, with.gamma), binary_logits_slope<L>(t, q, s)));
  if (with.balanced) {
    const V alpha = L::fill(x, with.alpha);
    const V balance = L::add(L::multiply(alpha, t), L::multiply(L::subtract(one, alpha), others));
    slope = L::multiply(balance, slope);
  }
  return slope;
}

template <class L, binary_loss F, class V, class T>
BITWHERE_FN V binary_loss_slope(V x, V t, V q, const binary_loss_numbers<T>& with,
                                const binary_slope_numbers<T>& sums) {
  const V one = L::fill(x, 1);
  const V rest = L::subtract(one, x);
  if constexpr (F == binary_loss::clamp) {
    const V positives = L::multiply(L::multiply(L::subtract(one, q), t), rest);
    const V divisor = at_least<L>(L::multiply(rest, x), L::fill(x, 1e-12));
    return L::divide(L::add(L::subtract(x, t), positives), divisor);
  } else if constexpr (F == binary_loss::eps) {
    const V eps = L::fill(x, with.eps);
    return L::subtract(quotient_part<L>(L::subtract(one, t), L::add(rest, eps)),
                       quotient_part<L>(L::multiply(q, t), L::add(x, eps)));
  } else if constexpr (F == binary_loss::logits) {
    return binary_logits_slope<L>(t, q, sigmoids_of<L>(x));
  } else if constexpr (F == binary_loss::focal) {
    return focal_slope<L>(x, t, q, with);
  } else {
    const V of_size = L::fill(x, sums.of_size);
    return L::add(L::multiply(L::fill(x, sums.of_common), t),
                  F == binary_loss::dice ? of_size : L::multiply(of_size, L::add(x, x)));
  }
}

}  // namespace bitwhere::kernels
