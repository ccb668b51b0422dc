// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/function.hpp"

namespace bitwhere::kernels {

// condition ? x : y, moving bits; with `Normalise` the bytes of bools leave as 0 or 1.
template <class L, bool Normalise, class M, class V>
BITWHERE_FN V where_formula(M condition, V x, V y) {
  const V chosen = L::select(condition, x, y);
  if constexpr (Normalise) {
    const V zero = L::fill(chosen, 0);
    return L::select(L::equal(chosen, zero), zero, L::fill(chosen, 1));
  } else {
    return chosen;
  }
}

}  // namespace bitwhere::kernels
