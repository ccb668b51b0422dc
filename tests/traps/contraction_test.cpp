// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <array>

#include "contraction_probe.hpp"

// Whether x * y + z is rounded once or twice must not be the compiler's choice.
namespace bitwhere::traps {
namespace {

// Values whose product has a last bit that rounding drops and a fused operation keeps.
template <class T>
constexpr T epsilon = sizeof(T) == 4 ? T(0x1p-12) : T(0x1p-27);

// (1 + e)^2 - (1 + 2 e): nothing where the product is rounded, e^2 where it is not. As many
// elements as fill vectors and leave a rest.
template <class T>
std::array<T, 37> results(void (*probe)(const T*, const T*, T*, std::size_t)) {
  std::array<T, 37> x, z;
  x.fill(1 + epsilon<T>);
  z.fill(-(1 + 2 * epsilon<T>));
  probe(x.data(), x.data(), z.data(), x.size());
  return z;
}

class Contraction : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
      GTEST_SKIP() << "the probes need AVX2 and FMA";
#endif
  }
};

TEST_F(Contraction, TheFlagsOfTheProductFuseNothing) {
  for (const float each : results(exact_probe.of_floats)) EXPECT_EQ(each, 0.0f);
  for (const double each : results(exact_probe.of_doubles)) EXPECT_EQ(each, 0.0);
}

// Shows that the test above can fail.
TEST_F(Contraction, TheProbeSeesTheFault) {
  for (const float each : results(fused_probe.of_floats)) EXPECT_EQ(each, 0x1p-24f);
  for (const double each : results(fused_probe.of_doubles)) EXPECT_EQ(each, 0x1p-54);
}

}  // namespace
}  // namespace bitwhere::traps
