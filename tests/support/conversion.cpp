// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "conversion.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include "promotion_table.hpp"
#include "reference.hpp"

namespace bitwhere::test {
namespace {

template <class T>
T read(const std::uint8_t* p) {
  T value;
  std::memcpy(&value, p, sizeof(value));
  return value;
}

template <class T>
void append(std::vector<std::uint8_t>& bytes, T value) {
  const auto* p = reinterpret_cast<const std::uint8_t*>(&value);
  bytes.insert(bytes.end(), p, p + sizeof(value));
}

std::int64_t integer_at(dtype type, const std::uint8_t* p) {
  if (type.code == BW_BOOL) return *p != 0 ? 1 : 0;
  if (type.code == BW_UINT) return *p;
  switch (type.bits) {
    case 8:
      return read<std::int8_t>(p);
    case 16:
      return read<std::int16_t>(p);
    case 32:
      return read<std::int32_t>(p);
    default:
      return read<std::int64_t>(p);
  }
}

// A long double has room for every int64, so that the one rounding is the one to float.
float single_of(const number& value) {
  return value.whole ? static_cast<float>(static_cast<long double>(value.integer))
                     : static_cast<float>(value.real);
}

double double_of(const number& value) {
  return value.whole ? static_cast<double>(static_cast<long double>(value.integer)) : value.real;
}

void append_single(std::vector<std::uint8_t>& bytes, float value) {
  append(bytes, std::isnan(value) ? 0x7fc00000u : std::bit_cast<std::uint32_t>(value));
}

void append_double(std::vector<std::uint8_t>& bytes, double value) {
  append(bytes, std::isnan(value) ? std::uint64_t{0x7ff8000000000000}
                                  : std::bit_cast<std::uint64_t>(value));
}

void append_half(std::vector<std::uint8_t>& bytes, float value, bool brain) {
  const std::uint16_t nan = brain ? 0x7fc0 : 0x7e00;
  append(bytes, std::isnan(value) ? nan : nearest_half(value, brain));
}

// The bits of a real without its sign, its width in bytes, and infinity as such bits.
struct magnitude {
  std::uint64_t bits;
  std::uint64_t infinity;
};

magnitude magnitude_at(dtype type, const std::uint8_t* p) {
  if (type == f16) return {read<std::uint16_t>(p) & 0x7fffu, 0x7c00};
  if (type == bf16) return {read<std::uint16_t>(p) & 0x7fffu, 0x7f80};
  if (type == f32 || type == c64) return {read<std::uint32_t>(p) & 0x7fffffffu, 0x7f800000};
  return {read<std::uint64_t>(p) & 0x7fffffffffffffffu, 0x7ff0000000000000};
}

bool part_passes(const magnitude& m, bw_predicate test) {
  if (test == BW_ISNAN) return m.bits > m.infinity;
  if (test == BW_ISINF) return m.bits == m.infinity;
  return test == BW_ISFINITE ? m.bits < m.infinity : m.bits != 0;
}

template <class T>
bool compare(T a, T b, bw_predicate comparison) {
  switch (comparison) {
    case BW_LT:
      return a < b;
    case BW_LE:
      return a <= b;
    case BW_GT:
      return a > b;
    case BW_GE:
      return a >= b;
    case BW_EQ:
      return a == b;
    default:
      return a != b;
  }
}

}  // namespace

number number_of(dtype type, const std::uint8_t* p) {
  if (is_whole(type)) return {.whole = true, .integer = integer_at(type, p)};
  if (type == f16) return {.real = value_of_half(read<std::uint16_t>(p), false)};
  if (type == bf16) return {.real = value_of_half(read<std::uint16_t>(p), true)};
  if (type == f32) return {.real = read<float>(p)};
  if (type == f64) return {.real = read<double>(p)};
  if (type == c64) return {.real = read<float>(p), .imaginary = read<float>(p + 4)};
  return {.real = read<double>(p), .imaginary = read<double>(p + 8)};
}

std::vector<std::uint8_t> element_of(dtype type, const number& value) {
  std::vector<std::uint8_t> bytes;
  if (type == boolean) {
    append<std::uint8_t>(bytes, value.integer != 0 ? 1 : 0);
  } else if (is_whole(type)) {
    append(bytes, value.integer);
    bytes.resize(static_cast<std::size_t>(type.bytes()));  // little-endian: modulo 2^bits
  } else if (type == f16 || type == bf16) {
    append_half(bytes, single_of(value), type == bf16);
  } else if (type == f32 || type == c64) {
    append_single(bytes, single_of(value));
    if (type == c64) append_single(bytes, static_cast<float>(value.imaginary));
  } else {
    append_double(bytes, double_of(value));
    if (type == c128) append_double(bytes, value.imaginary);
  }
  return bytes;
}

std::vector<std::uint8_t> converted(dtype from, const std::uint8_t* element, dtype to) {
  if (from == to && from != boolean) return {element, element + from.bytes()};
  return element_of(to, number_of(from, element));
}

bool compares(const number& left, const number& right, bw_predicate comparison) {
  return left.whole ? compare(left.integer, right.integer, comparison)
                    : compare(left.real, right.real, comparison);
}

bool passes(dtype type, const std::uint8_t* element, bw_predicate test) {
  if (is_whole(type)) {
    if (test == BW_NONZERO) return integer_at(type, element) != 0;
    return test == BW_ISFINITE;
  }
  const bool first = part_passes(magnitude_at(type, element), test);
  if (!is_complex(type)) return first;
  const bool second = part_passes(magnitude_at(type, element + type.bytes() / 2), test);
  return test == BW_ISFINITE ? first && second : first || second;
}

}  // namespace bitwhere::test
