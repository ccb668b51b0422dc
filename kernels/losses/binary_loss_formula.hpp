// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../elementwise/elementwise_formula.hpp"
#include "binary_loss_args.hpp"
#include "loss_formula.hpp"

// The losses of one element, x against a target t in [0, 1]; q weighs the positive part.
//
//   clamp   (t - 1) max(ln(1 - x), -100) - q t max(ln x, -100)
//   eps     -(q t ln(x + eps) + (1 - t) ln((1 - x) + eps)), in that order
//   logits  q t softplus(-x) + (1 - t) softplus(x), a part whose factor is 0 being 0: of +-Inf 0
//           on the right side, +Inf on the wrong one
//   focal   logits, times u^gamma, where u = t sigmoid(-x) + (1 - t) sigmoid(x), times
//           alpha t + (1 - alpha)(1 - t): Lin and others, Focal Loss for Dense Object Detection,
//           2017
//   dice    1 - (2 I + e) / (D + e) of all elements together, I being the sum of x t and D that of
//           x + t, or of x^2 + t^2: Milletari and others, V-Net, 2016. The first is an element's
//           term, the second stands where its weight does
namespace bitwhere::kernels {

// The numbers of a call in the type that is computed in.
template <class T>
struct binary_loss_numbers {
  T eps;
  T alpha;
  T gamma;
  bool balanced;
};

template <class T>
BITWHERE_FN binary_loss_numbers<T> numbers_of(const binary_loss_args& args) {
  return {static_cast<T>(args.eps), static_cast<T>(args.alpha), static_cast<T>(args.gamma),
          args.balanced};
}

// Whether an element can be computed: targets in [0, 1], probabilities, too. NaN is in no range.
template <class L, binary_loss F, class V>
BITWHERE_FN auto acceptable(V x, V t) {
  const V zero = L::fill(x, 0);
  const V one = L::fill(x, 1);
  const auto target = L::both(L::less_equal(zero, t), L::less_equal(t, one));
  if constexpr (!of_probabilities(F)) {
    return target;
  } else {
    return L::both(target, L::both(L::less_equal(zero, x), L::less_equal(x, one)));
  }
}

template <class L, class V>
BITWHERE_FN V at_least(V x, V least) {
  return L::select(L::less(x, least), least, x);
}

template <class L, class V>
BITWHERE_FN V binary_logits_loss(V x, V t, V q) {
  const V zero = L::fill(x, 0);
  const auto negative = L::less(x, zero);
  // ln(1 + e^-|x|), which either part adds its linear one to: no difference is taken.
  const V bend = softplus<L>(L::select(negative, x, L::minus(x)));
  const V of_positive = L::add(bend, L::select(negative, L::minus(x), zero));
  const V of_negative = L::add(bend, L::select(negative, zero, x));
  return L::add(part_of_loss<L>(L::multiply(q, t), of_positive),
                part_of_loss<L>(L::subtract(L::fill(x, 1), t), of_negative));
}

// u^gamma: the exponents in use are products, of which every bit is known.
template <class L, class V, class T>
BITWHERE_FN V focal_power(V u, T gamma) {
  if (gamma == T{0}) return L::fill(u, 1);
  if (gamma == T{1}) return u;
  if (gamma == T{2}) return L::multiply(u, u);
  return exp<L>(L::multiply(L::fill(u, gamma), log<L>(u)));
}

template <class L, binary_loss F, class V, class T>
BITWHERE_FN V binary_loss_formula(V x, V t, V q, const binary_loss_numbers<T>& with) {
  const V one = L::fill(x, 1);
  const V others = L::subtract(one, t);
  V loss;
  if constexpr (F == binary_loss::clamp) {
    const V least = L::fill(x, -100);
    const V of_positive = at_least<L>(log<L>(x), least);
    const V of_negative = at_least<L>(log1p<L>(L::minus(x)), least);
    loss = L::subtract(L::multiply(L::subtract(t, one), of_negative),
                       L::multiply(L::multiply(q, t), of_positive));
  } else if constexpr (F == binary_loss::eps) {
    const V eps = L::fill(x, with.eps);
    const V of_positive = log<L>(L::add(x, eps));
    const V of_negative = log<L>(L::add(L::subtract(one, x), eps));
    loss = L::minus(
        L::add(L::multiply(L::multiply(q, t), of_positive), L::multiply(others, of_negative)));
  } else if constexpr (is_dice(F)) {
    loss = L::multiply(x, t);
  } else {
    loss = binary_logits_loss<L>(x, t, q);
    if constexpr (F == binary_loss::focal) {
      const V u = L::add(part_of_loss<L>(t, sigmoid<L>(L::minus(x))),
                         part_of_loss<L>(others, sigmoid<L>(x)));
      loss = L::multiply(loss, focal_power<L>(u, with.gamma));
      if (with.balanced) {
        const V alpha = L::fill(x, with.alpha);
        const V balance =
            L::add(L::multiply(alpha, t), L::multiply(L::subtract(one, alpha), others));
        loss = part_of_loss<L>(balance, loss);
      }
    }
  }
  return canonical<L>(loss);
}

// What an element adds to the sum beside that of the terms: its weight, or for Dice, that of its
// two sizes.
template <class L, binary_loss F, class V>
BITWHERE_FN V size_of_element(V x, V t) {
  if constexpr (F == binary_loss::dice) {
    return L::add(x, t);
  } else if constexpr (F == binary_loss::dice_squared) {
    return L::add(L::multiply(x, x), L::multiply(t, t));
  } else {
    return L::fill(x, 1);
  }
}

// The one switch over kinds: calls use.template operator()<F>().
BITWHERE_VISITOR
template <class Use>
BITWHERE_FN auto with_binary_loss(binary_loss of, Use use) {
  switch (of) {
    case binary_loss::clamp:
      return use.template operator()<binary_loss::clamp>();
    case binary_loss::eps:
      return use.template operator()<binary_loss::eps>();
    case binary_loss::logits:
      return use.template operator()<binary_loss::logits>();
    case binary_loss::dice:
      return use.template operator()<binary_loss::dice>();
    case binary_loss::dice_squared:
      return use.template operator()<binary_loss::dice_squared>();
    default:
      return use.template operator()<binary_loss::focal>();
  }
}

}  // namespace bitwhere::kernels
