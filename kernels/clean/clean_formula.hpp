// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_formula.hpp"
#include "../lane/scalar.hpp"
#include "clean_args.hpp"

namespace bitwhere::kernels {

// The bits of infinity of a float dtype.
BITWHERE_FN int64_t infinity_bits(dtype type) {
  switch (type) {
    case dtype::f16:
      return 0x7c00;
    case dtype::bf16:
      return 0x7f80;
    case dtype::f32:
    case dtype::c64:
      return 0x7f800000;
    default:
      return 0x7ff0000000000000;
  }
}

// Reals an element.
BITWHERE_FN int64_t parts_of(dtype type) { return is_complex(type) ? 2 : 1; }

// Constants of the loop, in any lane.
template <class V>
struct clean_constants {
  V mask;  // all but the sign
  V infinity;
  V negative_infinity;
  V nan;
  V posinf;
  V neginf;
};

template <class M, class V>
struct cleaned {
  V value;
  M nan;
  M posinf;
  M neginf;
};

// Over the bits of floats as signed integers, so that nothing is computed.
template <class L, class V>
BITWHERE_FN auto clean_formula(V bits, V size, const clean_constants<V>& c) {
  const auto nan = L::less(c.infinity, size);
  const auto posinf = L::equal(bits, c.infinity);
  const auto neginf = L::equal(bits, c.negative_infinity);
  const V finite = L::select(posinf, c.posinf, L::select(neginf, c.neginf, bits));
  return cleaned<decltype(nan), V>{L::select(nan, c.nan, finite), nan, posinf, neginf};
}

template <class Bits>
BITWHERE_FN clean_constants<Bits> clean_constants_of(dtype type, const replacements& with) {
  const auto infinity = static_cast<Bits>(infinity_bits(type));
  return {magnitude_mask<Bits>(),
          infinity,
          static_cast<Bits>(infinity ^ static_cast<Bits>(~magnitude_mask<Bits>())),
          static_cast<Bits>(with.nan),
          static_cast<Bits>(with.posinf),
          static_cast<Bits>(with.neginf)};
}

}  // namespace bitwhere::kernels
