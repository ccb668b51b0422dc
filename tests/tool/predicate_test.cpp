// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/predicate.hpp"

#include "src/tool/failure.hpp"

#include <bitwhere/where.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

using tool::predicate;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// For which of `x` an expression holds: a character each, 1 or 0.
template <class T>
std::string holds(const std::string& text, const std::vector<T>& x) {
  static const context cpu("cpu");
  const tensor_view view = bitwhere::view(x);
  const tensor found = mask(cpu, predicate("--where", text).over(view));
  std::string out;
  for (const bool one : found.template span<bool>()) out += one ? '1' : '0';
  return out;
}

const std::vector<double> samples = {-inf, -3, -2, -1, -0.0, 0, 0.25, 0.5, 1, 2, 255, inf, nan};

std::string expected(const std::function<bool(double)>& of) {
  std::string out;
  for (const double x : samples) out += of(x) ? '1' : '0';
  return out;
}

void expect_holds(const std::string& text, const std::function<bool(double)>& of) {
  EXPECT_EQ(holds(text, samples), expected(of)) << text;
}

TEST(Predicate, ComparesWithNumbersOnEitherSide) {
  expect_holds("x < 0.5", [](double x) { return x < 0.5; });
  expect_holds("x <= 0.5", [](double x) { return x <= 0.5; });
  expect_holds("x > 0.5", [](double x) { return x > 0.5; });
  expect_holds("x >= 0.5", [](double x) { return x >= 0.5; });
  expect_holds("x == 0.5", [](double x) { return x == 0.5; });
  expect_holds("x != 0.5", [](double x) { return x != 0.5; });
  expect_holds("0.5 < x", [](double x) { return 0.5 < x; });
  expect_holds("0.5 <= x", [](double x) { return 0.5 <= x; });
  expect_holds("0.5 > x", [](double x) { return 0.5 > x; });
  expect_holds("0.5 >= x", [](double x) { return 0.5 >= x; });
  expect_holds("0.5 == x", [](double x) { return 0.5 == x; });
  expect_holds("0.5 != x", [](double x) { return 0.5 != x; });
}

TEST(Predicate, AsksWhatKindOfNumberItIs) {
  expect_holds("isnan(x)", [](double x) { return std::isnan(x); });
  expect_holds("isinf(x)", [](double x) { return std::isinf(x); });
  expect_holds("isfinite ( x )", [](double x) { return std::isfinite(x); });
  expect_holds("x", [](double x) { return x != 0; });
}

TEST(Predicate, BindsAsInCAndPython) {
  expect_holds("x > 1 || x < 0 && x > -3", [](double x) { return x > 1 || (x < 0 && x > -3); });
  expect_holds("(x > 1 || x < 0) && x > -3", [](double x) { return (x > 1 || x < 0) && x > -3; });
  expect_holds("x < 0 && x > -3 || x > 1", [](double x) { return (x < 0 && x > -3) || x > 1; });
  expect_holds("!x || x == 1", [](double x) { return x == 0 || x == 1; });
  expect_holds("!isnan(x) && x != 0", [](double x) { return !std::isnan(x) && x != 0; });
  expect_holds("!(x > 0 || isnan(x))", [](double x) { return !(x > 0 || std::isnan(x)); });
  expect_holds("not x > 0 and x < 1", [](double x) { return !(x > 0) && x < 1; });
  expect_holds("not (x > 0 and x < 1)", [](double x) { return !(x > 0 && x < 1); });
  expect_holds("x > 1 or not x < 0 and x", [](double x) { return x > 1 || (!(x < 0) && x != 0); });
  expect_holds("x > 1 or x < 0 && x", [](double x) { return x > 1 || x < 0; });
  for (const char* twice : {"!!x", "! ! (x)", "not not x", "not !x", "!(not (x))", "((x))"}) {
    expect_holds(twice, [](double x) { return x != 0; });
  }
  expect_holds("(x) < (0.5)", [](double x) { return x < 0.5; });
}

TEST(Predicate, BlanksDoNotMatter) {
  const auto between = [](double x) { return 0 < x && x < 1; };
  for (const char* text : {"0<x&&x<1", "  0\t<\nx &&\r x <1  ", "0<x and x<1", "(0<x)and(x<1)"}) {
    expect_holds(text, between);
  }
  expect_holds("x<-1", [](double x) { return x < -1; });
  expect_holds("x < - 1", [](double x) { return x < -1; });
}

TEST(Predicate, ReadsNumbers) {
  const auto is = [](const std::string& number, double value) {
    EXPECT_EQ(holds("x == " + number, std::vector<double>{value, 77}), "10") << number;
  };
  is("2", 2);
  is("+2", 2);
  is("007", 7);
  is("2.", 2);
  is(".5", 0.5);
  is("-2.5", -2.5);
  is("0.1", 0.1);
  is("1e3", 1000);
  is("-25E-2", -0.25);
  is("1.5e+2", 150);
  is("1e-310", 1e-310);
  is("4.9406564584124654e-324", std::numeric_limits<double>::denorm_min());
  is("0xFF", 255);
  is("0Xff", 255);
  is("-0x10", -16);
  is("inf", inf);
  is("-inf", -inf);
  is("+ inf", inf);
  is("true", 1);
  is("false", 0);
  expect_holds("x == nan", [](double) { return false; });
  expect_holds("x != -nan", [](double) { return true; });
}

