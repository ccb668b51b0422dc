// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

// f16 and bf16 are widened exactly, subnormals, infinities and NaN too, on every instruction set,
// and what becomes one is rounded to nearest, ties to even.
namespace bitwhere::traps {
namespace {

constexpr std::size_t patterns = 65536;

struct format {
  dtype type;
  int fraction_bits;
  int bias;
};

const format formats[] = {{f16, 10, 15}, {bf16, 7, 127}};

// By definition, and with the faults that hardware and libraries have.
enum class widening { exact, flushes_subnormals, has_no_infinities };

double value_of(unsigned bits, const format& f, widening how) {
  const int exponents = 1 << (15 - f.fraction_bits);
  const int exponent = static_cast<int>(bits >> f.fraction_bits) % exponents;
  const int fraction = static_cast<int>(bits) % (1 << f.fraction_bits);
  const double sign = bits >= patterns / 2 ? -1 : 1;
  if (exponent == exponents - 1 && how != widening::has_no_infinities) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * HUGE_VAL;
  }
  if (exponent == 0) {
    if (how == widening::flushes_subnormals) return sign * 0;
    return sign * std::ldexp(fraction, 1 - f.bias - f.fraction_bits);
  }
  return sign * std::ldexp(fraction + (1 << f.fraction_bits), exponent - f.bias - f.fraction_bits);
}

// What a half is compared with: every 997th one, of each kind some.
std::vector<double> thresholds(const format& f) {
  std::vector<double> values;
  for (unsigned bits = 0; bits < patterns; bits += 997) {
    const double value = value_of(bits, f, widening::exact);
    if (!std::isnan(value)) values.push_back(value);
  }
  return values;
}

TEST(Halves, AreWidenedExactlyOnEveryInstructionSet) {
  for (const std::string& isa : isas()) {
    context_options options;
    options.isa = isa;
    const context cpu(options);
    for (const format& f : formats) {
      std::vector<std::uint16_t> bits(patterns);
      std::vector<double> expected(patterns);
      for (unsigned i = 0; i < patterns; ++i) {
        bits[i] = static_cast<std::uint16_t>(i);
        expected[i] = value_of(i, f, widening::exact);
      }
      const tensor_view x = view(bits.data(), f.type, {std::int64_t{patterns}});
      for (const double threshold : thresholds(f)) {
        const tensor above = where(cpu, x > threshold, true, false);
        const auto* got = static_cast<const std::uint8_t*>(above.data());
        for (std::size_t i = 0; i < patterns; ++i)
          ASSERT_EQ(got[i] != 0, expected[i] > threshold) << isa << " " << i << " > " << threshold;
      }
    }
  }
}

// Shows that the test above can fail: comparisons with these thresholds tell the faults.
TEST(Halves, TheComparisonsSeeFaults) {
  for (const format& f : formats) {
    const std::vector<double> limits = thresholds(f);
    for (const widening fault : {widening::flushes_subnormals, widening::has_no_infinities}) {
      std::size_t seen = 0;
      for (unsigned i = 0; i < patterns; ++i) {
        const double right = value_of(i, f, widening::exact);
        const double wrong = value_of(i, f, fault);
        bool told = false;
        for (const double threshold : limits) told |= (right > threshold) != (wrong > threshold);
        seen += told;
      }
      EXPECT_GT(seen, 100u);
    }
  }
}

// Floats at and beside the middle of two neighbouring halves, and what they are rounded to.
struct rounding {
  float value;
  std::uint16_t nearest;
  std::uint16_t truncated;
  std::uint16_t ties_away;
};

std::vector<rounding> roundings(const format& f) {
  std::vector<rounding> all;
  const unsigned infinity = ((1u << (15 - f.fraction_bits)) - 1) << f.fraction_bits;
  for (unsigned below = 0; below + 1 < infinity; ++below) {
    const double low = value_of(below, f, widening::exact);
    const double high = value_of(below + 1, f, widening::exact);
    const auto middle = static_cast<float>((low + high) / 2);
    const auto lower = static_cast<std::uint16_t>(below);
    const auto upper = static_cast<std::uint16_t>(below + 1);
    all.push_back({std::nextafter(middle, 0.0f), lower, lower, lower});
    all.push_back({middle, below % 2 == 0 ? lower : upper, lower, upper});
    all.push_back({std::nextafter(middle, INFINITY), upper, lower, upper});
  }
  return all;
}

TEST(Halves, AreRoundedToNearestEven) {
  const context cpu("cpu");
  std::uint8_t no = 0;
  std::uint16_t unused = 0, got = 0;
  const tensor_view mask = view(&no, boolean, {1});
  for (const format& f : formats) {
    for (const rounding& each : roundings(f)) {
      where(cpu, mask, view(&unused, f.type, {1}), each.value, view(&got, f.type, {1}));
      ASSERT_EQ(got, each.nearest) << each.value;
    }
  }
}

// Shows that the test above can fail.
TEST(Halves, TheRoundedFloatsSeeFaults) {
  for (const format& f : formats) {
    std::size_t truncated = 0, ties_away = 0;
    for (const rounding& each : roundings(f)) {
      truncated += each.truncated != each.nearest;
      ties_away += each.ties_away != each.nearest;
    }
    EXPECT_GT(truncated, 10000u);
    EXPECT_GT(ties_away, 10000u);
  }
}

}  // namespace
}  // namespace bitwhere::traps
