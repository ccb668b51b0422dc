// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/scalar.hpp>

#include <string>
#include <string_view>

namespace bitwhere::tool {

/// A number, or what is wrong with its text.
struct number_text {
  scalar value = false;
  std::string fault = {};  ///< empty: nothing
};

/// Reads a number without its sign: a decimal or hexadecimal (0x) integer of 64 bits with a sign, a
/// decimal with a point or an exponent, "inf" or "nan".
number_text read_number(std::string_view text, bool is_negative);

}  // namespace bitwhere::tool
