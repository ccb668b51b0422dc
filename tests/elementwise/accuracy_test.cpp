// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <bitwhere/bitwhere.hpp>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <type_traits>

#include "../support/random.hpp"
#include "formulas.hpp"

// How far results are from the truth, on the best instruction set here; that the others give the
// same bits is another test's.
//
// The reference of f32 is the C library in f64, whose errors of about an ulp are 2^-29 ulp of f32.
// That of f64 is the C library in long double: 64 significant bits on x86-64, whose errors of an
// ulp or two are 0.001 ulp of f64, and 113 on aarch64.
namespace bitwhere::test {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t every_f32 = 64 * 64 + 1;
constexpr int f64_samples = 100'000;
#else
constexpr std::uint64_t every_f32 = 64;
constexpr int f64_samples = 3'000'000;
#endif

template <class Wide>
Wide truth(bw_function f, Wide x) {
  switch (f) {
    case BW_EXP:
      return std::exp(x);
    case BW_LOG:
      return std::log(x);
    case BW_LOG1P:
      return std::log1p(x);
    case BW_SIGMOID:
      return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
    case BW_SOFTPLUS:
      return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
    default:
      return -truth(BW_SOFTPLUS, -x);
  }
}

template <class T>
using bits_of = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

// The largest error over the inputs that it is given.
template <class T, class Wide>
class error_meter {
 public:
  explicit error_meter(bw_function f) : f_(f) {}

  void add(const std::vector<T>& inputs) {
    const tensor x = to(on_, view(inputs));
    tensor out(on_, x.shape(), x.type());
    detail::elementwise(on_, f_, x, {}, out);
    const auto* results = static_cast<const T*>(out.data());
    for (std::size_t i = 0; i < inputs.size(); ++i) judge(inputs[i], results[i]);
  }

  double largest() const { return largest_; }
  T at() const { return at_; }

 private:
  void judge(T x, T result) {
    using limits = std::numeric_limits<T>;
    const Wide wanted = truth<Wide>(f_, x);
    const T rounded = static_cast<T>(wanted);
    if (!std::isfinite(rounded) || wanted == 0) {
      // The truth may round to infinity or to 0, and the result with it.
      const bool same = std::isnan(rounded) ? std::isnan(result) : result == rounded;
      if (!same) measured(x, 1e9);
      return;
    }
    const int exponent = std::max(std::ilogb(wanted), limits::min_exponent - 1);
    const Wide ulp = std::ldexp(Wide{1}, exponent - (limits::digits - 1));
    const Wide error = std::fabs(static_cast<Wide>(result) - wanted) / ulp;
    measured(x, error < Wide{1e9} ? static_cast<double>(error) : 1e9);
  }

  void measured(T x, double error) {
    if (error <= largest_) return;
    largest_ = error;
    at_ = x;
  }

  context on_{"cpu"};
  bw_function f_;
  double largest_ = 0;
  T at_ = 0;
};

// Where formulas change what they do, and where numbers do.
template <class T>
std::vector<T> boundaries() {
  using limits = std::numeric_limits<T>;
  using bits = bits_of<T>;
  std::vector<T> centres = {0, limits::infinity(), limits::max(), limits::min(), 1};
  for (int e = limits::min_exponent - limits::digits; e < limits::max_exponent; ++e) {
    centres.push_back(std::ldexp(T{1}, e));
    centres.push_back(std::ldexp(static_cast<T>(std::sqrt(0.5)), e));  // where k of log changes
  }
  const double octaves = limits::max_exponent + limits::digits;
  for (double k = -octaves - 2; k <= octaves + 2; k += 0.5) {  // where k of exp changes
    centres.push_back(static_cast<T>(k * std::log(2.0)));
  }
  for (const double x :
       {std::sqrt(0.5) - 1, std::sqrt(2.0) - 1, 104.0, 746.0, 0.3466, 16.6, 36.7}) {
    centres.push_back(static_cast<T>(x));
  }
  std::vector<T> all;
  for (const T centre : centres) {
    const bits middle = std::bit_cast<bits>(std::fabs(centre));
    for (bits step = 0; step < 17; ++step) {
      const T x = std::bit_cast<T>(static_cast<bits>(middle + step < 8 ? 0 : middle + step - 8));
      if (std::isnan(x)) continue;
      all.push_back(x);
      all.push_back(-x);
    }
  }
  for (bits b = 0; b < 4096; ++b) all.push_back(std::bit_cast<T>(b));  // the smallest denormals
  return all;
}

struct bound {
  bw_function f;
  double f32;
  double f64;
};

class Accuracy : public testing::TestWithParam<bound> {};

TEST_P(Accuracy, OfF32OverEverySixtyFourthInputAndAllBoundaries) {
  error_meter<float, double> error(GetParam().f);
  error.add(boundaries<float>());
  std::vector<float> inputs;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32;) {
    inputs.clear();
    for (; inputs.size() < (1u << 20) && bits < std::uint64_t{1} << 32; bits += every_f32) {
      inputs.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    }
    error.add(inputs);
  }
  EXPECT_LE(error.largest(), GetParam().f32) << "at " << std::hexfloat << error.at();
  RecordProperty("ulp", std::to_string(error.largest()));
}

