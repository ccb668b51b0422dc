// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "wide_integer.hpp"

#include <bit>
#include <cmath>

namespace bitwhere::test {
namespace {

constexpr int unit = 1074;  // units in 1, as a power of two

struct format {
  int fraction_bits;
  int exponent_bits;
  [[nodiscard]] int bits() const { return 1 + exponent_bits + fraction_bits; }
  [[nodiscard]] int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  [[nodiscard]] std::uint64_t infinity() const {
    return ((std::uint64_t{1} << exponent_bits) - 1) << fraction_bits;
  }
  [[nodiscard]] std::uint64_t nan() const {
    return infinity() | std::uint64_t{1} << (fraction_bits - 1);
  }
  [[nodiscard]] std::uint64_t sign() const { return std::uint64_t{1} << (bits() - 1); }
};

format format_of(dtype type) {
  if (type == f16) return {10, 5};
  if (type == bf16) return {7, 8};
  return type == f32 ? format{23, 8} : format{52, 11};
}

// What bits without a sign mean; those of infinity what they would if they were a number.
wide_integer value_of(std::uint64_t bits, const format& f) {
  const auto field = static_cast<int>(bits >> f.fraction_bits);
  std::uint64_t significand = bits & ((std::uint64_t{1} << f.fraction_bits) - 1);
  if (field != 0) significand |= std::uint64_t{1} << f.fraction_bits;
  const int exponent = (field != 0 ? field : 1) - f.bias() - f.fraction_bits;
  wide_integer out;
  out.add(significand, unit + exponent);
  return out;
}

std::uint64_t nearest_magnitude(const wide_integer& size, const format& f) {
  std::uint64_t low = 0;  // not above `size`
  std::uint64_t high = f.infinity();
  if (value_of(high, f) <= size) return high;
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    (value_of(middle, f) <= size ? low : high) = middle;
  }
  wide_integer twice = size;
  twice.add(size);
  wide_integer both = value_of(low, f);
  both.add(value_of(high, f));
  if (twice == both) return low % 2 == 0 ? low : high;
  return twice < both ? low : high;
}

}  // namespace

void wide_integer::add(std::uint64_t integer, int shift) {
  wide_integer other;
  for (int bit = 0; bit < 64; ++bit) {
    if ((integer >> bit & 1) == 0) continue;
    const auto at = static_cast<unsigned>(shift + bit);
    other.digits_[at / 32] |= std::uint32_t{1} << (at % 32);
  }
  add(other);
}

void wide_integer::add(const wide_integer& other) {
  std::uint64_t carry = 0;
  for (std::size_t k = 0; k < digits_.size(); ++k) {
    carry += std::uint64_t{digits_[k]} + other.digits_[k];
    digits_[k] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
}

void wide_integer::subtract(const wide_integer& other) {
  std::int64_t borrow = 0;
  for (std::size_t k = 0; k < digits_.size(); ++k) {
    borrow += std::int64_t{digits_[k]} - std::int64_t{other.digits_[k]};
    digits_[k] = static_cast<std::uint32_t>(borrow);
    borrow = borrow < 0 ? -1 : 0;
  }
}

std::strong_ordering operator<=>(const wide_integer& a, const wide_integer& b) {
  for (std::size_t k = a.digits_.size(); k-- > 0;) {
    if (a.digits_[k] != b.digits_[k]) return a.digits_[k] <=> b.digits_[k];
  }
  return std::strong_ordering::equal;
}

void exact_sum::add(std::int64_t integer) {
  const auto bits = static_cast<std::uint64_t>(integer);
  (integer < 0 ? below : above).add(integer < 0 ? 0 - bits : bits, unit);
}

void exact_sum::add(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto field = static_cast<int>(bits >> 52 & 0x7ff);
  const std::uint64_t fraction = bits & 0xfffffffffffff;
  const bool negative = bits >> 63 != 0;
  if (field == 0x7ff) {
    (fraction != 0 ? nan : negative ? neginf : posinf) = true;
    return;
  }
  const std::uint64_t significand = field != 0 ? fraction | std::uint64_t{1} << 52 : fraction;
  (negative ? below : above).add(significand, (field != 0 ? field : 1) - 1);
}

std::uint64_t exact_sum::nearest(dtype type) const {
  const format f = format_of(type);
  if (nan || (posinf && neginf)) return f.nan();
  if (posinf) return f.infinity();
  if (neginf) return f.infinity() | f.sign();
  const bool negative = above < below;
  wide_integer size = negative ? below : above;
  size.subtract(negative ? above : below);
  return nearest_magnitude(size, f) | (negative ? f.sign() : 0);
}

std::uint64_t nearest(double value, dtype type) {
  exact_sum one;
  one.add(value);
  const std::uint64_t bits = one.nearest(type);
  return value == 0 && std::signbit(value) ? format_of(type).sign() : bits;
}

}  // namespace bitwhere::test