TEST(Predicate, KeepsIntegersExact) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t odd = (std::int64_t{1} << 53) + 1;
  const std::vector<std::int64_t> x = {least, least + 1, odd - 1, odd, odd + 1, most - 1, most};
  EXPECT_EQ(holds("x == 9223372036854775807", x), "0000001");
  EXPECT_EQ(holds("x == 0x7FFFFFFFFFFFFFFF", x), "0000001");
  EXPECT_EQ(holds("x > 9223372036854775806", x), "0000001");
  EXPECT_EQ(holds("x == -9223372036854775808", x), "1000000");
  EXPECT_EQ(holds("x <= -9223372036854775807", x), "1100000");
  EXPECT_EQ(holds("x == 9007199254740993", x), "0001000");
  EXPECT_EQ(holds("9007199254740993 < x", x), "0000111");
  EXPECT_EQ(holds("x < 1e300", x), "1111111");
  const std::vector<std::uint8_t> bytes = {0, 1, 44, 255};
  EXPECT_EQ(holds("x == 300", bytes), "0000");
  EXPECT_EQ(holds("x > -0.5", bytes), "1111");
  EXPECT_EQ(holds("x > 0.5 && x < 254.5", bytes), "0110");
}

TEST(Predicate, RoundsNumbersToTheTypeOfFloats) {
  EXPECT_EQ(holds("x == 0.1", std::vector<float>{0.1F, 0.2F}), "10");
  EXPECT_EQ(holds("x > 0.1", std::vector<float>{0.1F, 0.2F}), "01");
}

TEST(Predicate, TakesComplexNumbersAsFarAsTheyGo) {
  const std::vector<std::complex<float>> x = {{0, 0}, {0, 1}, {std::nanf(""), 0}, {1, -INFINITY}};
  EXPECT_EQ(holds("x", x), "0111");
  EXPECT_EQ(holds("isnan(x) or isinf(x)", x), "0011");
  EXPECT_EQ(holds("!x || !isfinite(x)", x), "1011");
  try {
    holds("isnan(x) || x > 1", x);
    ADD_FAILURE() << "complex numbers compared";
  } catch (const tool::syntax_error& e) {
    EXPECT_EQ(e.at(), 12U);
    EXPECT_NE(std::string(e.what()).find("do not compare"), std::string::npos) << e.what();
  }
}

TEST(Predicate, HasUpToEightLeaves) {
  std::string text = "x == 0";
  for (int i = 1; i < BW_MAX_LEAVES; ++i) text += " || x == " + std::to_string(i);
  EXPECT_EQ(holds(text, std::vector<int>{0, 7, 8}), "110");
  EXPECT_EQ(holds("!(" + text + ")", std::vector<int>{0, 7, 8}), "001");
  try {
    predicate("--where", text + " || x");
    ADD_FAILURE() << "nine leaves";
  } catch (const tool::syntax_error& e) {
    EXPECT_EQ(e.at(), text.size() + 4);
    EXPECT_EQ(std::string(e.what()), "--where: has more than 8 comparisons and tests");
  }
}

TEST(Predicate, NegatesEveryNodeOfALargeTree) {
  std::string text = "!(x == 0)";
  for (int i = 1; i < BW_MAX_LEAVES; ++i)
    text = "!(" + text + " && !(x == " + std::to_string(i) + "))";
  std::string expected;
  std::vector<int> x;
  for (int value = 0; value < 10; ++value) {
    bool now = value != 0;
    for (int i = 1; i < BW_MAX_LEAVES; ++i) now = !(now && value != i);
    x.push_back(value);
    expected += now ? '1' : '0';
  }
  EXPECT_EQ(holds(text, x), expected);
}

struct fault {
  const char* text;
  std::size_t at;
  const char* part;
};

