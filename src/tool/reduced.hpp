// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/reduce.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace bitwhere::tool {

/// What a reducer made of an array.
struct reduced {
  reducer by;
  tensor values;             ///< in host memory
  std::int64_t nothing = 0;  ///< of these, how many had no elements
};

/// As options call it, e.g. "argmax".
std::string_view name_of(reducer by);

/// Results of more values are for files alone.
inline constexpr std::int64_t printed_values = 1000;

/// "sum     7.5\n"; with dimensions a line of their sizes, and one for each row of the last one.
/// Numbers have as many digits as tell their bits.
std::string reduced_lines(const reduced& result);

/// The same as JSON, with the bits of each value. Those of too many values are left out.
nlohmann::ordered_json reduced_json(const reduced& result);

}  // namespace bitwhere::tool