TEST_P(Accuracy, OfF64OverSamplesAndAllBoundaries) {
  error_meter<double, long double> error(GetParam().f);
  error.add(boundaries<double>());
  random_integers random(3);
  std::vector<double> inputs;
  for (int i = 0; i < f64_samples; ++i) {
    const double unit = static_cast<double>(random.next() >> 11) * 0x1p-53;
    const double ranges[] = {-745 + 1454 * unit,
                             2 * unit - 1,
                             60 * unit - 30,
                             0.5 + 1.5 * unit,
                             std::exp2(120 * unit - 60),
                             -std::exp2(120 * unit - 60),
                             std::bit_cast<double>(random.next() >> 1)};
    inputs.push_back(ranges[i % 7]);
    if (inputs.size() < (1u << 17) && i + 1 < f64_samples) continue;
    error.add(inputs);
    inputs.clear();
  }
  EXPECT_LE(error.largest(), GetParam().f64) << "at " << std::hexfloat << error.at();
  RecordProperty("ulp", std::to_string(error.largest()));
}

// e(x) is exp, bit for bit, down to where that is no normal number.
template <class T>
void expect_exp_of_not_positive(const std::vector<T>& inputs) {
  const T least = sizeof(T) == 4 ? static_cast<T>(-87.3365f) : static_cast<T>(-708.39641853226408);
  EXPECT_GE(formula(BW_EXP, least), std::numeric_limits<T>::min());
  for (const T x : inputs) {
    const T whole = formula(BW_EXP, x);
    if (x > 0) continue;
    const T wanted = x < least ? T{0} : whole;
    ASSERT_EQ(std::bit_cast<bits_of<T>>(exp_not_positive(x)), std::bit_cast<bits_of<T>>(wanted))
        << std::hexfloat << x;
  }
  EXPECT_TRUE(std::isnan(exp_not_positive(std::numeric_limits<T>::quiet_NaN())));
}

TEST(Exp, OfWhatIsNotPositiveIsTheSame) {
  expect_exp_of_not_positive(boundaries<float>());
  expect_exp_of_not_positive(boundaries<double>());
  random_integers random(5);
  std::vector<float> singles;
  std::vector<double> doubles;
  for (int i = 0; i < 1'000'000; ++i) {
    singles.push_back(static_cast<float>(random.below(105'000'000)) * -1e-6f);
    doubles.push_back(static_cast<double>(random.below(750'000'000'000)) * -1e-9);
  }
  expect_exp_of_not_positive(singles);
  expect_exp_of_not_positive(doubles);
}

// What bw_function promises.
INSTANTIATE_TEST_SUITE_P(Functions, Accuracy,
                         testing::Values(bound{BW_EXP, 0.91, 0.93}, bound{BW_LOG, 0.93, 0.89},
                                         bound{BW_LOG1P, 0.90, 0.89}, bound{BW_SIGMOID, 0.89, 0.93},
                                         bound{BW_SOFTPLUS, 1.01, 1.05},
                                         bound{BW_LOG_SIGMOID, 1.01, 1.05}),
                         [](const auto& of) { return std::string(title_of(of.param.f)); });

}  // namespace
}  // namespace bitwhere::test
