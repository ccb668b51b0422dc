// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/metrics.hpp>

#include <memory>
#include <vector>

#include "harness.hpp"
#include "values.hpp"

namespace bitwhere::bench {
namespace {

// A bf16 as its bits.
struct brain {
  std::uint16_t bits;
};

constexpr std::int64_t ignored = 255;

// Scores of few distinct values, so that there are ties; each is exact in bf16.
float score_at(std::int64_t i) { return static_cast<float>(mix(i, 7) & 0xff) / 8.f - 16.f; }

template <class T>
T stored(float score);
template <>
float stored(float score) {
  return score;
}
template <>
brain stored(float score) {
  return {static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(score) >> 16)};
}

// (N, C, H * W) or (N, C): `inner` elements between the classes of a pixel.
struct layout {
  std::int64_t classes;
  std::int64_t inner;

  [[nodiscard]] std::int64_t prediction(std::int64_t pixel) const {
    const std::int64_t first = pixel / inner * inner * classes + pixel % inner;
    std::int64_t best = 0;
    float best_score = score_at(first);
    for (std::int64_t c = 1; c < classes; ++c) {
      const float score = score_at(first + c * inner);
      if (score <= best_score) continue;
      best = c;
      best_score = score;
    }
    return best;
  }

  [[nodiscard]] std::int64_t target(std::int64_t pixel) const {
    if (mix(pixel / 64, 3) % 16 == 0) return ignored;
    return static_cast<std::int64_t>(mix(pixel / 64, 1) % static_cast<std::uint64_t>(classes));
  }
};

struct scored {
  tensor scores, labels, counts, report;
};

template <class T>
std::shared_ptr<scored> scores_of(const context& on, dtype type, const layout& how, std::int64_t n,
                                  tensor labels) {
  const shape_t counts = {how.classes, how.classes};
  return std::make_shared<scored>(
      scored{made(on, {n / how.inner, how.classes, how.inner}, type,
                  [](std::int64_t i) { return stored<T>(score_at(i)); }),
             std::move(labels), empty(on, counts, i64), empty(on, {2}, i64)});
}

template <class T>
instance argmax_of(const context& on, dtype type, const layout& how, std::int64_t n) {
  const auto all = scores_of<T>(on, type, how, n, empty(on, {n / how.inner, how.inner}, i64));
  instance it;
  it.call = [=](const context& with) { argmax(with, all->scores, 1, all->labels); };
  it.wrong = [=] {
    return first_wrong(all->labels, [&](std::int64_t i) { return how.prediction(i); });
  };
  const int pixel_bytes = static_cast<int>(how.classes) * static_cast<int>(sizeof(T));
  it.bytes = n * (pixel_bytes + 8);
  it.plain = {
      {all->scores.data(), nullptr, nullptr}, {pixel_bytes, 0, 0}, all->labels.data(), 8, n};
  return it;
}

std::string wrong_counts(const scored& all, const layout& how, std::int64_t n) {
  std::vector<std::atomic<std::int64_t>> right(static_cast<std::size_t>(how.classes * how.classes));
  in_parts(n, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t t = how.target(i);
      if (t != ignored) ++right[static_cast<std::size_t>(t * how.classes + how.prediction(i))];
    }
  });
  const std::string wrong = first_wrong(
      all.counts, [&](std::int64_t i) { return right[static_cast<std::size_t>(i)].load(); });
  if (!wrong.empty()) return wrong;
  return first_wrong(all.report, [](std::int64_t i) { return -i; });  // 0 of them, the first is -1
}

template <class T>
instance confusion_of(const context& on, dtype type, const layout& how, std::int64_t n) {
  const auto all = scores_of<T>(
      on, type, how, n,
      made(on, {n / how.inner, how.inner}, i64, [=](std::int64_t i) { return how.target(i); }));
  instance it;
  it.call = [=](const context& with) {
    const bw_tensor scores = all->scores.c();
    const bw_tensor target = all->labels.c();
    const bw_tensor counts = all->counts.c();
    bw_label_options options = {};
    options.struct_bytes = sizeof(options);
    options.classes = how.classes;
    options.class_dim = 1;
    options.ignore = &ignored;
    options.ignore_count = 1;
    with.check(bw_confusion_matrix(with.get(), &scores, &target, &options, &counts,
                                   static_cast<bw_report*>(all->report.data())));
  };
  it.wrong = [=] { return wrong_counts(*all, how, n); };
  const int pixel_bytes = static_cast<int>(how.classes) * static_cast<int>(sizeof(T));
  it.bytes = n * (pixel_bytes + 8) + 8 * how.classes * how.classes;
  it.plain = {
      {all->scores.data(), all->labels.data(), nullptr}, {pixel_bytes, 8, 0}, nullptr, 0, n};
  return it;
}

using maker = instance (*)(const context& on, dtype type, const layout& how, std::int64_t n);

bench_case case_of(const char* operation, const char* name, maker make, dtype type,
                   std::int64_t classes, std::int64_t elements) {
  bench_case out = {.operation = operation, .name = name, .elements = elements};
  out.cuda_goal = 0.80;
  out.element_bytes = classes * type.bytes() + 8;
  // Images of a quarter of a million pixels; rows of scores have one each.
  const std::int64_t inner = classes > 100 ? 1 : std::int64_t{1} << 18;
  out.make = [=](const context& on, std::int64_t n) {
    return make(on, type, {classes, std::min(inner, n)}, n);
  };
  return out;
}

}  // namespace

// Scores of 180 to 360 MB.
std::vector<bench_case> cases() {
  constexpr std::int64_t pixels = 1 << 22;
  constexpr std::int64_t rows = 1 << 16;
  return {
      case_of("argmax", "nchw_21_f32", argmax_of<float>, f32, 21, pixels),
      case_of("argmax", "nchw_21_bf16", argmax_of<brain>, bf16, 21, pixels),
      case_of("argmax", "nc_1000_f32", argmax_of<float>, f32, 1000, rows),
      case_of("confusion", "logits_nchw_21_f32", confusion_of<float>, f32, 21, pixels),
      case_of("confusion", "logits_nchw_21_bf16", confusion_of<brain>, bf16, 21, pixels),
      case_of("confusion", "logits_nc_1000_f32", confusion_of<float>, f32, 1000, rows),
  };
}

}  // namespace bitwhere::bench
