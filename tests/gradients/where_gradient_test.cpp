// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <limits>

#include "../support/host.hpp"
#include "gradient_parity.hpp"

// Gradients of `where` on every backend, bit by bit: what was chosen moves, what was broadcast adds
// up exactly, and the rest is +0 whatever stands there.
namespace bitwhere::test {
namespace {

class WhereGradient : public gradient_parity {
 protected:
  WhereGradient() : gradient_parity(31) {}
};

struct shapes {
  shape_t result;
  shape_t x;
  shape_t y;
};

const shapes cases[] = {{{5}, {5}, {5}},
                        {{5}, {}, {1}},
                        {{4, 7}, {4, 1}, {7}},
                        {{1, 4, 7}, {1, 1, 7}, {4, 7}},
                        {{3, 4, 5}, {3, 1, 5}, {4, 1}},
                        {{3, 4, 5}, {1, 4, 1}, {}},
                        {{2, 130}, {130}, {2, 1}},
                        {{3, 0, 2}, {3, 1, 2}, {1, 0, 1}}};

TEST_P(WhereGradient, IsTheUpstreamOfWhatWasChosen) {
  for (const shapes& of : cases) {
    for (int round = 0; round < 6; ++round) {
      const dtype x_type = round == 0 ? f32 : any_float();
      const dtype y_type = any_float();
      const array upstream =
          make_array(round == 0 ? f32 : any_float(), of.result, any_layout(), random);
      const judged condition = maker.tree(of.result, 1 + static_cast<int>(random.below(3)));
      const array x = blank_array(x_type, of.x, distinct_layout());
      const array y = blank_array(y_type, of.y, distinct_layout());
      const placed at_upstream(on(), upstream);
      const placed at_x(on(), x);
      const placed at_y(on(), y);
      shape_t common = broadcast(broadcast(condition.shape, of.result), of.x);
      if (common.size() < of.x.size()) common = of.x;
      where_gradient(on(), condition.asked, at_upstream.view(),
                     {.x = at_x.view(), .y = at_y.view()});
      SCOPED_TRACE(describe(upstream.type) + " to " + describe(x_type) + ", " + describe(y_type) +
                   ", rank " + std::to_string(common.size()));
      EXPECT_TRUE(at_x.bytes() == gathered(upstream, common, condition.truth, x));
      EXPECT_TRUE(at_y.bytes() ==
                  gathered(
                      upstream, common, [&](const shape_t& i) { return !condition.truth(i); }, y));
      // One alone is the same.
      const placed alone(on(), y);
      where_gradient(on(), condition.asked, at_upstream.view(), {.y = alone.view()});
      EXPECT_TRUE(alone.bytes() == at_y.bytes());
    }
  }
}

TEST_P(WhereGradient, IsZeroWhereNothingWasChosen) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const tensor upstream = to(on(), bitwhere::view(std::vector<float>{nan, -0.0f, inf, -inf, 3}));
  std::vector<std::uint8_t> bits{0, 1, 0, 1, 0};
  const tensor mask = to(on(), tensor_view(bits.data(), boolean, shape_t{5}));
  const gradient_pair both = where_gradient(on(), mask, upstream, upstream, empty(on(), {}, f32));
  const std::vector<float> x = values(*both.x);
  const std::uint32_t wanted[] = {0, 0x80000000u, 0, 0xff800000u, 0};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(std::bit_cast<std::uint32_t>(x[i]), wanted[i]);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(values(*both.y)[0]), 0x7fc00000u) << "nan + inf + 3";
  // Of scalars and of integers there is none.
  const gradient_pair none = where_gradient(on(), mask, upstream, 1, empty(on(), {5}, i64));
  EXPECT_FALSE(none.x.has_value());
  EXPECT_FALSE(none.y.has_value());
}

// Terms of 2^60 that cancel and leave 2^-40 each, which a float's sum in any order would lose.
TEST_P(WhereGradient, AddsExactly) {
  const std::int64_t n = GetParam().is_cuda() ? 5000 : 70000;
  std::vector<float> host(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < host.size(); ++i) {
    host[i] = i % 3 == 0 ? 0x1p60f : i % 3 == 1 ? -0x1p60f : 0x1p-40f;
  }
  host.resize(host.size() - host.size() % 3);
  const tensor upstream = to(on(), bitwhere::view(host));
  const gradient_pair both =
      where_gradient(on(), isfinite(upstream), upstream, empty(on(), {1}, f32), 0);
  EXPECT_EQ(values(*both.x)[0], 0x1p-40f * static_cast<float>(host.size() / 3));
}

TEST_P(WhereGradient, MayTakeThePlaceOfTheUpstream) {
  for (const layout laid : distinct_layouts) {
    for (const bool of_x : {true, false}) {
      const array upstream = make_array(f32, {6, 35}, laid, random);
      const judged condition = maker.tree({6, 35}, 2);
      const placed in_place(on(), upstream);
      const array other = blank_array(f32, {35}, layout::dense);
      const placed at_other(on(), other);
      const auto chosen = [&](const shape_t& i) { return condition.truth(i) == of_x; };
      const auto rest = [&](const shape_t& i) { return condition.truth(i) != of_x; };
      gradient_targets to = {.x = in_place.view(), .y = at_other.view()};
      if (!of_x) std::swap(to.x, to.y);
      where_gradient(on(), condition.asked, in_place.view(), to);
      EXPECT_TRUE(in_place.bytes() == gathered(upstream, {6, 35}, chosen, upstream));
      EXPECT_TRUE(at_other.bytes() == gathered(upstream, {6, 35}, rest, other));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, WhereGradient, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
