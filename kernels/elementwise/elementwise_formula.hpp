// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../convert/convert_formula.hpp"
#include "../lane/canonical.hpp"
#include "../lane/softplus.hpp"
#include "elementwise_args.hpp"

namespace bitwhere::kernels {

// What an element is computed in: f16 and bf16 in f32, rounded once.
template <class T>
struct computed_as {
  using type = float;
};
template <>
struct computed_as<double> {
  using type = double;
};

BITWHERE_FN constexpr dtype computed_dtype(dtype type) {
  return type == dtype::f64 ? dtype::f64 : dtype::f32;
}

// What inputs are converted to.
BITWHERE_FN constexpr dtype read_dtype(const elementwise_args& args) {
  return args.slope ? computed_dtype(args.type) : args.type;
}

template <class L, function F, class V>
BITWHERE_FN V elementwise_formula(V x) {
  if constexpr (F == function::exp) return kernels::exp<L>(x);
  if constexpr (F == function::log) return kernels::log<L>(x);
  if constexpr (F == function::log1p) return kernels::log1p<L>(x);
  if constexpr (F == function::sigmoid) return kernels::sigmoid<L>(x);
  if constexpr (F == function::softplus) return kernels::softplus<L>(x);
  if constexpr (F == function::log_sigmoid) return kernels::log_sigmoid<L>(x);
}

template <class L, class V>
BITWHERE_FN V quotient_formula(V x, V y) {
  return canonical<L>(L::divide(x, y));
}

// upstream * function'(x). 1 - sigmoid(x) is sigmoid(-x), which loses nothing where x is large.
template <class L, function F, class V>
BITWHERE_FN V slope_formula(V x, V upstream) {
  if constexpr (F == function::log) return canonical<L>(L::divide(upstream, x));
  if constexpr (F == function::log1p) {
    return canonical<L>(L::divide(upstream, L::add(L::fill(x, 1), x)));
  }
  V slope = x;
  if constexpr (F == function::exp) slope = kernels::exp<L>(x);
  if constexpr (F == function::softplus) slope = kernels::sigmoid<L>(x);
  if constexpr (F == function::log_sigmoid) slope = kernels::sigmoid<L>(L::minus(x));
  if constexpr (F == function::sigmoid) {
    slope = L::multiply(kernels::sigmoid<L>(x), kernels::sigmoid<L>(L::minus(x)));
  }
  return canonical<L>(L::multiply(upstream, slope));
}

// Of x / y by y: -upstream * ((x / y) / y). By x it is the slope of the logarithm at y.
template <class L, class V>
BITWHERE_FN V quotient_slope_formula(V x, V y, V upstream) {
  return canonical<L>(L::multiply(L::minus(upstream), L::divide(L::divide(x, y), y)));
}

// The one switch over functions of one number: calls use.template operator()<F>().
BITWHERE_VISITOR
template <class Use>
BITWHERE_FN auto with_function(function of, Use use) {
  switch (of) {
    case function::exp:
      return use.template operator()<function::exp>();
    case function::log:
      return use.template operator()<function::log>();
    case function::log1p:
      return use.template operator()<function::log1p>();
    case function::sigmoid:
      return use.template operator()<function::sigmoid>();
    case function::softplus:
      return use.template operator()<function::softplus>();
    default:
      return use.template operator()<function::log_sigmoid>();
  }
}

}  // namespace bitwhere::kernels
