// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <array>
#include <bitwhere/bitwhere.hpp>
#include <compare>
#include <cstdint>

// Exact sums as a school child adds: the oracle of reductions. It shares no code with the library.
namespace bitwhere::test {

// A number of 2304 bits, without a sign, in units of 2^-1074: every sum of 2^63 finite doubles, or
// of 64-bit integers, is one.
class wide_integer {
 public:
  // += integer * 2^shift units.
  void add(std::uint64_t integer, int shift);
  void add(const wide_integer& other);
  // -= something that is not larger.
  void subtract(const wide_integer& other);

  friend std::strong_ordering operator<=>(const wide_integer& a, const wide_integer& b);
  friend bool operator==(const wide_integer& a, const wide_integer& b) = default;

 private:
  std::array<std::uint32_t, 72> digits_ = {};  // lowest first
};

// Numbers that are added exactly, what is below 0 apart from what is above.
struct exact_sum {
  wide_integer above;
  wide_integer below;
  bool nan = false;
  bool posinf = false;
  bool neginf = false;

  void add(std::int64_t integer);
  void add(double value);

  // The bits of the float of a dtype that is nearest, ties to even: found among all of them by
  // bisection. The NaN is the canonical one, an exact zero is +0.
  [[nodiscard]] std::uint64_t nearest(dtype type) const;
};

// The same of one double, whose zero keeps its sign.
std::uint64_t nearest(double value, dtype type);

}  // namespace bitwhere::test
