// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <limits>

#include "../support/host.hpp"
#include "gradient_parity.hpp"

// Gradients of sums and means under a condition on every backend, bit by bit against their
// definition.
namespace bitwhere::test {
namespace {

class ReduceGradient : public gradient_parity {
 protected:
  ReduceGradient() : gradient_parity(32) {}
};

bool wide(dtype type) { return type == f64; }

// What a mean's upstream is before it is spread: upstream / divisor, in f32 or f64.
std::vector<std::uint8_t> quotient(dtype type, const std::uint8_t* upstream, double divisor,
                                   dtype computed) {
  const auto u = converted(type, upstream, computed);
  const auto d = element_of(computed, {.real = divisor});
  const double dividend = number_of(computed, u.data()).real;
  const double by = number_of(computed, d.data()).real;
  if (wide(computed)) return element_of(f64, {.real = dividend / by});
  return element_of(f32, {.real = static_cast<float>(dividend) / static_cast<float>(by)});
}

// The index of a result that an element goes into.
shape_t index_of_result(const shape_t& index, const std::vector<bool>& reduced, bool keepdim) {
  shape_t out;
  for (std::size_t d = 0; d < index.size(); ++d) {
    if (!reduced[d]) {
      out.push_back(index[d]);
    } else if (keepdim) {
      out.push_back(0);
    }
  }
  return out;
}

TEST_P(ReduceGradient, IsTheUpstreamOfTheResultWhereTheConditionHolds) {
  const struct {
    shape_t x;
    shape_t whole;  // with the condition
  } shapes[] = {
      {{6}, {6}}, {{4, 5}, {4, 5}}, {{4, 1, 6}, {4, 3, 6}}, {{5}, {3, 5}}, {{2, 0}, {2, 0}}};
  for (const auto& of : shapes) {
    for (const auto& dims : every_choice(static_cast<int>(of.whole.size()))) {
      for (const reducer by : {reducer::sum, reducer::mean}) {
        const bool keepdim = random.below(2) != 0;
        const bool conditional = of.whole != of.x || random.below(4) != 0;
        const judged condition = maker.tree(of.whole, 2);
        if (conditional && broadcast(condition.shape, of.x) != of.whole) continue;
        reduce_options options = {.dims = dims, .keepdim = keepdim};
        if (conditional) options.where = condition.asked;
        if (by == reducer::mean && random.below(2) != 0) options.denominator_eps = 0.75;
        const std::vector<bool> reduced = reduced_by(dims, of.whole.size());
        const auto holds = [&](const shape_t& i) { return !conditional || condition.truth(i); };
        std::map<shape_t, std::int64_t> counts;
        for_each_index(of.whole, [&](const shape_t& i) {
          counts[index_of_result(i, reduced, keepdim)] += holds(i) ? 1 : 0;
        });
        shape_t kept = of.whole;
        for (std::size_t d = 0; d < kept.size(); ++d) kept[d] = reduced[d] ? 1 : kept[d];
        kept = keepdim ? kept : index_of_result(of.whole, reduced, false);

        const dtype type = any_float();
        const array upstream = make_array(any_float(), kept, any_layout(), random);
        const array x = blank_array(type, of.x, distinct_layout());
        const placed at_upstream(on(), upstream);
        const placed at_x(on(), x);
        // The terms over the whole shape, as they are before they are gathered.
        const dtype computed = wide(type) ? f64 : f32;
        const bool mean = by == reducer::mean;
        array terms = blank_array(mean ? computed : upstream.type, of.whole, layout::dense);
        for_each_index(of.whole, [&](const shape_t& i) {
          const shape_t result = index_of_result(i, reduced, keepdim);
          const double divisor = static_cast<double>(counts[result]) + options.denominator_eps;
          const std::uint8_t* const u = upstream.at(result);
          const auto term = mean ? quotient(upstream.type, u, divisor, computed)
                                 : converted(upstream.type, u, upstream.type);
          std::memcpy(terms.bytes.data() + terms.offset(i), term.data(), term.size());
        });
        SCOPED_TRACE(std::string(describe(by)) + " " + describe(upstream.type) + " to " +
                     describe(type) + " of rank " + std::to_string(of.x.size()));
        if (mean) {
          mean_gradient(on(), at_upstream.view(), options, at_x.view());
        } else {
          sum_gradient(on(), at_upstream.view(), options, at_x.view());
        }
        EXPECT_TRUE(at_x.bytes() == gathered(terms, of.whole, holds, x));
      }
    }
  }
}

TEST_P(ReduceGradient, OfNothingIsZero) {
  const tensor x = to(on(), bitwhere::view(std::vector<float>{1, -2, 3}));
  const tensor upstream = to(on(), bitwhere::view(std::vector<float>{-1}, shape_t{}));
  for (const empty_mean empty : {empty_mean::nan, empty_mean::zero}) {
    const tensor none = mean_gradient(on(), upstream, x, {.where = x > 9, .empty = empty});
    for (const float g : values(none)) EXPECT_EQ(std::bit_cast<std::uint32_t>(g), 0u);
  }
  const tensor some = mean_gradient(on(), upstream, x, {.where = x > 0});
  EXPECT_EQ(values(some), (std::vector<float>{-0.5f, 0, -0.5f}));
  EXPECT_EQ(std::bit_cast<std::uint32_t>(values(some)[1]), 0u);
  EXPECT_EQ(values(sum_gradient(on(), upstream, x)), (std::vector<float>{-1, -1, -1}));
  EXPECT_EQ(values(mean_gradient(on(), upstream, x)),
            (std::vector<float>{-1.0f / 3, -1.0f / 3, -1.0f / 3}));
}

// Each shard divides by what merged partials say: the bits of one pass.
TEST_P(ReduceGradient, OfShardsIsThatOfAllOfThem) {
  std::vector<float> host(300);
  for (float& value : host) value = static_cast<float>(random.below(100));
  const tensor all = to(on(), bitwhere::view(host, shape_t{100, 3}));
  const tensor upstream = to(on(), bitwhere::view(std::vector<float>{1.7f, -3, 0.1f}));
  const reduce_options options = {.dims = {0}, .denominator_eps = 1e-3};
  const auto of = [&](const tensor_view& x) {
    reduce_options with = options;
    with.where = x > 30;
    return with;
  };
  const std::vector<float> whole = values(mean_gradient(on(), upstream, all, of(all)));
  const auto rows = [&](std::int64_t begin, std::int64_t end) {
    return tensor_view(static_cast<float*>(all.data()) + begin * 3, f32, shape_t{end - begin, 3},
                       {}, on().memory());
  };
  const std::int64_t cuts[] = {0, 17, 64, 100};
  partial merged(on(), reducer::divisor, rows(0, 17), of(rows(0, 17)));
  merged.merge(partial(on(), reducer::divisor, rows(64, 100), of(rows(64, 100))));
  merged.merge(partial(on(), reducer::divisor, rows(17, 64), of(rows(17, 64))));
  const tensor divisor = merged.finish();
  EXPECT_EQ(divisor.type(), f64);
  std::vector<float> parts;
  for (int k = 0; k < 3; ++k) {
    const tensor_view x = rows(cuts[k], cuts[k + 1]);
    reduce_options with = of(x);
    with.denominator_eps = 0;
    const std::vector<float> part = values(mean_gradient(on(), upstream, x, with, divisor));
    parts.insert(parts.end(), part.begin(), part.end());
  }
  EXPECT_EQ(parts, whole);
  const tensor direct = reduce(on(), reducer::divisor, all, of(all));
  EXPECT_EQ(values<double>(direct), values<double>(divisor));
}

INSTANTIATE_TEST_SUITE_P(Backends, ReduceGradient, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
