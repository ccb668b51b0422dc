// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>

namespace bitwhere::traps {

// x * y + z as the two expressions that a compiler may fuse where nobody asked for it.
struct contraction_probe {
  void (*of_floats)(const float* x, const float* y, float* z, std::size_t n);
  void (*of_doubles)(const double* x, const double* y, double* z, std::size_t n);
};

extern const contraction_probe exact_probe;  // with the flags of an instruction set of the product
extern const contraction_probe fused_probe;  // the same and -ffp-contract=fast

namespace {

template <class T>
void multiply_and_add(const T* x, const T* y, T* z, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) z[i] = x[i] * y[i] + z[i];
}

constexpr contraction_probe this_probe{multiply_and_add<float>, multiply_and_add<double>};

}  // namespace
}  // namespace bitwhere::traps
