// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bit>
#include <bitwhere/bitwhere.hpp>
#include <limits>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "../support/backends.hpp"

// What the values of where are, beyond what parity with the oracle says.
namespace bitwhere::test {
namespace {

class WhereSemantics : public parity {
 protected:
  template <class T>
  std::vector<T> values(const tensor& result) const {
    std::vector<T> host(static_cast<std::size_t>(result.size()));
    copy(result.on(), result, tensor_view(host.data(), result.type(), result.shape()));
    return host;
  }
};

TEST_P(WhereSemantics, MovesNanPayloadsAndSignsOfZero) {
  const std::vector<std::uint32_t> bits{0x7f800001, 0xffc12345, 0x80000000, 0x00000001};
  const tensor x = to(on(), bitwhere::view(const_cast<std::uint32_t*>(bits.data()), f32, {4}));
  const tensor all = where(on(), x != 12345, x, 0);
  std::vector<std::uint32_t> got(4);
  copy(on(), all, bitwhere::view(got.data(), f32, {4}));
  EXPECT_EQ(got, bits);
}

TEST_P(WhereSemantics, TreatsEveryByteButZeroAsTrue) {
  std::vector<std::uint8_t> truths{0, 1, 2, 0x80, 0xff, 0};
  const tensor mask = to(on(), bitwhere::view(truths.data(), boolean, {6}));
  EXPECT_EQ(values<std::int64_t>(where(on(), mask, 1, 0)),
            (std::vector<std::int64_t>{0, 1, 1, 1, 1, 0}));
}

TEST_P(WhereSemantics, NormalisesBools) {
  std::vector<std::uint8_t> truths{2, 0, 255};
  const tensor x = to(on(), bitwhere::view(truths.data(), boolean, {3}));
  EXPECT_EQ(values<std::uint8_t>(where(on(), x, x, x)), (std::vector<std::uint8_t>{1, 0, 1}));
}

TEST_P(WhereSemantics, GivesScalarsTheTensorsDtype) {
  const std::vector<std::uint16_t> halves{0x3c00, 0x4000};  // 1, 2
  const tensor x = to(on(), bitwhere::view(const_cast<std::uint16_t*>(halves.data()), f16, {2}));
  const tensor result = where(on(), x > 1.5, x, 0.1);
  EXPECT_EQ(result.type(), f16);
  std::vector<std::uint16_t> got(2);
  copy(on(), result, bitwhere::view(got.data(), f16, {2}));
  EXPECT_EQ(got, (std::vector<std::uint16_t>{0x2e66, 0x4000}));
}

TEST_P(WhereSemantics, GivesTwoScalarsTheirDefaultDtype) {
  const tensor x = to(on(), bitwhere::view(std::vector<float>{-1, 1}));
  EXPECT_EQ(where(on(), x > 0, 1.0, 0).type(), f32);
  EXPECT_EQ(where(on(), x > 0, 1, 0).type(), i64);
  EXPECT_EQ(where(on(), x > 0, true, false).type(), boolean);
  EXPECT_EQ(where(on(), x > 0, true, 0).type(), i64);
  EXPECT_EQ(where(on(), x > 0, std::complex<double>(0, 1), 0).type(), c64);
}

// The scalar is rounded to the tensor's dtype before it is compared.
TEST_P(WhereSemantics, ComparesInTheTensorsDtype) {
  const tensor x = to(on(), bitwhere::view(std::vector<float>{0.1f}));
  EXPECT_FALSE(values<std::uint8_t>(where(on(), x > 0.1, true, false))[0]);
  const tensor wide = to(on(), bitwhere::view(std::vector<double>{0.1f}));
  EXPECT_TRUE(values<std::uint8_t>(where(on(), wide > 0.1, true, false))[0]);
}

TEST_P(WhereSemantics, ComparesIntegersAsMathematicsDoes) {
  const std::vector<std::uint8_t> data{44, 255, 0};
  const tensor x = to(on(), bitwhere::view(data));
  using truths = std::vector<std::uint8_t>;
  EXPECT_EQ(values<std::uint8_t>(where(on(), x == 300, true, false)), (truths{0, 0, 0}));
  EXPECT_EQ(values<std::uint8_t>(where(on(), x > -0.5, true, false)), (truths{1, 1, 1}));
  EXPECT_EQ(values<std::uint8_t>(where(on(), 44.5 > x, true, false)), (truths{1, 0, 1}));
  const std::vector<std::int64_t> wide{(1LL << 53) + 1};
  const tensor y = to(on(), bitwhere::view(wide));
  EXPECT_EQ(values<std::uint8_t>(where(on(), y == 0x1p53, true, false)), (truths{0}));
  EXPECT_EQ(values<std::uint8_t>(where(on(), y > 0x1p53, true, false)), (truths{1}));
}

// f16 and bf16 are reached through f32, in one rounding from the scalar: what is stored and what is
// compared with are the same number.
TEST_P(WhereSemantics, RoundsScalarsThroughF32) {
  const auto stored = [&](dtype type, const scalar& s) {
    const std::uint16_t zero = 0;
    const tensor x = to(on(), tensor_view(const_cast<std::uint16_t*>(&zero), type, shape_t{1}));
    const tensor y = where(on(), x != 0, x, s);
    EXPECT_EQ(values<std::uint8_t>(where(on(), y == s, true, false))[0], 1);
    std::uint16_t bits = 0;
    copy(on(), y, tensor_view(&bits, type, shape_t{1}));
    return bits;
  };
  EXPECT_EQ(stored(bf16, 1 + 0x1p-8 + 0x1p-40), 0x3f80);
  EXPECT_EQ(stored(f16, 1 + 0x1p-11 + 0x1p-40), 0x3c00);
  EXPECT_EQ(stored(bf16, 16842753), 0x4b80);
}

TEST_P(WhereSemantics, TakesTheScalarOnTheLeft) {
  const tensor x = to(on(), bitwhere::view(std::vector<std::int32_t>{255, 1}));
  EXPECT_EQ(values<std::int64_t>(where(on(), 255 != x, 1, 0)), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(values<std::int64_t>(where(on(), 1 < x, 1, 0)), (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(values<std::int64_t>(where(on(), 1 >= x, 1, 0)), (std::vector<std::int64_t>{0, 1}));
}

// Bool tensors are conditions as they are, alone and joined.
TEST_P(WhereSemantics, JoinsMasks) {
  std::vector<std::uint8_t> left{0, 1, 2, 0};
  std::vector<std::uint8_t> right{0, 0, 9, 1};
  const tensor m = to(on(), bitwhere::view(left.data(), boolean, {4}));
  const tensor n = to(on(), bitwhere::view(right.data(), boolean, {4}));
  using truths = std::vector<std::uint8_t>;
  EXPECT_EQ(values<std::uint8_t>(mask(on(), m && n)), (truths{0, 0, 1, 0}));
  EXPECT_EQ(values<std::uint8_t>(mask(on(), m || n)), (truths{0, 1, 1, 1}));
  EXPECT_EQ(values<std::uint8_t>(mask(on(), !m)), (truths{1, 0, 0, 1}));
  EXPECT_EQ(values<std::uint8_t>(mask(on(), !m && n == n)), (truths{1, 0, 0, 1}));
}

// Whatever the caller has told the CPU to do with denormals: the scalar is widened by its bits.
TEST_P(WhereSemantics, KeepsDenormalScalars) {
#if defined(__x86_64__)
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  volatile std::uint32_t bits = 0x80000123u;  // read where the compiler cannot see it
  const scalar tiny(std::bit_cast<float>(std::uint32_t{bits}));
  _mm_setcsr(before);
  EXPECT_EQ(tiny.c().value.real[0], -0x123p-149);
#endif
  where(on(), to(on(), bitwhere::view(std::vector<float>{1})) > 0, 1, 0);
}

TEST_P(WhereSemantics, ZeroDimensionalStaysSo) {
  const float one = 1;
  const tensor x = to(on(), bitwhere::view(&one, {}));
  const tensor result = where(on(), x > 0, x, 5);
  EXPECT_EQ(result.rank(), 0u);
  EXPECT_EQ(result.item<float>(), 1);
}

// Frameworks switch denormals off; a comparison with zero must not notice.
TEST_P(WhereSemantics, KeepsDenormalsWhateverTheCallerHasSet) {
#if defined(__x86_64__)
  const unsigned before = _mm_getcsr();
  std::vector<float> tiny(100000, std::numeric_limits<float>::denorm_min());
  const tensor x = to(on(), bitwhere::view(tiny));
  _mm_setcsr(before | 0x8040 | 0x6000);  // FTZ, DAZ, round toward zero
  const tensor result = where(on(), x > 0, 0.1, 0.0);
  on().synchronize();
  EXPECT_EQ(_mm_getcsr() & 0xffc0u, (before | 0x8040 | 0x6000) & 0xffc0u)
      << "the caller's state was not restored";
  _mm_setcsr(before);
  for (const float f : values<float>(result))
    ASSERT_EQ(std::bit_cast<std::uint32_t>(f), 0x3dcccccdu);
#else
  where(on(), to(on(), bitwhere::view(std::vector<float>{1})) > 0, 1, 0);
  GTEST_SKIP() << "this test sets x86's MXCSR";
#endif
}

// A tensor of rank 0 on the host joins a cuda context by value.
TEST_P(WhereSemantics, ReadsZeroDimensionalHostTensors) {
  const float half = 0.5f;
  const tensor x = to(on(), bitwhere::view(std::vector<float>{-1, 1}));
  const tensor result = where(on(), x > 0, x, bitwhere::view(&half, {}));
  EXPECT_EQ(values<float>(result), (std::vector<float>{0.5f, 1}));
}

TEST_P(WhereSemantics, ReportsTheBytesOfTheContract) {
  std::vector<bw_trace_record> records;
  context_options options;
  options.device = GetParam().device;
  options.isa = GetParam().isa;
  options.trace = [&](const bw_trace_record& r) { records.push_back(r); };
  const context traced(options);
  const tensor x = to(traced, bitwhere::view(std::vector<float>(1000)));
  const tensor mask = where(traced, x > 0, true, false);
  const tensor result = where(traced, mask, x, 0);
  EXPECT_EQ(records.at(records.size() - 2).bytes, 4 * 1000 + 1000);
  EXPECT_EQ(records.back().bytes, 1000 + 4 * 1000 + 4 * 1000);
  where(on(), to(on(), bitwhere::view(std::vector<float>{1})) > 0, 1, 0);
}

INSTANTIATE_TEST_SUITE_P(Backends, WhereSemantics, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