constexpr fault faults[] = {
    {"", 0, "is empty"},
    {"   ", 3, "is empty"},
    {"y > 1", 0, "y is unknown; known are x, isnan"},
    {"x > 1 && X < 2", 9, "X is unknown"},
    {"abs(x) > 1", 0, "abs is unknown"},
    {"x.y", 0, "x.y is unknown"},
    {"x >", 3, "ends where x, a number, ! or ( is expected"},
    {"x &&", 4, "ends where x"},
    {"x and", 5, "ends where x"},
    {"and x", 0, "and where x, a number, ! or ( is expected"},
    {"x == not x", 5, "not where x"},
    {"x not", 2, "not where &&, || or the end is expected"},
    {"x > 0.5 x", 8, "x where &&, || or the end is expected"},
    {"x - 1 > 0", 2, "- where &&, || or the end is expected"},
    {"x[0] > 1", 1, "[ where"},
    {"x > 1,", 5, ", where"},
    {"x <> 1", 3, "> where x"},
    {"x \xE2\x89\xA5 1", 2, "\xE2\x89\xA5 where"},
    {"x > '1'", 4, "' where"},
    {"0 < x < 1", 6, "comparisons do not chain: write 0 < x && x < ..."},
    {"0<x<1", 3, "write 0<x && x < ..."},
    {"x == 1 == 1", 7, "comparisons do not chain"},
    {"x && 0 <= x <= 1", 12, "write 0 <= x && x <= ..."},
    {"x = 1", 2, "write == for ="},
    {"x > 0 & x < 1", 6, "write && for &"},
    {"x > 0 | x", 6, "write || for |"},
    {"~x", 0, "write ! for ~"},
    {"x && ! x > 0.5", 5, "write !( ) around a comparison"},
    {"5", 0, "a number is no condition"},
    {"x && true", 5, "a number is no condition"},
    {"!1", 1, "a number is no condition"},
    {"not (nan)", 4, "a number is no condition"},
    {"1 < 2", 2, "compares two numbers"},
    {"x == x", 2, "isnan(x)"},
    {"(x > 0) == 1", 0, "a condition is compared"},
    {"1 == isnan(x)", 5, "a condition is compared"},
    {"(x > 0", 6, "ends where ) is expected"},
    {"x > 0)", 5, ") where &&, || or the end is expected"},
    {"()", 1, ") where x, a number, ! or ( is expected"},
    {"isnan x", 6, "x where ( is expected"},
    {"isnan", 5, "ends where ( is expected"},
    {"isnan(1)", 6, "isnan takes x alone"},
    {"isinf(x > 1)", 8, "> where ) is expected"},
    {"isfinite(x", 10, "ends where ) is expected"},
    {"1.2.3 < x", 0, "1.2.3 is no number"},
    {"x < 5x", 4, "5x is no number"},
    {"x < 1_000", 4, "1_000 is no number"},
    {"x < .", 4, ". is no number"},
    {"x < 0x", 4, "0x is no number"},
    {"x < 0x1p3", 4, "0x1p3 is no number"},
    {"x < 0xG", 4, "0xG is no number"},
    {"x < 1e", 4, "1e is no number"},
    {"x < 2e-", 4, "2e- is no number"},
    {"x < 1e999", 4, "1e999 is beyond what f64 can hold"},
    {"x < 1e-999", 4, "1e-999 is beyond what f64 can hold"},
    {"x < 9223372036854775808", 4, "9223372036854775808 is beyond 64 bits"},
    {"x < -9223372036854775809", 5, "-9223372036854775809 is beyond 64 bits"},
    {"x < 0xFFFFFFFFFFFFFFFF", 4, "is beyond 64 bits"},
    {"x < 99999999999999999999999", 4, "is beyond 64 bits"},
    {"-x > 1", 0, "a sign stands before numbers alone"},
    {"x < --1", 4, "a sign stands before numbers alone"},
    {"x == -true", 5, "a sign stands before numbers alone"},
};

TEST(Predicate, SaysWhereAFaultIs) {
  for (const fault& one : faults) {
    try {
      predicate("--where", one.text);
      ADD_FAILURE() << one.text << ": no error";
    } catch (const tool::syntax_error& e) {
      EXPECT_EQ(e.at(), one.at) << one.text << ": " << e.what();
      EXPECT_EQ(e.text(), one.text);
      const std::string what = e.what();
      EXPECT_EQ(what.find("--where: "), 0U) << what;
      EXPECT_NE(what.find(one.part), std::string::npos) << one.text << ": " << what;
    }
  }
}

TEST(Predicate, RejectsEveryCutText) {
  const std::string whole = "!(x > -0x1F && isnan(x)) or x <= 1.5e3";
  EXPECT_NO_THROW(predicate("--where", whole));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    // Up to the last parenthesis nothing is whole; behind it, some of what is cut is.
    const bool is_whole = n == 24 || n == 25 || n == 29 || n == 30 || (n >= 34 && n <= 36);
    if (is_whole) {
      EXPECT_NO_THROW(predicate("--where", whole.substr(0, n))) << n;
    } else {
      EXPECT_THROW(predicate("--where", whole.substr(0, n)), tool::syntax_error) << n;
    }
  }
}

TEST(Predicate, IsNotNestedWithoutEnd) {
  const auto nested = [](const std::string& open, const std::string& close, int levels) {
    std::string out;
    for (int i = 0; i < levels; ++i) out += open;
    out += "x";
    for (int i = 0; i < levels; ++i) out += close;
    return out;
  };
  for (const std::string open : {"(", "!", "not ", "!("}) {
    const std::string close = open.ends_with('(') ? ")" : "";
    const int fits = open == "!(" ? 50 : 100;
    EXPECT_EQ(holds(nested(open, close, fits), std::vector<int>{0, 3}), "01") << open;
    for (const int levels : {fits + 1, 1000000}) {
      EXPECT_THROW(predicate("--where", nested(open, close, levels)), tool::syntax_error) << open;
    }
  }
}

}  // namespace
}  // namespace bitwhere::tool_test
