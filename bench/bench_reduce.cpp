// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/reduce.hpp>

#include <bit>
#include <functional>
#include <memory>
#include <utility>

#include "harness.hpp"
#include "values.hpp"

namespace bitwhere::bench {
namespace {

constexpr std::uint64_t salt = 11;

bool mask_at(std::int64_t i) { return (mix(i, salt + 1) & 1) != 0; }

// --- Data whose exact sums are known. ---

// How the bits of a float are divided.
template <class T>
struct layout;
template <>
struct layout<float> {
  using bits = std::uint32_t;
  static constexpr int fraction = 23;
  static constexpr int fields = 255;
};
template <>
struct layout<double> {
  using bits = std::uint64_t;
  static constexpr int fraction = 52;
  static constexpr int fields = 2047;
};

// A bf16 as its bits.
struct brain {
  std::uint16_t bits;
  static brain of(float value) {
    return {static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16)};
  }
  [[nodiscard]] float value() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }
};

// Of either sign, with exponents in spread + 1 neighbouring powers of two, in the middle of the
// range of T.
template <class T>
T wide_at(std::int64_t i, int spread) {
  using bits = typename layout<T>::bits;
  const std::uint64_t z = mix(i, salt);
  const auto field =
      static_cast<bits>((layout<T>::fields - spread) / 2 +
                        static_cast<int>(mix(i, salt + 2) % static_cast<unsigned>(spread + 1)));
  const bits fraction = static_cast<bits>(z) & ((bits{1} << layout<T>::fraction) - 1);
  const bits sign = static_cast<bits>(z >> 63) << (8 * sizeof(T) - 1);
  return std::bit_cast<T>(sign | field << layout<T>::fraction | fraction);
}

// Element i of n that are reduced together, as output `of`: the second half is the first with the
// other sign, but for its first element, so that the exact sum of all is the sum of two.
template <class T>
T cancelling(std::int64_t i, std::int64_t n, int spread, std::int64_t of = 0) {
  const std::int64_t first = of * (n + 1);
  if (i < n / 2) return wide_at<T>(first + i, spread);
  return i == n / 2 ? wide_at<T>(first + n, spread) : -wide_at<T>(first + i - n / 2, spread);
}
// Adding two floats rounds once.
template <class T>
T sum_of_cancelling(std::int64_t n, int spread, std::int64_t of = 0) {
  return cancelling<T>(0, n, spread, of) + cancelling<T>(n / 2, n, spread, of);
}

// --- Cases. ---

struct operands {
  tensor x, condition, out;
};

using condition_maker = std::function<condition(const operands&)>;

// Reduces to one number, or along a dimension; `expected(output index)` is what must come out.
template <class Expected>
instance reduction_of(reducer by, operands all, const condition_maker& where,
                      std::vector<std::int32_t> dims, Expected expected) {
  const auto of = std::make_shared<operands>(std::move(all));
  reduce_options how;
  if (where) how.where = where(*of);
  how.dims = std::move(dims);
  instance it;
  it.call = [=](const context& with) { reduce(with, by, of->x, how, of->out); };
  it.wrong = [=] { return first_wrong(of->out, expected); };
  const std::int64_t n = of->x.size();
  const std::int64_t size = of->x.type().bytes();
  const bool masked = of->condition.size() != 0;
  it.bytes = n * size + (masked ? n : 0) + of->out.size() * of->out.type().bytes();
  it.plain = {
      {masked ? of->condition.data() : of->x.data(), masked ? of->x.data() : nullptr, nullptr},
      {masked ? 1 : static_cast<int>(size), masked ? static_cast<int>(size) : 0, 0},
      nullptr,
      0,
      n};
  return it;
}

bench_case case_of(std::string name, std::int64_t elements, double goal, double cuda_goal) {
  bench_case out = {.operation = "reduce", .name = std::move(name), .elements = elements};
  out.goal = goal;
  out.cuda_goal = cuda_goal;
  out.element_bytes = 9;
  return out;
}

tensor no_tensor(const context& on) { return empty(on, {0}, boolean); }

