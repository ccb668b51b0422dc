// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../convert/convert_formula.hpp"
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

template <class L, function F, class V>
BITWHERE_FN V elementwise_formula(V x) {
  if constexpr (F == function::exp) return kernels::exp<L>(x);
  if constexpr (F == function::log) return kernels::log<L>(x);
  if constexpr (F == function::log1p) return kernels::log1p<L>(x);
  if constexpr (F == function::sigmoid) return kernels::sigmoid<L>(x);
  if constexpr (F == function::softplus) return kernels::softplus<L>(x);
  if constexpr (F == function::log_sigmoid) return kernels::log_sigmoid<L>(x);
}

// x / y, a NaN of it being canonical.
template <class L, class V>
BITWHERE_FN V quotient_formula(V x, V y) {
  using T = typename L::template element<V>;
  const V quotient = L::divide(x, y);
  return L::select(L::equal(quotient, quotient), quotient, L::fill(x, quiet_nan(T())));
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
