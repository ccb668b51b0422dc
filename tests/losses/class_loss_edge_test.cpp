// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "../support/backends.hpp"
#include "../support/host.hpp"
#include "../support/random.hpp"
#include "class_reference.hpp"

// Class losses at the ends of their sizes, and what users of other libraries ran into.
namespace bitwhere::test {
namespace {

class ClassLossEdges : public parity {
 protected:
  template <class T>
  tensor there(const std::vector<T>& values, const shape_t& shape) {
    return to(on(), bitwhere::view(values, shape));
  }
  std::vector<float> logits(std::size_t n) {
    std::vector<float> out(n);
    for (float& x : out) x = static_cast<float>(random.below(4001) - 2000) * 0.005f;
    return out;
  }
  std::vector<std::int64_t> labels(std::size_t n, std::int64_t classes) {
    std::vector<std::int64_t> out(n);
    for (std::int64_t& y : out) y = random.below(8) == 0 ? -100 : random.below(classes);
    return out;
  }
  static std::uint32_t bits(const tensor& of) {
    return std::bit_cast<std::uint32_t>(values(of).at(0));
  }

  random_integers random{71};
};

// 131072 classes, the most there may be: side by side and apart, against the truth.
TEST_P(ClassLossEdges, TheMostClasses) {
  constexpr std::int64_t classes = 131072;
  const std::vector<float> rows = logits(2 * classes);
  std::vector<float> planes(rows.size());
  for (std::size_t c = 0; c < classes; ++c) {
    for (std::size_t n = 0; n < 2; ++n) planes[c * 2 + n] = rows[n * classes + c];
  }
  const std::vector<std::int64_t> y{classes - 1, 77};
  const tensor by_rows = there(rows, {2, classes});
  const tensor by_planes = there(planes, {1, classes, 2});
  const tensor labels = there(y, {2});
  const tensor apart = there(y, {1, 2});
  for (const double smoothing : {0.0, 0.1}) {
    class_reference of;
    of.smoothing = smoothing;
    long double sum = 0;
    for (std::size_t n = 0; n < 2; ++n) {
      const auto first = rows.begin() + static_cast<std::ptrdiff_t>(n * classes);
      sum += of.of_label({first, first + classes}, static_cast<std::size_t>(y[n]));
    }
    const tensor loss = cross_entropy(on(), by_rows, labels, {.label_smoothing = smoothing});
    EXPECT_NEAR(values(loss)[0], static_cast<float>(sum / 2), 4e-6f * static_cast<float>(sum));
    EXPECT_EQ(bits(loss),
              bits(cross_entropy(on(), by_planes, apart, {.label_smoothing = smoothing})));
  }
}

// Padding with ignored pixels changes no bit, whatever its logits are.
TEST_P(ClassLossEdges, IgnoredPixelsBehindChangeNothing) {
  const std::vector<float> x = logits(50 * 7);
  const std::vector<std::int64_t> y = labels(50, 7);
  const std::vector<float> w{1, 2, 0.5f, 3, 1, 1, 0.1f};
  const tensor weight = there(w, {7});
  const auto loss = [&](std::size_t more) {
    std::vector<float> longer = x;
    std::vector<std::int64_t> ignored = y;
    longer.resize(x.size() + more * 7, std::nanf(""));
    ignored.resize(y.size() + more, -100);
    const auto n = static_cast<std::int64_t>(ignored.size());
    return bits(cross_entropy(on(), there(longer, {n, 7}), there(ignored, {n}),
                              {.weight = weight, .label_smoothing = 0.1}));
  };
  for (const std::size_t more : {1, 14, 333}) EXPECT_EQ(loss(more), loss(0)) << more;
}

template <class T>
std::vector<T> as(const std::vector<std::int64_t>& from) {
  std::vector<T> out;
  for (const std::int64_t v : from) out.push_back(static_cast<T>(v));
  return out;
}

TEST_P(ClassLossEdges, LabelsOfEveryDtypeGiveTheSameBits) {
  const tensor x = there(logits(200 * 11), {200, 11});
  std::vector<std::int64_t> y = labels(200, 11);
  for (std::int64_t& label : y) label = label < 0 ? 101 : label;
  const auto loss = [&](const auto& stored) {
    return bits(cross_entropy(on(), x, there(stored, {200}), {.ignore_index = 101}));
  };
  const std::uint32_t wanted = loss(y);
  EXPECT_EQ(loss(as<std::uint8_t>(y)), wanted);
  EXPECT_EQ(loss(as<std::int8_t>(y)), wanted);
  EXPECT_EQ(loss(as<std::int16_t>(y)), wanted);
  EXPECT_EQ(loss(as<std::int32_t>(y)), wanted);
}

// More pixels than an f16 can count: their mean and their sum.
TEST_P(ClassLossEdges, HalvesInNumbers) {
  const std::int64_t n = GetParam().is_cuda() ? 70000 : 1000000;
  const std::vector<std::uint16_t> one_and_zero{0x3c00, 0x0000};
  std::vector<std::uint16_t> x;
  for (std::int64_t i = 0; i < n; ++i) {
    x.insert(x.end(), one_and_zero.begin(), one_and_zero.end());
  }
  const tensor logits = to(on(), tensor_view(x.data(), f16, shape_t{n, 2}));
  const tensor y = there(std::vector<std::uint8_t>(static_cast<std::size_t>(n), 0), {n});
  const tensor mean = cross_entropy(on(), logits, y, {.type = f32});
  EXPECT_NEAR(values(mean)[0], 0.3132617f, 1e-7f);
  const tensor sum =
      cross_entropy(on(), logits, y, {.reduction = loss_reduction::sum, .type = f64});
  EXPECT_NEAR(values<double>(sum)[0] / static_cast<double>(n), 0.3132617, 1e-7);
}

// What is counted beside the loss is what confusion_matrix counts: in the cells of a thread or a
// block, and in those of all, under a mask, of many pixels.
TEST_P(ClassLossEdges, CountsAreThoseOfTheConfusionMatrix) {
  for (const std::int64_t classes : {21, 60}) {
    const std::int64_t n = GetParam().is_cuda() ? 700 : 20000;
    const tensor x = there(logits(static_cast<std::size_t>(n * classes)), {1, classes, n});
    const tensor y = there(labels(static_cast<std::size_t>(n), classes), {1, n});
    std::vector<std::uint8_t> chosen(static_cast<std::size_t>(n));
    for (std::uint8_t& bit : chosen) bit = static_cast<std::uint8_t>(random.below(3));
    const tensor mask = to(on(), tensor_view(chosen.data(), boolean, shape_t{1, n}));
    confusion beside(on(), {.classes = classes});
    confusion alone(on(), {.classes = classes, .ignore = {-100}});
    cross_entropy(on(), x, y, {.mask = condition(mask)}, {.cells = &beside});
    alone.add_where(condition(mask), 1, x, y);
    EXPECT_EQ(beside.host_counts(), alone.host_counts()) << classes;
  }
}

// Shards of what has sums of its own: smoothing, weights of pixels, probabilities, f64.
TEST_P(ClassLossEdges, ShardsOfEveryKindFinishToOnePass) {
  const std::int64_t n = 90;
  const std::int64_t classes = 5;
  const std::vector<float> x = logits(static_cast<std::size_t>(n * classes));
  std::vector<double> wide(x.begin(), x.end());
  const std::vector<std::int64_t> y = labels(static_cast<std::size_t>(n), classes);
  std::vector<double> p(wide.size());
  for (double& share : p) share = static_cast<double>(random.below(100)) / 100;
  std::vector<float> w(static_cast<std::size_t>(n));
  for (float& weight : w) weight = static_cast<float>(random.below(30)) * 0.1f;
  const std::vector<float> by_class{1, 0.3f, 2, 0, 5};
  const tensor on_classes = there(by_class, {classes});
  enum { plain, smoothed, soft };
  for (const int kind : {plain, smoothed, soft}) {
    for (const bool f64_logits : {false, true}) {
      const auto partial_of = [&](std::int64_t begin, std::int64_t end) {
        const auto part = [&](const auto& of, std::int64_t each) {
          using element = typename std::decay_t<decltype(of)>::value_type;
          const std::vector<element> some(of.begin() + begin * each, of.begin() + end * each);
          return there(some, each == 1 ? shape_t{end - begin} : shape_t{end - begin, each});
        };
        const tensor at = f64_logits ? part(wide, classes) : part(x, classes);
        const tensor target = kind == soft ? part(p, classes) : part(y, 1);
        const tensor weight = part(w, 1);
        class_loss_options options = {
            .weight = on_classes, .element_weight = weight, .reduction = loss_reduction::partial};
        if (kind == smoothed) options.label_smoothing = 0.2;
        return loss_partial(cross_entropy(on(), at, target, options));
      };
      loss_partial merged = partial_of(31, 64);
      merged.merge(partial_of(0, 31));
      merged.merge(partial_of(64, 90));
      const tensor one_pass = partial_of(0, n).finish();
      const tensor of_shards = merged.finish();
      EXPECT_EQ(one_pass.type(), f64_logits ? f64 : f32);
      if (f64_logits) {
        EXPECT_EQ(values<std::uint64_t>(of_shards), values<std::uint64_t>(one_pass)) << kind;
      } else {
        EXPECT_EQ(values<std::uint32_t>(of_shards), values<std::uint32_t>(one_pass)) << kind;
      }
    }
  }
}

// The bytes that a trace names are those that the call must move.
TEST(ClassLossTrace, CountsEachTensorOnce) {
  std::int64_t bytes = 0;
  context_options with;
  with.device = "cpu";
  with.trace = [&](const bw_trace_record& record) { bytes = record.bytes; };
  const context cpu(with);
  const std::vector<float> x(1000 * 10);
  const std::vector<float> p(x.size(), 0.1f);
  const std::vector<std::int64_t> y(1000);
  std::vector<float> g(x.size());
  const tensor_view logits = bitwhere::view(x, {1000, 10});
  const tensor_view labels = bitwhere::view(y);
  const tensor_view soft = bitwhere::view(p, {1000, 10});
  const tensor_view gradient = bitwhere::view(g, {1000, 10});
  const auto of = [&](const tensor_view& target, const class_loss_options& options) {
    (void)cross_entropy(cpu, logits, target, options);
    return bytes;
  };
  EXPECT_EQ(of(labels, {}), 40000 + 8000 + 4);
  EXPECT_EQ(of(labels, {.reduction = loss_reduction::sum, .gradient = gradient}),
            40000 + 8000 + 40000 + 4);
  // A mean reads the labels before.
  EXPECT_EQ(of(labels, {.gradient = gradient}), 40000 + 8000 + 8000 + 40000 + 4);
  EXPECT_EQ(of(soft, {.gradient = gradient}), 40000 + 40000 + 40000 + 4);
  EXPECT_EQ(of(soft, {.reduction = loss_reduction::weights}), 33 * 8);
}

INSTANTIATE_TEST_SUITE_P(Backends, ClassLossEdges, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
