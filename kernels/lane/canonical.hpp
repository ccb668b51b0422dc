// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "scalar.hpp"

namespace bitwhere::kernels {

// A NaN that was computed is the canonical one: hardware disagrees on sign and payload.
template <class L, class V>
BITWHERE_FN V canonical(V value) {
  using T = typename L::template element<V>;
  return L::select(L::equal(value, value), value, L::fill(value, quiet_nan(T())));
}

}  // namespace bitwhere::kernels
