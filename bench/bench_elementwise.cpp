// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/elementwise.hpp>

#include <cmath>
#include <memory>

#include "harness.hpp"
#include "values.hpp"

// Functions are arithmetic, so that a share of L, which only moves the bytes, says how far from
// memory's bound they are.
namespace bitwhere::bench {
namespace {

constexpr std::uint64_t x_salt = 1;
constexpr std::uint64_t y_salt = 2;

// From -20 to 20.
float x_at(std::int64_t i) {
  return static_cast<float>(static_cast<std::int64_t>(mix(i, x_salt) % 40001) - 20000) * 0.001f;
}

// As x_at, but a tenth of it is 0.
float y_at(std::int64_t i) { return mix(i, y_salt) % 10 == 0 ? 0.0f : x_at(i + 1); }

double truth(bw_function f, double x) {
  switch (f) {
    case BW_EXP:
      return std::exp(x);
    case BW_LOG:
      return std::log(x);
    case BW_LOG1P:
      return std::log1p(x);
    case BW_SIGMOID:
      return 1 / (1 + std::exp(-x));
    case BW_SOFTPLUS:
      return std::log1p(std::exp(x));
    default:
      return -std::log1p(std::exp(-x));
  }
}

bool right(double wanted, double got) {
  return std::isnan(wanted) ? std::isnan(got)
                            : got == wanted || std::fabs(got - wanted) <= 1e-6 * std::fabs(wanted);
}

struct operands {
  tensor x, y, out;
};

// The first element that is wrong by more than its dtype's rounding.
template <class T, class Wanted>
std::string first_far(const tensor& out, Wanted wanted) {
  std::vector<T> host(static_cast<std::size_t>(out.size()));
  copy(out.on(), out, tensor_view(host.data(), out.type(), out.shape()));
  for (std::size_t i = 0; i < host.size(); ++i) {
    const double expected = wanted(static_cast<std::int64_t>(i));
    if (!right(expected, static_cast<double>(host[i]))) {
      return "element " + std::to_string(i) + " is " + std::to_string(host[i]) + ", not " +
             std::to_string(expected);
    }
  }
  return {};
}

template <class T>
instance compute(const context& on, dtype type, bw_function f, bool guarded, std::int64_t n) {
  const auto all = std::make_shared<operands>(
      operands{made(on, {n}, type, [](std::int64_t i) { return static_cast<T>(x_at(i)); }),
               empty(on, {0}, type), made(on, {n}, type, [](std::int64_t) { return T{}; })});
  constexpr int size = sizeof(T);
  instance it;
  it.call = [=](const context& with) {
    const guard under = guarded ? guard{all->x > 0, -1} : guard{};
    detail::elementwise(with, f, all->x, under, all->out);
  };
  it.wrong = [=] {
    return first_far<T>(all->out, [&](std::int64_t i) {
      const auto x = static_cast<double>(static_cast<T>(x_at(i)));
      return guarded && !(x > 0) ? -1.0 : truth(f, x);
    });
  };
  it.bytes = 2 * n * size;
  it.plain = {{all->x.data(), nullptr, nullptr}, {size, 0, 0}, all->out.data(), size, n};
  return it;
}

template <class T>
bench_case compute_case(const std::string& name, dtype type, bw_function f, bool guarded,
                        std::int64_t elements) {
  bench_case out = {.operation = "elementwise", .name = name, .elements = elements};
  out.small_sizes = type == f32 && !guarded;
  out.cuda_goal = 0.80;
  out.make = [=](const context& on, std::int64_t n) { return compute<T>(on, type, f, guarded, n); };
  return out;
}

// bf16 has no name in C++: computed in f32 and compared by its bits, two of 256 apart.
instance compute_halves(const context& on, std::int64_t n) {
  const auto bits_of = [](float x) {
    return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16);
  };
  const auto value_of = [](std::uint16_t bits) {
    return static_cast<double>(std::bit_cast<float>(std::uint32_t{bits} << 16));
  };
  const auto all = std::make_shared<operands>(
      operands{made(on, {n}, bf16, [=](std::int64_t i) { return half{bits_of(x_at(i))}; }),
               empty(on, {0}, bf16), made(on, {n}, bf16, [](std::int64_t) { return half{}; })});
  instance it;
  it.call = [=](const context& with) { exp(with, all->x, {}, all->out); };
  it.wrong = [=]() -> std::string {
    std::vector<std::uint16_t> host(static_cast<std::size_t>(n));
    copy(all->out.on(), all->out, tensor_view(host.data(), bf16, shape_t{n}));
    for (std::int64_t i = 0; i < n; ++i) {
      const double wanted = std::exp(value_of(bits_of(x_at(i))));
      const double got = value_of(host[static_cast<std::size_t>(i)]);
      if (std::fabs(got - wanted) > wanted / 256) return "element " + std::to_string(i);
    }
    return {};
  };
  it.bytes = 4 * n;
  it.plain = {{all->x.data(), nullptr, nullptr}, {2, 0, 0}, all->out.data(), 2, n};
  return it;
}

bench_case halves_case() {
  bench_case out = {.operation = "elementwise", .name = "exp_bf16", .elements = 1 << 26};
  out.cuda_goal = 0.80;
  out.make = compute_halves;
  return out;
}

// x / y where y is not 0.
instance divide(const context& on, std::int64_t n) {
  const auto all =
      std::make_shared<operands>(operands{made(on, {n}, f32, x_at), made(on, {n}, f32, y_at),
                                          made(on, {n}, f32, [](std::int64_t) { return 0.0f; })});
  instance it;
  it.call = [=](const context& with) { safe_div(with, all->x, all->y, {}, all->out); };
  it.wrong = [=] {
    return first_far<float>(all->out, [](std::int64_t i) {
      return y_at(i) == 0 ? 0.0 : static_cast<double>(x_at(i) / y_at(i));
    });
  };
  it.bytes = 12 * n;
  it.plain = {{all->x.data(), all->y.data(), nullptr}, {4, 4, 0}, all->out.data(), 4, n};
  return it;
}

bench_case divide_case() {
  bench_case out = {.operation = "elementwise", .name = "safe_div_f32", .elements = 1 << 26};
  out.small_sizes = true;
  out.cuda_goal = 0.80;
  out.make = divide;
  return out;
}

bench_case call_case() {
  bench_case out = compute_case<float>("exp_f32_call", f32, BW_EXP, false, 1000);
  out.small_sizes = false;
  out.cuda_goal = 0;
  out.call_cost = true;
  return out;
}

}  // namespace

