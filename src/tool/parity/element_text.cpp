// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "element_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace bitwhere::tool {

namespace {

template <class T>
T read(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

std::uint64_t bits_of(std::size_t bytes, const std::byte* from) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, from, bytes);
  return bits;
}

double half_value(std::uint64_t bits, int exponent_bits, int fraction_bits) {
  const int special = (1 << exponent_bits) - 1;
  const int exponent = static_cast<int>(bits >> fraction_bits) & special;
  const int fraction = static_cast<int>(bits & ((1U << fraction_bits) - 1));
  const double sign = (bits >> 15) != 0 ? -1 : 1;
  if (exponent == special) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  const int whole = exponent == 0 ? fraction : fraction + (1 << fraction_bits);
  const int scale = (exponent == 0 ? 1 : exponent) - special / 2 - fraction_bits;
  return sign * std::ldexp(whole, scale);
}

template <class T>
std::string complex_text(const std::byte* element) {
  return fmt::format("{}{:+}i", read<T>(element), read<T>(element + sizeof(T)));
}

std::string float_text(dtype type, const std::byte* element) {
  if (type == f16) return fmt::format("{}", half_value(bits_of(2, element), 5, 10));
  if (type == bf16) return fmt::format("{}", half_value(bits_of(2, element), 8, 7));
  return type == f32 ? fmt::format("{}", read<float>(element))
                     : fmt::format("{}", read<double>(element));
}

}  // namespace

std::string bits_text(dtype type, const std::byte* element) {
  const bool is_complex = type.code == BW_COMPLEX;
  const auto part = static_cast<std::size_t>(type.bytes()) / (is_complex ? 2 : 1);
  std::string real = fmt::format("0x{:0{}x}", bits_of(part, element), 2 * part);
  if (!is_complex) return real;
  return real + fmt::format(" 0x{:0{}x}", bits_of(part, element + part), 2 * part);
}

std::string value_text(dtype type, const std::byte* element) {
  switch (type.code) {
    case BW_BOOL:
      return *element != std::byte{0} ? "true" : "false";
    case BW_COMPLEX:
      return type == c64 ? complex_text<float>(element) : complex_text<double>(element);
    case BW_FLOAT:
    case BW_BFLOAT:
      return float_text(type, element);
    case BW_UINT:
      return fmt::format("{}", read<std::uint8_t>(element));
    default:
      break;
  }
  const int unused = 64 - type.bits;
  const std::uint64_t bits = bits_of(static_cast<std::size_t>(type.bytes()), element);
  return fmt::format("{}", static_cast<std::int64_t>(bits << unused) >> unused);
}

}  // namespace bitwhere::tool
