// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "number_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

namespace bitwhere::tool {

namespace {

number_text no_number(std::string_view text) {
  return {.fault = fmt::format("{} is no number", text)};
}

number_text read_integer(std::string_view text, bool is_hexadecimal, bool is_negative) {
  std::uint64_t size = 0;
  const char* const begin = text.data() + (is_hexadecimal ? 2 : 0);
  const char* const end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(begin, end, size, is_hexadecimal ? 16 : 10);
  if (stop != end || status == std::errc::invalid_argument) return no_number(text);
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (status != std::errc() || size > largest + (is_negative ? 1 : 0)) {
    return {.fault = fmt::format("{}{} is beyond 64 bits with a sign; of floats, write it with a "
                                 "point",
                                 is_negative ? "-" : "", text)};
  }
  // Two's complement: the lowest number has no positive counterpart.
  return {.value = static_cast<std::int64_t>(is_negative ? 0 - size : size)};
}

}  // namespace

number_text read_number(std::string_view text, bool is_negative) {
  const double sign = is_negative ? -1 : 1;
  if (text == "inf") return {.value = sign * std::numeric_limits<double>::infinity()};
  if (text == "nan") return {.value = std::numeric_limits<double>::quiet_NaN()};
  const bool is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (is_hexadecimal || text.find_first_of(".eE") == std::string_view::npos) {
    return read_integer(text, is_hexadecimal, is_negative);
  }
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (stop != end || status == std::errc::invalid_argument) return no_number(text);
  if (status != std::errc()) {
    return {.fault = fmt::format("{} is beyond what f64 can hold", text)};
  }
  return {.value = sign * value};
}

}  // namespace bitwhere::tool
