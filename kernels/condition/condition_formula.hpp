// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/function.hpp"
#include "condition_args.hpp"

namespace bitwhere::kernels {

// value `Order` threshold, in any lane.
template <class L, comparison Order, class V>
BITWHERE_FN auto compare(V value, V threshold) {
  if constexpr (Order == comparison::less) return L::less(value, threshold);
  if constexpr (Order == comparison::less_equal) return L::less_equal(value, threshold);
  if constexpr (Order == comparison::greater) return L::less(threshold, value);
  if constexpr (Order == comparison::greater_equal) return L::less_equal(threshold, value);
  if constexpr (Order == comparison::equal) return L::equal(value, threshold);
}

// The threshold of a leaf over elements of type T, in the type that T widens to.
template <class T>
BITWHERE_FN T threshold_of(const leaf& from, T) {
  return static_cast<T>(from.threshold.integer);
}
BITWHERE_FN float threshold_of(const leaf& from, float) { return from.threshold.f32; }
BITWHERE_FN double threshold_of(const leaf& from, double) { return from.threshold.f64; }

}  // namespace bitwhere::kernels
