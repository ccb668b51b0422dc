// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/class_losses.hpp>
#include <bitwhere/elementwise.hpp>

#include <cmath>
#include <functional>
#include <memory>
#include <utility>

#include "class_data.hpp"
#include "harness.hpp"

namespace bitwhere::bench {
namespace {

bool mask_at(std::int64_t i) { return (mix(i, salt + 2) & 3) != 0; }
float target_at(std::int64_t i) { return static_cast<float>(mix(i, salt + 3) & 1); }
float weight_at(std::int64_t i) { return static_cast<float>(1 + (mix(i, salt + 4) & 3)); }

std::string check_mean(const tensor& out, double expected) {
  const double got = static_cast<double>(out.item<float>());
  if (std::fabs(got - expected) <= 2e-6 * expected) return "";
  return "the mean is " + std::to_string(got) + ", not " + std::to_string(expected);
}

// --- Class losses: weights, an ignored label, the mean. ---

struct class_operands {
  tensor x, target, weight, out;
};

double expected_mean(layout lies, std::int64_t n, std::int64_t classes) {
  const two_sums all = summed(n, [=](std::int64_t i, two_sums& to) {
    const std::int64_t label = label_at(i, classes);
    if (label == ignored) return;
    double sum = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
      sum += std::exp(static_cast<double>(logit_at(index_of(lies, n, classes, i, c))));
    }
    const double weight = static_cast<double>(class_weight_at(label));
    const double x = static_cast<double>(logit_at(index_of(lies, n, classes, i, label)));
    to.loss += weight * (std::log(sum) - x);
    to.weight += weight;
  });
  return all.loss / all.weight;
}

bench_case class_case(layout lies, std::int64_t classes, dtype type, std::int64_t pixels,
                      double goal, double cuda_goal, bool counts = false) {
  const std::string at = lies == layout::planes ? "nchw_" : "rows_";
  bench_case out = {.operation = "cross_entropy",
                    .name = at + std::to_string(classes) + (type == f32 ? "_f32" : "_bf16") +
                            (counts ? "_accuracy" : ""),
                    .elements = pixels,
                    .goal = goal,
                    .cuda_goal = cuda_goal};
  out.element_bytes = classes * type.bytes() + 8;
  out.make = [=](const context& on, std::int64_t n) {
    const std::int64_t image = image_pixels(n);
    const bool planes = lies == layout::planes;
    const shape_t shape = planes ? shape_t{n / image, classes, image} : shape_t{n, classes};
    const shape_t labels = planes ? shape_t{n / image, image} : shape_t{n};
    const auto all = std::make_shared<class_operands>(class_operands{
        type == f32 ? made(on, shape, type, logit_at) : made(on, shape, type, brain_at),
        made(on, labels, i64, [=](std::int64_t i) { return label_at(i, classes); }),
        made(on, {classes}, f32, class_weight_at), empty(on, {}, f32)});
    const double expected = expected_mean(lies, n, classes);
    instance it;
    const class_loss_options how = {.weight = all->weight, .ignore_index = ignored};
    if (counts) {
      const auto agreement = std::make_shared<tensor>(on, shape_t{2}, i64);
      it.call = [=](const context& with) {
        cross_entropy(with, all->x, all->target, how, all->out, {.agreement = *agreement});
      };
    } else {
      it.call = [=](const context& with) {
        cross_entropy(with, all->x, all->target, how, all->out);
      };
    }
    it.wrong = [=] { return check_mean(all->out, expected); };
    it.bytes = n * (classes * type.bytes() + 8) + classes * 4 + 4 + (counts ? 16 : 0);
    const std::int64_t row = classes * type.bytes();
    // Where the labels are next to nothing, the plain loop reads the logits alone.
    it.plain =
        row > 4000
            ? traffic{{all->x.data()}, {static_cast<int>(type.bytes())}, nullptr, 0, n * classes}
            : traffic{
                  {all->x.data(), all->target.data()}, {static_cast<int>(row), 8}, nullptr, 0, n};
    return it;
  };
  return out;
}

// --- Binary losses: a mask and weights. ---

struct binary_operands {
  tensor mask, x, target_and_weight, out;
};

bench_case binary_case(const std::string& name, bool logits, double goal) {
  bench_case out = {.operation = "binary_loss", .name = name, .elements = 1 << 25, .goal = goal};
  out.cuda_goal = 0.88;
  out.element_bytes = 13;
  out.make = [=](const context& on, std::int64_t n) {
    // One tensor, so that the plain loop has three streams.
    const auto value = [=](std::int64_t i) { return i < n ? target_at(i) : weight_at(i - n); };
    const auto x_at = [=](std::int64_t i) {
      const float x = logit_at(i);
      return logits ? x : (x + 4.25f) / 8.5f;
    };
    const auto all = std::make_shared<binary_operands>(
        binary_operands{made(on, {n}, boolean, mask_at), made(on, {n}, f32, x_at),
                        made(on, {2 * n}, f32, value), empty(on, {}, f32)});
    const two_sums sums = summed(n, [=](std::int64_t i, two_sums& to) {
      if (!mask_at(i)) return;
      const double x = static_cast<double>(x_at(i));
      const double p = logits ? 1 / (1 + std::exp(-x)) : x;
      const double loss = target_at(i) == 1 ? -std::log(p) : -std::log1p(-p);
      to.loss += static_cast<double>(weight_at(i)) * loss;
      to.weight += 1;
    });
    auto* const both = static_cast<float*>(all->target_and_weight.data());
    const shape_t shape = {n};
    const tensor_view target(both, f32, shape, {}, on.memory());
    const tensor_view weight(both + n, f32, shape, {}, on.memory());
    instance it;
    it.call = [=](const context& with) {
      const binary_loss_options how = {.weight = weight, .mask = condition(all->mask)};
      logits ? binary_cross_entropy_with_logits(with, all->x, target, how, all->out)
             : binary_cross_entropy(with, all->x, target, how, all->out);
    };
    it.wrong = [=] { return check_mean(all->out, sums.loss / sums.weight); };
    it.bytes = 13 * n + 4;
    it.plain = {
        {all->mask.data(), all->x.data(), all->target_and_weight.data()}, {1, 4, 8}, nullptr, 0, n};
    return it;
  };
  return out;
}

// As fast as a loss of so many logits could be that did nothing but its exponentials.
bench_case exponentials() {
  bench_case out = {.operation = "exp", .name = "cached_f32", .elements = 1 << 16};
  out.make = [](const context& on, std::int64_t n) {
    const auto x = std::make_shared<tensor>(made(on, {n}, f32, logit_at));
    const auto y = std::make_shared<tensor>(on, shape_t{n}, f32);
    instance it;
    it.call = [=](const context& with) { exp(with, *x, {}, *y); };
    it.wrong = [=]() -> std::string {
      const tensor got = to(context("cpu"), *y);
      for (std::int64_t i = 0; i < n; ++i) {
        const double expected = std::exp(static_cast<double>(logit_at(i)));
        const double e = static_cast<double>(got.span<float>()[static_cast<std::size_t>(i)]);
        if (!(std::fabs(e - expected) <= 1e-6 * expected)) return "e^x is wrong";
      }
      return "";
    };
    it.bytes = 8 * n;
    it.plain = {{x->data()}, {4}, y->data(), 4, n};
    return it;
  };
  return out;
}

}  // namespace

std::vector<bench_case> cases() {
  std::vector<bench_case> out;
  const struct {
    std::int64_t classes, pixels;
  } sizes[] = {{2, 1 << 24}, {21, 1 << 21}, {150, 1 << 18}, {1000, 1 << 15}, {32000, 1 << 10}};
  for (const dtype type : {f32, bf16}) {
    for (const auto& [classes, pixels] : sizes) {
      const double cuda_goal = type == f32 ? 0.85 : 0.60;
      const double goal = classes == 21 && type == f32 ? 0.75 : 0;
      out.push_back(class_case(layout::planes, classes, type, pixels, goal, cuda_goal));
      out.push_back(class_case(layout::rows, classes, type, pixels, 0, cuda_goal));
    }
  }
  out.push_back(class_case(layout::planes, 21, f32, 1 << 21, 0, 0.85, true));
  out.push_back(binary_case("bce_f32", false, 0.60));
  out.push_back(binary_case("bce_logits_f32", true, 0.60));
  out.push_back(exponentials());
  return out;
}

}  // namespace bitwhere::bench