template <class T>
bench_case spread_case(const std::string& type, int spread, double goal = 0) {
  bench_case out = case_of("sum_" + type + "_s" + std::to_string(spread),
                           (std::int64_t{1} << 28) / static_cast<std::int64_t>(sizeof(T)), goal,
                           spread <= 24 ? 0.80 : 0.40);
  out.small_sizes = spread == 20;
  out.make = [=](const context& on, std::int64_t n) {
    const auto value = [=](std::int64_t i) { return cancelling<T>(i, n, spread); };
    return reduction_of(
        reducer::sum,
        {made(on, {n}, dtype_of<T>(), value), no_tensor(on), empty(on, {}, dtype_of<T>())}, {}, {},
        [=](std::int64_t) { return sum_of_cancelling<T>(n, spread); });
  };
  return out;
}

constexpr int usual_spread = 20;

float value_at(std::int64_t i, std::int64_t n) { return cancelling<float>(i, n, usual_spread); }

// A mask that both halves share, so that what it leaves cancels, too. The first elements of the
// halves are always chosen.
bool chosen_at(std::int64_t i, std::int64_t n) {
  const std::int64_t k = i % (n / 2);
  return k == 0 || mask_at(k);
}

bench_case masked_case(const std::string& name, reducer by) {
  bench_case out = case_of(name, 1 << 26, 0, 0.60);
  out.make = [=](const context& on, std::int64_t n) {
    std::int64_t chosen = 0;
    for (std::int64_t i = 0; i < n; ++i) chosen += chosen_at(i, n) ? 1 : 0;
    const auto expected = [=](std::int64_t) {
      const double sum = static_cast<double>(wide_at<float>(0, usual_spread)) +
                         static_cast<double>(wide_at<float>(n, usual_spread));
      return static_cast<float>(by == reducer::mean ? sum / static_cast<double>(chosen) : sum);
    };
    return reduction_of(
        by,
        {made(on, {n}, f32, [=](std::int64_t i) { return value_at(i, n); }),
         made(on, {n}, boolean, [=](std::int64_t i) { return chosen_at(i, n); }),
         empty(on, {}, f32)},
        [](const operands& all) { return condition(all.condition); }, {}, expected);
  };
  return out;
}

bench_case mean_case() {
  bench_case out = case_of("mean_f32", 1 << 26, 0.80, 0.80);
  out.make = [](const context& on, std::int64_t n) {
    const auto expected = [=](std::int64_t) {
      const double sum = static_cast<double>(wide_at<float>(0, usual_spread)) +
                         static_cast<double>(wide_at<float>(n, usual_spread));
      return static_cast<float>(sum / static_cast<double>(n));
    };
    return reduction_of(reducer::mean,
                        {made(on, {n}, f32, [=](std::int64_t i) { return value_at(i, n); }),
                         no_tensor(on), empty(on, {}, f32)},
                        {}, {}, expected);
  };
  return out;
}

// Where x lies in (-1, 1), of both signs.
bench_case predicate_case() {
  bench_case out = case_of("sum_f32_where_x", 1 << 26, 0, 0.60);
  out.make = [](const context& on, std::int64_t n) {
    const auto expected = [=](std::int64_t) {
      float sum = 0;  // of the two that have nothing to cancel with
      for (const std::int64_t i : {std::int64_t{0}, n / 2}) {
        const float x = value_at(i, n);
        if (x > -1 && x < 1) sum += x;
      }
      return sum;
    };
    return reduction_of(
        reducer::sum,
        {made(on, {n}, f32, [=](std::int64_t i) { return value_at(i, n); }), no_tensor(on),
         empty(on, {}, f32)},
        [](const operands& all) { return all.x > -1 && all.x < 1; }, {}, expected);
  };
  return out;
}

// Of many equal values, as maps have them; the largest stands where a naive loop finds it.
bench_case extreme_case(const std::string& name, reducer by) {
  bench_case out = case_of(name, 1 << 26, 0, 0.80);
  const auto value = [](std::int64_t i) { return sample<float>::at(i, salt); };
  out.make = [=](const context& on, std::int64_t n) {
    std::int64_t at = 0;
    for (std::int64_t i = 1; i < n; ++i) at = value(i) > value(at) ? i : at;
    operands all = {made(on, {n}, f32, value), no_tensor(on),
                    empty(on, {}, by == reducer::max ? f32 : i64)};
    if (by == reducer::argmax) {
      return reduction_of(by, std::move(all), {}, {}, [=](std::int64_t) { return at; });
    }
    return reduction_of(by, std::move(all), {}, {}, [=](std::int64_t) { return value(at); });
  };
  return out;
}

