// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "reference.hpp"

#include <cmath>
#include <cstring>
#include <limits>

namespace bitwhere::test {
namespace {

template <class T>
T read(const std::uint8_t* p) {
  T value;
  std::memcpy(&value, p, sizeof(value));
  return value;
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

// The sign of a - b for an integer and a finite double, by the integer and fractional parts of b.
int exact_order(std::int64_t a, double b) {
  if (b >= 9223372036854775808.0) return -1;
  if (b < -9223372036854775808.0) return 1;
  double whole = 0;
  const double fraction = std::modf(b, &whole);
  const auto b_whole = static_cast<std::int64_t>(whole);
  if (a != b_whole) return a < b_whole ? -1 : 1;
  return fraction == 0 ? 0 : (fraction > 0 ? -1 : 1);
}

bool compare_integer(std::int64_t a, const compared& with) {
  if (!with.is_float) return compare(a, with.integer, with.comparison);
  if (std::isnan(with.real)) return with.comparison == BW_NE;
  if (std::isinf(with.real)) return compare(0.0, with.real, with.comparison);
  return compare(exact_order(a, with.real), 0, with.comparison);
}

std::int64_t integer_of(dtype type, const std::uint8_t* p) {
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

}  // namespace

double value_of_half(std::uint16_t bits, bool brain) {
  const int fraction_bits = brain ? 7 : 10;
  const int bias = brain ? 127 : 15;
  const int exponent = (bits & 0x7fff) >> fraction_bits;
  const int fraction = bits & ((1 << fraction_bits) - 1);
  const double sign = bits >> 15 != 0 ? -1 : 1;
  if (exponent == (brain ? 255 : 31)) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  const double scale = exponent == 0 ? 1 - bias : exponent - bias;
  const double significand = exponent == 0 ? fraction : fraction + (1 << fraction_bits);
  return sign * std::ldexp(significand, static_cast<int>(scale) - fraction_bits);
}

namespace {

// What a half of this magnitude means to rounding, which sees infinity one step beyond the largest
// finite value.
double rounded_to(std::uint16_t bits, bool brain) {
  const std::uint16_t infinity = brain ? 0x7f80 : 0x7c00;
  if (bits < infinity) return value_of_half(bits, brain);
  return 2 * value_of_half(static_cast<std::uint16_t>(infinity - 1), brain) -
         value_of_half(static_cast<std::uint16_t>(infinity - 2), brain);
}

}  // namespace

std::uint16_t nearest_half(double value, bool brain) {
  const std::uint16_t infinity = brain ? 0x7f80 : 0x7c00;
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const double magnitude = std::fabs(value);
  // Halves order as their bits do: the last one that is not above the magnitude.
  std::uint16_t below = 0;
  for (int step = 1 << 14; step > 0; step /= 2) {
    const auto next = static_cast<std::uint16_t>(below + step);
    if (next <= infinity && rounded_to(next, brain) <= magnitude) below = next;
  }
  if (below == infinity) return static_cast<std::uint16_t>(sign | infinity);
  const auto above = static_cast<std::uint16_t>(below + 1);
  const double down = magnitude - rounded_to(below, brain);
  const double up = rounded_to(above, brain) - magnitude;
  const bool rises = up < down || (up == down && above % 2 == 0);
  return static_cast<std::uint16_t>(sign | (rises ? above : below));
}

bool holds(dtype, const std::uint8_t* element) { return *element != 0; }

bool holds(dtype type, const std::uint8_t* element, const compared& with) {
  if (type.code == BW_BOOL || type.code == BW_INT || type.code == BW_UINT) {
    return compare_integer(integer_of(type, element), with);
  }
  const double scalar = with.is_float ? with.real : static_cast<double>(with.integer);
  if (type == f64) return compare(read<double>(element), scalar, with.comparison);
  if (type == f32) {
    const float threshold =
        with.is_float ? static_cast<float>(with.real) : static_cast<float>(with.integer);
    return compare(read<float>(element), threshold, with.comparison);
  }
  const bool brain = type == bf16;
  // Through f32, in one rounding from the scalar.
  const double single =
      with.is_float ? static_cast<float>(with.real) : static_cast<float>(with.integer);
  const double threshold =
      std::isnan(single) ? single : value_of_half(nearest_half(single, brain), brain);
  return compare(value_of_half(read<std::uint16_t>(element), brain), threshold, with.comparison);
}

}  // namespace bitwhere::test
