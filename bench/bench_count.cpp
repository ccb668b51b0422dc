// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/count.hpp>
#include <bitwhere/nan_to_num.hpp>

#include <limits>
#include <memory>

#include "harness.hpp"
#include "values.hpp"

namespace bitwhere::bench {
namespace {

constexpr std::uint64_t salt = 5;

bool mask_at(std::int64_t i) { return (mix(i, salt) & 1) != 0; }
float value_at(std::int64_t i) { return sample<float>::at(i, salt); }

struct counted {
  tensor from, out;
};

// Counts over `over`, checked against `expected(output index)`.
template <class Condition>
instance count(tensor from, tensor out, const reduction& over, Condition condition,
               std::function<std::int64_t(std::int64_t)> expected) {
  const auto all = std::make_shared<counted>(counted{std::move(from), std::move(out)});
  instance it;
  it.call = [=](const context& with) { count_nonzero(with, condition(all->from), over, all->out); };
  it.wrong = [=] { return first_wrong(all->out, expected); };
  const std::int64_t size = all->from.type().bytes();
  it.bytes = all->from.size() * size + all->out.size() * 8;
  it.plain = {{all->from.data(), nullptr, nullptr},
              {static_cast<int>(size), 0, 0},
              nullptr,
              0,
              all->from.size()};
  return it;
}

bench_case mask_case() {
  bench_case out = {.operation = "count_nonzero", .name = "mask", .elements = 1 << 28};
  out.goal = 0.80;
  out.cuda_goal = 0.80;
  out.make = [](const context& on, std::int64_t n) {
    std::int64_t right = 0;
    for (std::int64_t i = 0; i < n; ++i) right += mask_at(i) ? 1 : 0;
    return count(
        made(on, {n}, boolean, mask_at), empty(on, {}, i64), {},
        [](const tensor& x) { return condition(x); }, [=](std::int64_t) { return right; });
  };
  return out;
}

bench_case positive_case() {
  bench_case out = {.operation = "count_nonzero", .name = "x_above_0_f32", .elements = 1 << 26};
  out.goal = 0.90;
  out.cuda_goal = 0.90;
  out.make = [](const context& on, std::int64_t n) {
    std::int64_t right = 0;
    for (std::int64_t i = 0; i < n; ++i) right += value_at(i) > 0 ? 1 : 0;
    return count(
        made(on, {n}, f32, value_at), empty(on, {}, i64), {}, [](const tensor& x) { return x > 0; },
        [=](std::int64_t) { return right; });
  };
  return out;
}

// (rows, 4096) over one of its dimensions.
bench_case along_case(const std::string& name, std::int32_t dim) {
  bench_case out = {.operation = "count_nonzero", .name = name, .elements = 1 << 26};
  out.goal = dim == 1 ? 0.80 : 0;
  out.cuda_goal = 0.50;
  out.make = [=](const context& on, std::int64_t n) {
    constexpr std::int64_t columns = 4096;
    const std::int64_t rows = n / columns;
    const auto expected = [=](std::int64_t kept) {
      std::int64_t sum = 0;
      for (std::int64_t k = 0; k < (dim == 1 ? columns : rows); ++k) {
        sum += value_at(dim == 1 ? kept * columns + k : k * columns + kept) > 0 ? 1 : 0;
      }
      return sum;
    };
    return count(
        made(on, {rows, columns}, f32, value_at), empty(on, {dim == 1 ? rows : columns}, i64),
        {.dims = {dim}}, [](const tensor& x) { return x > 0; }, expected);
  };
  return out;
}

struct cleaned_pair {
  tensor x, out, counts;
};

bench_case clean_case() {
  bench_case out = {.operation = "nan_to_num", .name = "f32", .elements = 1 << 26};
  out.goal = 0.90;
  out.cuda_goal = 0.90;
  const auto dirty = [](std::int64_t i) {
    return i % 1000 == 0 ? std::numeric_limits<float>::quiet_NaN() : value_at(i);
  };
  out.make = [=](const context& on, std::int64_t n) {
    const auto all = std::make_shared<cleaned_pair>(
        cleaned_pair{made(on, {n}, f32, dirty),
                     made(on, {n}, f32, [](std::int64_t) { return 1.f; }), empty(on, {3}, i64)});
    instance it;
    it.call = [=](const context& with) {
      nan_to_num(with, all->x, {}, all->out, static_cast<bw_replaced*>(all->counts.data()));
    };
    it.wrong = [=] {
      return first_wrong(all->out,
                         [](std::int64_t i) { return i % 1000 == 0 ? 0.f : value_at(i); });
    };
    it.bytes = 8 * n;
    it.plain = {{all->x.data(), nullptr, nullptr}, {4, 0, 0}, all->out.data(), 4, n};
    return it;
  };
  return out;
}

}  // namespace

std::vector<bench_case> cases() {
  return {mask_case(), positive_case(), along_case("rows_f32", 1), along_case("columns_f32", 0),
          clean_case()};
}

}  // namespace bitwhere::bench