// (rows, columns) over one of its dimensions.
bench_case along_case(std::int64_t columns, std::int32_t dim) {
  bench_case out =
      case_of((dim == 1 ? "sum_f32_rows_" : "sum_f32_columns_") + std::to_string(columns), 1 << 26,
              0, 0.50);
  out.make = [=](const context& on, std::int64_t n) {
    const std::int64_t rows = n / columns;
    const std::int64_t reduced = dim == 1 ? columns : rows;
    const auto value = [=](std::int64_t i) {
      const std::int64_t row = i / columns;
      const std::int64_t column = i % columns;
      return cancelling<float>(dim == 1 ? column : row, reduced, usual_spread,
                               dim == 1 ? row : column);
    };
    const auto expected = [=](std::int64_t of) {
      return sum_of_cancelling<float>(reduced, usual_spread, of);
    };
    return reduction_of(reducer::sum,
                        {made(on, {rows, columns}, f32, value), no_tensor(on),
                         empty(on, {dim == 1 ? rows : columns}, f32)},
                        {}, {dim}, expected);
  };
  return out;
}

bench_case integer_case() {
  bench_case out = case_of("sum_i64", 1 << 25, 0, 0.80);
  const auto value = [](std::int64_t i) { return static_cast<std::int64_t>(mix(i, salt)); };
  out.make = [=](const context& on, std::int64_t n) {
    std::uint64_t right = 0;
    for (std::int64_t i = 0; i < n; ++i) right += mix(i, salt);
    return reduction_of(reducer::sum,
                        {made(on, {n}, i64, value), no_tensor(on), empty(on, {}, i64)}, {}, {},
                        [=](std::int64_t) { return static_cast<std::int64_t>(right); });
  };
  return out;
}

bench_case brain_case() {
  bench_case out = case_of("sum_bf16", 1 << 27, 0, 0.60);
  out.make = [](const context& on, std::int64_t n) {
    const auto value = [=](std::int64_t i) { return brain::of(value_at(i, n)); };
    const auto expected = [=](std::int64_t) { return value(0).value() + value(n / 2).value(); };
    return reduction_of(reducer::sum,
                        {made(on, {n}, bf16, value), no_tensor(on), empty(on, {}, f32)}, {}, {},
                        expected);
  };
  return out;
}

bench_case call_case() {
  bench_case out = {.operation = "reduce", .name = "sum_f32_call"};
  out.call_cost = true;
  out.make = [](const context& on, std::int64_t n) {
    const auto value = [](std::int64_t i) { return static_cast<float>(i % 7); };
    float right = 0;  // small integers: exact
    for (std::int64_t i = 0; i < n; ++i) right += value(i);
    return reduction_of(reducer::sum,
                        {made(on, {n}, f32, value), no_tensor(on), empty(on, {}, f32)}, {}, {},
                        [=](std::int64_t) { return right; });
  };
  return out;
}

}  // namespace

std::vector<bench_case> cases() {
  std::vector<bench_case> out;
  // Only narrow tiles are as fast as memory.
  for (const int s : {0, 20, 50, 90, 140, 180, 254}) {
    out.push_back(spread_case<float>("f32", s, s <= 50 ? 0.80 : 0));
  }
  for (const int s : {5, 30, 60, 110, 400}) {
    out.push_back(spread_case<double>("f64", s));
  }
  out.push_back(masked_case("sum_f32_mask", reducer::sum));
  out.push_back(masked_case("mean_f32_mask", reducer::mean));
  out.push_back(predicate_case());
  out.push_back(mean_case());
  out.push_back(extreme_case("max_f32", reducer::max));
  out.push_back(extreme_case("argmax_f32", reducer::argmax));
  for (const std::int64_t columns : {64, 1024, 8192}) {
    out.push_back(along_case(columns, 1));
    out.push_back(along_case(columns, 0));
  }
  out.push_back(integer_case());
  out.push_back(brain_case());
  out.push_back(call_case());
  return out;
}

}  // namespace bitwhere::bench
