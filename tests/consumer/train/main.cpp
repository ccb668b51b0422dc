// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

// Trains a softmax regression on the colour and place of each pixel of a drawn street scene, by
// gradient descent on a weighted cross-entropy whose void pixels are ignored: on every device,
// instruction set and number of threads here, until the mean IoU passes 0.97. The weights must come
// out the same, bit for bit.
#include <bitwhere/bitwhere.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace bw = bitwhere;

namespace {

constexpr std::int64_t height = 192;
constexpr std::int64_t width = 256;
constexpr std::int64_t pixels = height * width;
constexpr std::int64_t classes = 4;   // sky, building, road, car
constexpr std::int64_t features = 8;  // 1, red, green, blue, row, column and the last two squared
constexpr std::uint8_t none = 255;    // of no class
constexpr double bar = 0.97;
constexpr int most_steps = 400;
constexpr float rate = 2;

struct scene {
  std::vector<float> feature;  // (features, pixels)
  std::vector<std::uint8_t> label;
};

std::uint8_t label_of(std::int64_t row, std::int64_t column) {
  if (row == 0 || column == 0 || row == height - 1 || column == width - 1) return none;
  if (row >= 120 && row < 160 && column >= 48 && column < 112) return 3;
  if (row >= 112) return 2;
  return row >= 40 && (column < 80 || column >= 152) ? 1 : 0;
}

// Colours of the classes with noise from a fixed generator.
scene draw() {
  constexpr float colors[4][3] = {
      {0.45f, 0.6f, 0.9f}, {0.5f, 0.35f, 0.3f}, {0.3f, 0.3f, 0.32f}, {0.75f, 0.1f, 0.15f}};
  scene out;
  out.feature.resize(features * pixels);
  std::uint32_t seed = 1;
  const auto noise = [&] {
    seed = seed * 1664525 + 1013904223;
    return static_cast<float>(seed >> 24) / 1024 - 0.125f;
  };
  for (std::int64_t i = 0; i < pixels; ++i) {
    const std::int64_t row = i / width;
    const std::int64_t column = i % width;
    out.label.push_back(label_of(row, column));
    const float y = static_cast<float>(row) / height - 0.5f;
    const float x = static_cast<float>(column) / width - 0.5f;
    const float* const color = colors[out.label.back() == none ? 0 : out.label.back()];
    const std::array<float, features> here = {
        1, color[0] + noise(), color[1] + noise(), color[2] + noise(), y, x, y * y, x * x};
    for (std::int64_t k = 0; k < features; ++k) {
      out.feature[static_cast<std::size_t>(k * pixels + i)] = here[static_cast<std::size_t>(k)];
    }
  }
  return out;
}

struct result {
  std::vector<float> weight = std::vector<float>(classes * features);
  double mean_iou = 0;
  float loss = 0;
  int steps = 0;
};

// All that is not the loss is computed here, in the order of the loops.
std::vector<float> logits_of(const scene& from, const std::vector<float>& weight) {
  std::vector<float> out(classes * pixels);
  for (std::int64_t c = 0; c < classes; ++c) {
    for (std::int64_t k = 0; k < features; ++k) {
      const float w = weight[static_cast<std::size_t>(c * features + k)];
      const float* const x = from.feature.data() + k * pixels;
      float* const to = out.data() + c * pixels;
      for (std::int64_t i = 0; i < pixels; ++i) to[i] += w * x[i];
    }
  }
  return out;
}

void descend(const scene& from, const std::vector<float>& gradient, std::vector<float>& weight) {
  for (std::int64_t c = 0; c < classes; ++c) {
    for (std::int64_t k = 0; k < features; ++k) {
      const float* const x = from.feature.data() + k * pixels;
      const float* const g = gradient.data() + c * pixels;
      double slope = 0;
      for (std::int64_t i = 0; i < pixels; ++i) {
        slope += static_cast<double>(g[i]) * static_cast<double>(x[i]);
      }
      weight[static_cast<std::size_t>(c * features + k)] -= rate * static_cast<float>(slope);
    }
  }
}

result train(const bw::context& on, const scene& from) {
  const std::vector<float> class_weight{1, 1, 1, 3};  // cars are few
  const bw::tensor weights = bw::to(on, bw::view(class_weight));
  const bw::tensor labels = bw::to(on, bw::view(from.label, {1, height, width}));
  result out;
  for (; out.steps < most_steps && out.mean_iou <= bar; ++out.steps) {
    const std::vector<float> logits = logits_of(from, out.weight);
    const bw::tensor x = bw::to(on, bw::view(logits, {1, classes, height, width}));
    bw::confusion seen(on, {.classes = classes, .ignore = {none}});
    // Loss, gradient and confusion matrix from one read of the logits, the gradient in their place.
    const bw::tensor loss = bw::cross_entropy(
        on, x, labels, {.weight = weights, .ignore_index = none, .gradient = x}, {.cells = &seen});
    std::vector<float> gradient(logits.size());
    bw::copy(on, x, bw::view(gradient, {1, classes, height, width}));
    out.loss = loss.item<float>();
    out.mean_iou = seen.mean_iou();
    descend(from, gradient, out.weight);
  }
  return out;
}

}  // namespace

int main() try {
  std::vector<bw::context> contexts;
  for (const std::string& isa : bw::isas()) {
    for (const int threads : {1, 2, 7}) {
      contexts.emplace_back(bw::context_options{.device = "cpu", .isa = isa, .threads = threads});
    }
  }
  if (bw::cuda_available()) contexts.emplace_back("cuda:0");
  const scene street = draw();
  std::vector<result> results;
  for (const bw::context& on : contexts) {
    results.push_back(train(on, street));
    const result& one = results.back();
    std::uint64_t digest = 14695981039346656037u;
    for (const float w : one.weight) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, &w, sizeof bits);
      digest = (digest ^ bits) * 1099511628211u;
    }
    std::printf("%-6s %-8s %d threads: %d steps, loss %.6f, mIoU %.4f, weights %016llx\n",
                on.is_cpu() ? "cpu" : "cuda", on.isa().c_str(), on.threads(), one.steps,
                static_cast<double>(one.loss), one.mean_iou,
                static_cast<unsigned long long>(digest));
    if (one.mean_iou <= bar) {
      std::puts("the mean IoU did not pass the bar");
      return 1;
    }
    if (one.weight != results.front().weight) {
      std::puts("other weights than those before");
      return 1;
    }
  }
  std::printf("%zu times the same weights\n", results.size());
} catch (const bw::error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return static_cast<int>(e.code());
}
