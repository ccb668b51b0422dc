// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>
#include <cstring>

#include "function.hpp"

// Element types that C++ has no name for, and loads that assume no alignment.
namespace bitwhere::kernels {

struct half_bits {
  uint16_t bits;
};

struct bfloat_bits {
  uint16_t bits;
};

struct bits128 {
  uint64_t low;
  uint64_t high;
};

// A bool as it is stored: every byte but 0 is true.
struct bool_byte {
  uint8_t bits;
};

struct complex64 {
  float real;
  float imaginary;
};

struct complex128 {
  double real;
  double imaginary;
};

// memcpy and not a cast: a tensor may start at any byte.
template <class T>
BITWHERE_FN T load(const unsigned char* p) {
  T value;
  memcpy(&value, p, sizeof(T));
  return value;
}

template <class T>
BITWHERE_FN void store(unsigned char* p, T value) {
  memcpy(p, &value, sizeof(T));
}

}  // namespace bitwhere::kernels
