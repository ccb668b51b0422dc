// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/class_losses.hpp>

#include <cmath>
#include <cstring>
#include <memory>
#include <utility>

#include "class_data.hpp"
#include "harness.hpp"

// Losses and their gradients by the logits from one pass: means with class weights and an ignored
// label, whose denominator takes a pass over the labels before that.
namespace bitwhere::bench {
namespace {

struct operands {
  tensor x, target, weight, out, gradient;
};

// Some pixels are looked at, all over the tensor.
std::string wrong_gradient(layout lies, std::int64_t n, std::int64_t classes, dtype type,
                           const tensor& gradient) {
  const two_sums all = summed(n, [=](std::int64_t i, two_sums& to) {
    const std::int64_t label = label_at(i, classes);
    if (label != ignored) to.weight += static_cast<double>(class_weight_at(label));
  });
  const tensor host = to(context("cpu"), gradient);
  const double tolerance = type == f32 ? 4e-7 : 4e-3;
  for (std::int64_t k = 0; k < 257; ++k) {
    const std::int64_t i = k * (n - 1) / 256;
    const std::int64_t label = label_at(i, classes);
    double sum = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
      sum += std::exp(static_cast<double>(logit_at(index_of(lies, n, classes, i, c))));
    }
    const double scale =
        label == ignored ? 0 : static_cast<double>(class_weight_at(label)) / all.weight;
    for (std::int64_t c = 0; c < classes; ++c) {
      const std::int64_t at = index_of(lies, n, classes, i, c);
      const double p = std::exp(static_cast<double>(logit_at(at))) / sum;
      const double expected = scale * (p - (c == label ? 1 : 0));
      double got = 0;
      if (type == f32) {
        got = static_cast<double>(static_cast<const float*>(host.data())[at]);
      } else {
        const std::uint32_t bits = static_cast<const std::uint16_t*>(host.data())[at];
        got = static_cast<double>(std::bit_cast<float>(bits << 16));
      }
      if (std::fabs(got - expected) <= tolerance * scale) continue;
      return "the gradient of class " + std::to_string(c) + " of pixel " + std::to_string(i) +
             " is " + std::to_string(got) + ", not " + std::to_string(expected);
    }
  }
  return "";
}

bench_case gradient_case(layout lies, std::int64_t classes, dtype type, std::int64_t pixels,
                         double goal) {
  const std::string at = lies == layout::planes ? "nchw_" : "rows_";
  bench_case out = {.operation = "cross_entropy_gradient",
                    .name = at + std::to_string(classes) + (type == f32 ? "_f32" : "_bf16"),
                    .elements = pixels,
                    .goal = goal,
                    .cuda_goal = classes > 1024 ? 0.5 : 0.70};
  out.element_bytes = 2 * classes * type.bytes() + 16;
  out.make = [=](const context& on, std::int64_t n) {
    const std::int64_t image = image_pixels(n);
    const bool planes = lies == layout::planes;
    const shape_t shape = planes ? shape_t{n / image, classes, image} : shape_t{n, classes};
    const shape_t labels = planes ? shape_t{n / image, image} : shape_t{n};
    const auto all = std::make_shared<operands>(operands{
        type == f32 ? made(on, shape, type, logit_at) : made(on, shape, type, brain_at),
        made(on, labels, i64, [=](std::int64_t i) { return label_at(i, classes); }),
        made(on, {classes}, f32, class_weight_at), empty(on, {}, f32), empty(on, shape, type)});
    instance it;
    it.call = [=](const context& with) {
      const class_loss_options how = {
          .weight = all->weight, .ignore_index = ignored, .gradient = all->gradient};
      cross_entropy(with, all->x, all->target, how, all->out);
    };
    it.wrong = [=] { return wrong_gradient(lies, n, classes, type, all->gradient); };
    const std::int64_t logits = n * classes * type.bytes();
    it.bytes = (classes > 1024 ? 3 : 2) * logits + 2 * (n * 8 + classes * 4) + 4;
    it.plain = {{all->x.data()},
                {static_cast<int>(type.bytes())},
                all->gradient.data(),
                static_cast<int>(type.bytes()),
                n * classes};
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
      const double goal = type == f32 && (classes == 21 || classes == 32000) ? 0.70 : 0;
      if (classes <= 1000) {
        out.push_back(gradient_case(layout::planes, classes, type, pixels, goal));
      }
      out.push_back(gradient_case(layout::rows, classes, type, pixels, classes == 21 ? 0 : goal));
    }
  }
  return out;
}

}  // namespace bitwhere::bench