std::vector<bench_case> cases() {
  return {
      compute_case<float>("exp_f32", f32, BW_EXP, false, 1 << 26),
      compute_case<float>("log_f32", f32, BW_LOG, false, 1 << 26),
      compute_case<float>("log1p_f32", f32, BW_LOG1P, false, 1 << 26),
      compute_case<float>("sigmoid_f32", f32, BW_SIGMOID, false, 1 << 26),
      compute_case<float>("softplus_f32", f32, BW_SOFTPLUS, false, 1 << 26),
      compute_case<float>("log_sigmoid_f32", f32, BW_LOG_SIGMOID, false, 1 << 26),
      compute_case<float>("safe_log_f32", f32, BW_LOG, true, 1 << 26),
      compute_case<double>("exp_f64", f64, BW_EXP, false, 1 << 25),
      compute_case<double>("log_f64", f64, BW_LOG, false, 1 << 25),
      compute_case<double>("log1p_f64", f64, BW_LOG1P, false, 1 << 25),
      compute_case<double>("sigmoid_f64", f64, BW_SIGMOID, false, 1 << 25),
      compute_case<double>("softplus_f64", f64, BW_SOFTPLUS, false, 1 << 25),
      halves_case(),
      divide_case(),
      call_case(),
  };
}

}  // namespace bitwhere::bench
