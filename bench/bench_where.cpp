// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/where.hpp>

#include <memory>

#include "harness.hpp"
#include "values.hpp"

namespace bitwhere::bench {
namespace {

constexpr std::uint64_t mask_salt = 1;
constexpr std::uint64_t x_salt = 2;
constexpr std::uint64_t y_salt = 4;

// Half of the elements are true.
bool mask_at(std::int64_t i) { return (mix(i, mask_salt) & 1) != 0; }

template <class T>
T x_at(std::int64_t i) {
  return sample<T>::at(i, x_salt);
}

template <class T>
T y_at(std::int64_t i) {
  return sample<T>::at(i, y_salt);
}

struct operands {
  tensor condition, x, y, out;
};

// where(mask, x, y), all of `shape` and side by side; the mask may be smaller. `x_shape` reversed
// is x's place in memory where it is transposed.
template <class T>
instance select(const context& on, dtype type, const shape_t& shape, const shape_t& mask_shape,
                bool transpose) {
  const shape_t x_shape = transpose ? shape_t{shape[1], shape[0]} : shape;
  const auto all = std::make_shared<operands>(operands{
      made(on, mask_shape, boolean, mask_at), made(on, x_shape, type, x_at<T>),
      made(on, shape, type, y_at<T>), made(on, shape, type, [](std::int64_t) { return T{}; })});
  const tensor_view x = transpose ? all->x.permute({1, 0}) : static_cast<tensor_view>(all->x);
  const std::int64_t n = all->out.size();
  const std::int64_t masks = all->condition.size();
  constexpr int size = sizeof(T);

  instance it;
  it.call = [=](const context& with) { where(with, all->condition, x, all->y, all->out); };
  it.wrong = [=] {
    return first_wrong(all->out, [&](std::int64_t i) {
      const std::int64_t at = transpose ? i % shape[1] * shape[0] + i / shape[1] : i;
      return mask_at(i % masks) ? x_at<T>(at) : y_at<T>(i);
    });
  };
  it.bytes = masks + 3 * n * size;
  it.plain = {{all->condition.data(), all->x.data(), all->y.data()},
              {1, size, size},
              all->out.data(),
              size,
              n};
  // A row of masks stays in the cache: what must come from memory are the operands.
  if (masks != n) {
    it.plain = {{all->x.data(), all->y.data(), nullptr}, {size, size, 0}, all->out.data(), size, n};
  }
  return it;
}

template <class T>
bench_case select_case(const std::string& name, dtype type, std::int64_t elements) {
  bench_case out = {.operation = "where", .name = "mask_x_y_" + name, .elements = elements};
  out.goal = 0.90;
  out.cuda_goal = 0.95;
  out.make = [=](const context& on, std::int64_t n) {
    return select<T>(on, type, {n}, {n}, false);
  };
  return out;
}

// where(x > 0, x, small).
template <class T>
instance clamp(const context& on, dtype type, const scalar& small, std::int64_t n) {
  const auto all = std::make_shared<operands>(
      operands{empty(on, {0}, type), made(on, {n}, type, x_at<T>), empty(on, {0}, type),
               made(on, {n}, type, [](std::int64_t) { return T{}; })});
  constexpr int size = sizeof(T);
  instance it;
  it.call = [=](const context& with) { where(with, all->x > 0, all->x, small, all->out); };
  it.wrong = [=] {
    return first_wrong(all->out, [](std::int64_t i) {
      const T x = x_at<T>(i);
      return sample<T>::positive(x) ? x : sample<T>::small();
    });
  };
  it.bytes = 2 * n * size;
  it.plain = {{all->x.data(), nullptr, nullptr}, {size, 0, 0}, all->out.data(), size, n};
  return it;
}

template <class T>
bench_case clamp_case(const std::string& name, dtype type, const scalar& small,
                      std::int64_t elements) {
  bench_case out = {.operation = "where", .name = "x_above_0_" + name, .elements = elements};
  out.goal = 0.90;
  out.cuda_goal = 0.95;
  out.make = [=](const context& on, std::int64_t n) { return clamp<T>(on, type, small, n); };
  return out;
}

bench_case mask_row_case() {
  bench_case out = {.operation = "where", .name = "mask_row_f32", .elements = 1 << 26};
  out.goal = 0.90;
  out.cuda_goal = 0.90;
  out.make = [](const context& on, std::int64_t n) {
    return select<float>(on, f32, {n / 4096, 4096}, {4096}, false);
  };
  return out;
}

bench_case transposed_case() {
  bench_case out = {.operation = "where", .name = "x_transposed_f32", .elements = 1 << 26};
  out.cuda_goal = 0.50;
  out.make = [](const context& on, std::int64_t n) {
    return select<float>(on, f32, {n / 8192, 8192}, {n / 8192, 8192}, true);
  };
  return out;
}

// A mask (N, 1, H, W) for x and y (N, C, H, W), as a mask of pixels chooses among feature maps.
bench_case mask_planes_case() {
  bench_case out = {.operation = "where", .name = "mask_planes_f32", .elements = 4 * 16 << 20};
  out.goal = 0.90;
  out.cuda_goal = 0.90;
  out.make = [](const context& on, std::int64_t n) {
    constexpr std::int64_t channels = 16;
    const std::int64_t pixels = n / channels / 4;
    const shape_t shape{4, channels, pixels / 1024, 1024};
    const auto all = std::make_shared<operands>(operands{
        made(on, {4, 1, pixels / 1024, 1024}, boolean, mask_at), made(on, shape, f32, x_at<float>),
        made(on, shape, f32, y_at<float>), made(on, shape, f32, [](std::int64_t) { return 0.f; })});
    instance it;
    it.call = [=](const context& with) { where(with, all->condition, all->x, all->y, all->out); };
    it.wrong = [=] {
      return first_wrong(all->out, [&](std::int64_t i) {
        const std::int64_t at = i / (channels * pixels) * pixels + i % pixels;
        return mask_at(at) ? x_at<float>(i) : y_at<float>(i);
      });
    };
    it.bytes = all->condition.size() + 12 * n;
    // The mask comes from memory once and from the cache for the other channels, or from memory
    // for each where planes are larger than the cache: the plain loop reads the operands alone.
    it.plain = {{all->x.data(), all->y.data(), nullptr}, {4, 4, 0}, all->out.data(), 4, n};
    return it;
  };
  return out;
}

// where(mask, x, y) with x of f32 and y of a narrower dtype, converted on the way.
template <class T>
bench_case mixed_case(const std::string& name, dtype type) {
  bench_case out = {.operation = "where", .name = "mask_f32_" + name, .elements = 1 << 26};
  out.goal = 0.90;
  out.cuda_goal = 0.80;
  out.make = [=](const context& on, std::int64_t n) {
    const auto all = std::make_shared<operands>(operands{
        made(on, {n}, boolean, mask_at), made(on, {n}, f32, x_at<float>),
        made(on, {n}, type, y_at<T>), made(on, {n}, f32, [](std::int64_t) { return 0.f; })});
    instance it;
    it.call = [=](const context& with) { where(with, all->condition, all->x, all->y, all->out); };
    it.wrong = [=] {
      return first_wrong(all->out, [](std::int64_t i) {
        return mask_at(i) ? x_at<float>(i) : sample<T>::as_float(y_at<T>(i));
      });
    };
    constexpr int size = sizeof(T);
    it.bytes = (1 + 4 + size + 4) * n;
    it.plain = {
        {all->condition.data(), all->x.data(), all->y.data()}, {1, 4, size}, all->out.data(), 4, n};
    return it;
  };
  return out;
}

// where(x > 0 && isfinite(x), x, small): a tree costs no memory.
bench_case tree_case() {
  bench_case out = {.operation = "where", .name = "x_above_0_and_finite_f32"};
  out.elements = 1 << 26;
  out.goal = 0.90;
  out.cuda_goal = 0.95;
  out.make = [](const context& on, std::int64_t n) {
    instance it = clamp<float>(on, f32, 0.25, n);
    const auto all = std::make_shared<operands>(
        operands{empty(on, {0}, f32), made(on, {n}, f32, x_at<float>), empty(on, {0}, f32),
                 made(on, {n}, f32, [](std::int64_t) { return 0.f; })});
    it.call = [=](const context& with) {
      where(with, all->x > 0 && isfinite(all->x), all->x, 0.25, all->out);
    };
    it.wrong = [=] {
      return first_wrong(all->out, [](std::int64_t i) {
        const float x = x_at<float>(i);
        return x > 0 ? x : 0.25f;
      });
    };
    it.plain = {{all->x.data(), nullptr, nullptr}, {4, 0, 0}, all->out.data(), 4, n};
    return it;
  };
  return out;
}

bench_case call_case() {
  bench_case out = {.operation = "where", .name = "mask_x_y_f32_call", .call_cost = true};
  out.make = [](const context& on, std::int64_t n) {
    return select<float>(on, f32, {n}, {n}, false);
  };
  return out;
}

// The README's example: a tree of two leaves, which is what planning costs most.
bench_case tree_call_case() {
  bench_case out = tree_case();
  out.name += "_call";
  out.goal = 0;
  out.cuda_goal = 0;
  out.call_cost = true;
  return out;
}

bench_case with_small_sizes(bench_case out) {
  out.small_sizes = true;
  return out;
}

}  // namespace

// The large sizes hold 400 MB to 900 MB each.
std::vector<bench_case> cases() {
  return {
      with_small_sizes(select_case<float>("f32", f32, 1 << 26)),
      with_small_sizes(clamp_case<float>("f32", f32, 0.25, 1 << 26)),
      with_small_sizes(select_case<std::uint8_t>("u8", u8, 1 << 27)),
      with_small_sizes(clamp_case<std::uint8_t>("u8", u8, 1, 1 << 27)),
      with_small_sizes(select_case<half>("f16", f16, 1 << 26)),
      with_small_sizes(clamp_case<half>("f16", f16, 0.25, 1 << 26)),
      select_case<half>("bf16", bf16, 1 << 26),
      select_case<double>("f64", f64, 1 << 25),
      clamp_case<double>("f64", f64, 0.25, 1 << 25),
      select_case<std::complex<double>>("c128", c128, 1 << 24),
      mask_row_case(),
      mask_planes_case(),
      mixed_case<half>("f16", f16),
      mixed_case<std::int32_t>("i32", i32),
      mixed_case<std::int64_t>("i64", i64),
      tree_case(),
      transposed_case(),
      call_case(),
      tree_call_case(),
  };
}

}  // namespace bitwhere::bench
