// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <cstring>

#include "sanitizer.hpp"

namespace simt {

/// Memory nobody has written yet holds this: it makes wild indices, NaNs and odd flags.
inline constexpr int fresh_byte = 0xcd;
inline constexpr int canary_byte = 0xa5;

// Under AddressSanitizer the gaps are poisoned instead, which also catches reads.
inline void fill_canary(std::byte* begin, const std::byte* end) {
  if constexpr (!sanitizer::has_address_sanitizer) {
    std::memset(begin, canary_byte, static_cast<std::size_t>(end - begin));
  }
}

inline bool canary_is_intact(const std::byte* begin, const std::byte* end) {
  if constexpr (!sanitizer::has_address_sanitizer) {
    for (const std::byte* byte = begin; byte != end; ++byte) {
      if (*byte != static_cast<std::byte>(canary_byte)) return false;
    }
  }
  return true;
}

}  // namespace simt
