// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "values.hpp"

#include <algorithm>
#include <cstring>

namespace bitwhere::tool {

namespace {

struct float_format {
  unsigned exponent_bits;
  unsigned fraction_bits;
};

float_format format_of(dtype type) {
  if (type == f16) return {5, 10};
  if (type == bf16) return {8, 7};
  if (type == f32 || type == c64) return {8, 23};
  return {11, 52};
}

std::uint64_t float_bits(number_source& numbers, float_format format) {
  const std::uint64_t kind = numbers.below(12);
  const std::uint64_t sign = numbers.next() & 1;
  const std::uint64_t all_ones = (std::uint64_t{1} << format.fraction_bits) - 1;
  std::uint64_t fraction = numbers.next() & all_ones;
  const std::uint64_t choice = numbers.next();
  const std::uint64_t special = (std::uint64_t{1} << format.exponent_bits) - 1;
  const std::uint64_t one = special >> 1;  // the exponent of 1
  std::uint64_t exponent = one - 3 + choice % 7;
  switch (kind) {
    case 0:
      exponent = special;
      fraction = std::max<std::uint64_t>(fraction, 1);
      break;
    case 1:
      exponent = special;
      fraction = 0;
      break;
    case 2:
      exponent = 0;
      fraction = 0;
      break;
    case 3:
      exponent = 0;
      break;
    case 4:
      exponent = special - 1;
      fraction = all_ones;
      break;
    case 5:
      exponent = 1;
      fraction = 0;
      break;
    case 6:
      exponent = choice & special;
      break;
    case 7:
    case 8:
      exponent = one - 2 + choice % 5;
      fraction = 0;
      break;
    default:
      break;
  }
  return sign << (format.exponent_bits + format.fraction_bits) | exponent << format.fraction_bits |
         fraction;
}

std::uint64_t integer_bits(number_source& numbers, dtype type) {
  const unsigned bits = type.bits;
  const std::uint64_t top = std::uint64_t{1} << (bits - 1);
  const bool is_signed = type.code == BW_INT;
  switch (numbers.below(8)) {
    case 0:
      return is_signed ? top : 0;
    case 1:
      return is_signed ? top - 1 : ~std::uint64_t{0};
    case 2:
      return numbers.next();
    case 3: {
      const std::uint64_t first = std::uint64_t{1} << numbers.below(bits);
      return first + (std::uint64_t{1} << numbers.below(bits));
    }
    default:
      return numbers.below(7) - 3;
  }
}

void store(std::uint64_t bits, std::size_t bytes, std::byte* to) { std::memcpy(to, &bits, bytes); }

}  // namespace

void draw_element(number_source& numbers, dtype type, std::byte* to) {
  const auto bytes = static_cast<std::size_t>(type.bytes());
  switch (type.code) {
    case BW_BOOL: {
      constexpr std::uint8_t truths[] = {0, 0, 0, 1, 1, 2, 0x80, 0xFF};
      *to = std::byte{truths[numbers.below(8)]};
      break;
    }
    case BW_COMPLEX:
      store(float_bits(numbers, format_of(type)), bytes / 2, to);
      store(float_bits(numbers, format_of(type)), bytes / 2, to + bytes / 2);
      break;
    case BW_FLOAT:
    case BW_BFLOAT:
      store(float_bits(numbers, format_of(type)), bytes, to);
      break;
    default:
      store(integer_bits(numbers, type), bytes, to);
  }
}

void draw_finite(number_source& numbers, dtype type, std::uint64_t spread, std::byte* to) {
  if (type.code != BW_FLOAT && type.code != BW_BFLOAT) return draw_element(numbers, type, to);
  const float_format format = format_of(type);
  const std::uint64_t special = (std::uint64_t{1} << format.exponent_bits) - 1;
  const std::uint64_t one = special >> 1;
  const std::uint64_t lowest = one > spread / 2 ? one - spread / 2 : 0;
  const std::uint64_t highest = std::min(lowest + spread, special - 1);
  const std::uint64_t sign = numbers.next() & 1;
  const std::uint64_t exponent = lowest + numbers.below(highest - lowest + 1);
  const std::uint64_t ones = (std::uint64_t{1} << format.fraction_bits) - 1;
  const std::uint64_t fraction = numbers.next() & ones;
  store(sign << (format.exponent_bits + format.fraction_bits) | exponent << format.fraction_bits |
            fraction,
        static_cast<std::size_t>(type.bytes()), to);
}

void draw_label(number_source& numbers, dtype type, const label_mix& mix, std::byte* to) {
  const auto bytes = static_cast<std::size_t>(type.bytes());
  const std::uint64_t kind = numbers.below(64);
  if (kind == 0 && mix.bad) return store(integer_bits(numbers, type), bytes, to);
  if (kind < 10) return store(static_cast<std::uint64_t>(mix.ignored), bytes, to);
  // What a narrow dtype cannot hold wraps, and is one more bad label.
  store(numbers.below(static_cast<std::uint64_t>(mix.classes)), bytes, to);
}

}  // namespace bitwhere::tool
