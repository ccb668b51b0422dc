// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <hwy/highway.h>

#include "scalar.hpp"

// The lane vocabulary over a Highway vector of the instruction set that the including unit is
// compiled for. Everything has internal linkage: the same names mean other code in other units.
namespace bitwhere::kernels {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

struct simd_lane {
  template <class M, class V>
  static BITWHERE_FN V select(M mask, V yes, V no) {
    return hn::IfThenElse(mask, yes, no);
  }

  template <class V>
  static BITWHERE_FN auto less(V a, V b) {
    return hn::Lt(a, b);
  }

  template <class V>
  static BITWHERE_FN auto less_equal(V a, V b) {
    if constexpr (hwy::IsFloat<hn::TFromV<V>>()) {
      return hn::Le(a, b);
    } else {
      return hn::Not(hn::Lt(b, a));  // Highway has no `at most` of integers
    }
  }

  template <class V>
  static BITWHERE_FN auto equal(V a, V b) {
    return hn::Eq(a, b);
  }

  template <class M>
  static BITWHERE_FN M both(M a, M b) {
    return hn::And(a, b);
  }

  template <class M>
  static BITWHERE_FN M either(M a, M b) {
    return hn::Or(a, b);
  }

  template <class M>
  static BITWHERE_FN M negate(M a) {
    return hn::Not(a);
  }

  template <class V>
  static BITWHERE_FN V add(V a, V b) {
    return hn::Add(a, b);
  }

  template <class V>
  static BITWHERE_FN V multiply(V a, V b) {
    return hn::Mul(a, b);
  }

  template <class V>
  static BITWHERE_FN V subtract(V a, V b) {
    return hn::Sub(a, b);
  }

  template <class V>
  static BITWHERE_FN V divide(V a, V b) {
    return hn::Div(a, b);
  }

  template <class V>
  static BITWHERE_FN V minus(V a) {
    return hn::Neg(a);
  }

  template <class V>
  static BITWHERE_FN V fused(V a, V b, V c) {
#if HWY_TARGET == HWY_SCALAR
    // Highway rounds the product on this target.
    const hn::DFromV<V> d;
    return hn::Set(d, scalar_lane::fused(hn::GetLane(a), hn::GetLane(b), hn::GetLane(c)));
#else
    return hn::MulAdd(a, b, c);
#endif
  }

  template <int Bits, class V>
  static BITWHERE_FN V shifted_right(V a) {
    return hn::ShiftRight<Bits>(a);
  }

  template <int Bits, class V>
  static BITWHERE_FN V shifted_left(V a) {
    return hn::ShiftLeft<Bits>(a);
  }

  template <class V>
  static BITWHERE_FN V masked(V a, V mask) {
    return hn::And(a, mask);
  }

  template <class V>
  static BITWHERE_FN auto bits_of(V a) {
    return hn::BitCast(hn::RebindToUnsigned<hn::DFromV<V>>(), a);
  }

  template <class V>
  static BITWHERE_FN auto number_of(V bits) {
    return hn::BitCast(hn::RebindToFloat<hn::DFromV<V>>(), bits);
  }

  template <class V>
  using element = hn::TFromV<V>;

  // The constant `value` in every lane of a vector like `like`.
  template <class V, class T>
  static BITWHERE_FN V fill(V, T value) {
    return hn::Set(hn::DFromV<V>(), static_cast<hn::TFromV<V>>(value));
  }
};

// The larger and the smaller of integers, whose order leaves nothing to decide.
template <class V>
BITWHERE_FN V larger_integer(V a, V b) {
  static_assert(!hwy::IsFloat<hn::TFromV<V>>());
  return hn::Max(a, b);
}
template <class V>
BITWHERE_FN V smaller_integer(V a, V b) {
  static_assert(!hwy::IsFloat<hn::TFromV<V>>());
  return hn::Min(a, b);
}

// The same over the lanes of a vector of 32 or 64 bits a lane.
template <class V>
BITWHERE_FN auto largest_lane(V of) {
  static_assert(!hwy::IsFloat<hn::TFromV<V>>());
  return hn::GetLane(hn::MaxOfLanes(hn::DFromV<V>(), of));
}
template <class V>
BITWHERE_FN auto smallest_lane(V of) {
  static_assert(!hwy::IsFloat<hn::TFromV<V>>());
  return hn::GetLane(hn::MinOfLanes(hn::DFromV<V>(), of));
}

// Vectors of T as comparisons see them: f16 and bf16 are widened to f32 on the way in.
template <class T>
struct vectors {
  using tag = hn::ScalableTag<T>;
  static BITWHERE_FN auto load(tag d, const unsigned char* p) {
    return hn::LoadU(d, reinterpret_cast<const T*>(p));
  }
};

template <>
struct vectors<half_bits> {
  using tag = hn::ScalableTag<float>;
  static BITWHERE_FN auto load(tag d, const unsigned char* p) {
#if HWY_TARGET == HWY_SCALAR
    // Highway 1.0.3 widens infinities and NaN of f16 to finite numbers on this target.
    return hn::Set(d, widen(kernels::load<half_bits>(p)));
#else
    const hn::Rebind<hwy::float16_t, tag> narrow;
    return hn::PromoteTo(d, hn::LoadU(narrow, reinterpret_cast<const hwy::float16_t*>(p)));
#endif
  }
};

template <>
struct vectors<bfloat_bits> {
  using tag = hn::ScalableTag<float>;
  static BITWHERE_FN auto load(tag d, const unsigned char* p) {
    const hn::Rebind<hwy::bfloat16_t, tag> narrow;
    return hn::PromoteTo(d, hn::LoadU(narrow, reinterpret_cast<const hwy::bfloat16_t*>(p)));
  }
};

// An unsigned integer with a bit for each of `Lanes` lanes. Its exact width matters: storing mask
// bits into a wider variable would be read back through a failed store-to-load forward.
template <size_t Lanes>
struct bits_type {
  using type = uint8_t;
};
template <>
struct bits_type<16> {
  using type = uint16_t;
};
template <>
struct bits_type<32> {
  using type = uint32_t;
};
template <>
struct bits_type<64> {
  using type = uint64_t;
};

// Lane i of the mask as bit i.
template <class D, class M>
BITWHERE_FN uint64_t mask_to_bits(D d, M mask) {
  typename bits_type<hn::MaxLanes(D())>::type bits = 0;
  hn::StoreMaskBits(d, mask, reinterpret_cast<uint8_t*>(&bits));
  return bits;
}

template <class D>
BITWHERE_FN auto bits_to_mask(D d, uint64_t word) {
  // Highway may read eight bytes whatever the number of lanes.
  return hn::LoadMaskBits(d, reinterpret_cast<const uint8_t*>(&word));
}

}  // namespace
}  // namespace bitwhere::kernels
