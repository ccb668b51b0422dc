// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "scalar.hpp"

namespace bitwhere::kernels {

// The polynomial in x with these coefficients, lowest first, by Horner's rule.
template <class L, class V, class T>
BITWHERE_FN V polynomial(V x, T last) {
  return L::fill(x, last);
}

template <class L, class V, class T, class... Higher>
BITWHERE_FN V polynomial(V x, T first, Higher... higher) {
  return L::fused(polynomial<L>(x, higher...), x, L::fill(x, first));
}

}  // namespace bitwhere::kernels
