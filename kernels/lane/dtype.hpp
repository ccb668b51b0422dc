// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

#include "function.hpp"

namespace bitwhere::kernels {

// Element types, in the order in which kinds rise: bool, integers, floats, complex numbers.
enum class dtype : int32_t { boolean, u8, i8, i16, i32, i64, f16, bf16, f32, f64, c64, c128 };

BITWHERE_FN constexpr int64_t element_bytes(dtype type) {
  switch (type) {
    case dtype::boolean:
    case dtype::u8:
    case dtype::i8:
      return 1;
    case dtype::i16:
    case dtype::f16:
    case dtype::bf16:
      return 2;
    case dtype::i32:
    case dtype::f32:
      return 4;
    case dtype::i64:
    case dtype::f64:
    case dtype::c64:
      return 8;
    default:
      return 16;
  }
}

BITWHERE_FN constexpr bool is_complex(dtype type) { return type >= dtype::c64; }

}  // namespace bitwhere::kernels
