// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

#include "../support/backends.hpp"
#include "../support/conversion.hpp"
#include "../support/host.hpp"
#include "../support/random.hpp"

// Gradients of losses on every backend: the slopes of the formulas by differences, +0 where nothing
// counts whatever lies there, and the same bits whatever the layout, in place and in shards.
namespace bitwhere::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<std::uint8_t> bytes_of(const tensor& t) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(t.size() * t.type().bytes()));
  copy(t.on(), t, tensor_view(out.data(), t.type(), t.shape()));
  return out;
}

double unit(random_integers& random) {
  return static_cast<double>(random.below(1 << 20)) / static_cast<double>(1 << 20);
}

template <class T>
std::vector<T> narrowed(const std::vector<double>& from) {
  return {from.begin(), from.end()};
}

bool is_positive_zero(double x) { return x == 0 && !std::signbit(x); }

class Gradients : public parity {
 protected:
  template <class T>
  static tensor at(const context& with, const std::vector<T>& values, const shape_t& shape) {
    return to(with, bitwhere::view(values, shape));
  }
  template <class T>
  tensor there(const std::vector<T>& values, const shape_t& shape) {
    return at(on(), values, shape);
  }
  template <class T>
  tensor there(const std::vector<T>& values) {
    return there(values, {static_cast<std::int64_t>(values.size())});
  }
};

// Paths that only the cpu has.
class GradientsOnCpu : public Gradients {};

// --- Elements. ---

using loss_function = tensor (*)(const context&, const tensor_view&, const tensor_view&,
                                 const binary_loss_options&, bw_report*);

tensor squared_dice(const context& on, const tensor_view& x, const tensor_view& t,
                    const binary_loss_options& options, bw_report* report) {
  binary_loss_options squared = options;
  squared.squared = true;
  return soft_dice_loss(on, x, t, squared, report);
}

struct element_loss {
  const char* name;
  loss_function compute;
  bool probabilities;
  bool of_all;
};
const element_loss element_losses[] = {
    {"clamp", binary_cross_entropy, true, false},
    {"eps", binary_cross_entropy_eps, true, false},
    {"logits", binary_cross_entropy_with_logits, false, false},
    {"focal", sigmoid_focal_loss, false, false},
    {"dice", soft_dice_loss, true, true},
    {"dice_squared", squared_dice, true, true},
};

struct some_elements {
  std::vector<double> x;
  std::vector<double> t;
  std::vector<double> weight;

  some_elements(std::size_t n, bool probabilities, std::uint64_t seed) {
    random_integers random(seed);
    for (std::size_t i = 0; i < n; ++i) {
      x.push_back(probabilities ? 0.05 + 0.9 * unit(random) : 12 * unit(random) - 6);
      t.push_back(i % 3 == 0 ? unit(random) : static_cast<double>(i % 2));
      weight.push_back(i % 7 == 3 ? 0 : unit(random) + 0.5);
    }
  }
};

// Central differences of the loss in f64; `change` puts another x in the place of one.
template <class Loss>
void expect_slopes(const std::vector<double>& x, const std::vector<double>& gradient, Loss loss,
                   const std::string& name) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double step = 1e-5;
    std::vector<double> above = x;
    std::vector<double> below = x;
    above[i] += step;
    below[i] -= step;
    const double slope = (loss(above) - loss(below)) / (2 * step);
    EXPECT_NEAR(gradient[i], slope, 2e-8 + 1e-7 * std::fabs(slope)) << name << " " << i;
  }
}

TEST_P(Gradients, OfElementsAreSlopes) {
  for (const element_loss& of : element_losses) {
    for (const double gamma : {0.0, 1.0, 2.0, 1.5}) {
      if (gamma != 2 && std::strcmp(of.name, "focal") != 0) continue;
      const some_elements all(19, of.probabilities, 3);
      const tensor t = there(all.t);
      const tensor weight = there(all.weight);
      const tensor q = there(std::vector<double>{2.5}, {});
      const tensor gradient = empty(on(), {19}, f64);
      binary_loss_options options = {.weight = weight, .gamma = gamma};
      if (!of.of_all) options.pos_weight = q;
      for (const double eps : {0.0, 0.75}) {
        options.denominator_eps = eps;
        const auto loss = [&](const std::vector<double>& x) {
          return values<double>(of.compute(on(), there(x), t, options, nullptr))[0];
        };
        binary_loss_options wanted = options;
        wanted.gradient = gradient;
        of.compute(on(), there(all.x), t, wanted, nullptr);
        expect_slopes(all.x, values<double>(gradient), loss, of.name);
      }
    }
  }
}

TEST_P(Gradients, OfElementsHaveTheBitsOfOneThread) {
  const context one({.device = "cpu", .isa = "scalar", .threads = 1});
  for (const element_loss& of : element_losses) {
    const some_elements all(3000, of.probabilities, 5);
    const auto run = [&](const context& with, bool strided, loss_reduction by) {
      const tensor x = at(with, narrowed<float>(all.x), {60, 50});
      const tensor t = at(with, narrowed<float>(all.t), {60, 50});
      const tensor weight = at(with, narrowed<float>(all.weight), {60, 50});
      const tensor upstream = at(with, narrowed<float>(all.weight), {60, 50});
      const tensor room(with, strided ? shape_t{50, 60} : shape_t{60, 50}, f32);
      const std::int64_t across[] = {1, 60};
      const tensor_view turned(room.data(), f32, x.shape(), across, room.device());
      binary_loss_options options = {.weight = weight, .mask = t != 1, .reduction = by};
      options.gradient = room;
      if (strided) options.gradient = turned;
      if (by == loss_reduction::none) options.upstream = upstream;
      const tensor loss = of.compute(with, x, t, options, nullptr);
      tensor plain(with, shape_t{60, 50}, f32);
      copy(with, *options.gradient, plain);
      options.gradient.reset();
      options.upstream.reset();
      EXPECT_EQ(bytes_of(loss), bytes_of(of.compute(with, x, t, options, nullptr))) << of.name;
      return bytes_of(plain);
    };
    for (const auto by : {loss_reduction::mean, loss_reduction::sum, loss_reduction::none}) {
      if (of.of_all && by != loss_reduction::mean) continue;
      const auto expected = run(one, false, by);
      EXPECT_EQ(run(on(), false, by), expected) << of.name;
      EXPECT_EQ(run(on(), true, by), expected) << of.name << " strided";
    }
  }
}

TEST_P(Gradients, OfElementsInPlace) {
  for (const element_loss& of : element_losses) {
    const some_elements all(700, of.probabilities, 9);
    const tensor t = there(narrowed<float>(all.t));
    const tensor x = there(narrowed<float>(all.x));
    const tensor apart = empty(on(), {700}, f32);
    const tensor loss = of.compute(on(), x, t, {.gradient = apart}, nullptr);
    const tensor in_place = of.compute(on(), x, t, {.gradient = x}, nullptr);
    EXPECT_EQ(bytes_of(in_place), bytes_of(loss)) << of.name;
    EXPECT_EQ(bytes_of(x), bytes_of(apart)) << of.name;
  }
}

TEST_P(Gradients, OfElementsThatDoNotCountAreZero) {
  for (const element_loss& of : element_losses) {
    std::vector<double> x = {0.5, nan, infinity, -infinity, nan, 0.5, 0.5};
    const tensor t = there(std::vector<float>{1, 255, 255, 0, 1, 255, 0});
    const tensor mask = there(std::vector<std::uint8_t>{1, 1, 1, 0, 1, 1, 1});
    std::vector<float> weight = {1, 1, 1, 1, 0, 1, 1};
    // A probability of NaN is bad, which its weight does not hide; its gradient is +0 as well.
    const tensor gradient = there(std::vector<float>(7, 5));
    of.compute(on(), there(narrowed<float>(x)), t,
               {.weight = there(weight), .mask = mask != 0, .ignore = {255}, .gradient = gradient},
               nullptr);
    const std::vector<float> got = values(gradient);
    for (const std::size_t i : {1U, 2U, 3U, 4U, 5U}) {
      EXPECT_TRUE(is_positive_zero(static_cast<double>(got[i]))) << of.name << " " << i;
    }
    EXPECT_TRUE(std::isfinite(got[0]) && got[0] != 0) << of.name;
    // Nothing counts: the mean is NaN, its gradient is not.
    const tensor none = there(std::vector<float>(7, 255));
    of.compute(on(), there(narrowed<float>(x)), none, {.ignore = {255}, .gradient = gradient},
               nullptr);
    for (const float g : values(gradient)) EXPECT_TRUE(is_positive_zero(static_cast<double>(g)));
  }
}

// As torch says, and at +-Inf what the limits are.
TEST_P(Gradients, AtTheEnds) {
  const auto sum = loss_reduction::sum;
  const tensor gradient = empty(on(), {4}, f32);
  const tensor p = there(std::vector<float>{0, 1, 0, 1});
  binary_cross_entropy(on(), p, there(std::vector<float>{1, 0, 0, 1}),
                       {.reduction = sum, .gradient = gradient});
  EXPECT_EQ(values(gradient), (std::vector<float>{-1e12f, 1e12f, 0, 0}));
  const auto end = static_cast<float>(infinity);
  const tensor x = there(std::vector<float>{-end, end, end, -end});
  for (const loss_function loss : {element_losses[2].compute, element_losses[3].compute}) {
    loss(on(), x, there(std::vector<float>{0, 1, 0, 1}),
         {.reduction = sum, .alpha = -1, .gamma = 0, .gradient = gradient}, nullptr);
    EXPECT_EQ(values(gradient), (std::vector<float>{0, 0, 1, -1}));
  }
  // Where the sigmoid is all but 1, what is missing is still known.
  binary_cross_entropy_with_logits(on(), there(std::vector<float>(4, 50)),
                                   there(std::vector<float>(4, 1)),
                                   {.reduction = sum, .gradient = gradient});
  EXPECT_NEAR(values(gradient)[0] / -1.9287498e-22f, 1.0f, 1e-6f);
}

// --- Classes. ---

enum class form { labels, smoothed, probabilities, nll };

struct some_pixels {
  std::int64_t classes;
  std::int64_t pixels;
  std::vector<double> x;
  std::vector<double> p;
  std::vector<double> class_weight;
  std::vector<double> weight;
  std::vector<std::int32_t> labels;

  some_pixels(std::int64_t c, std::int64_t n, std::uint64_t seed) : classes(c), pixels(n) {
    random_integers random(seed);
    for (std::int64_t i = 0; i < c * n; ++i) {
      x.push_back(unit(random) * 12 - 6);
      p.push_back(unit(random));
    }
    for (std::int64_t k = 0; k < c; ++k) class_weight.push_back(0.25 + unit(random));
    for (std::int64_t i = 0; i < n; ++i) {
      labels.push_back(i % 5 == 3 ? -100 : static_cast<std::int32_t>(random.below(c)));
      weight.push_back(i % 7 == 2 ? 0 : unit(random) + 0.5);
    }
  }
  // The same with the classes before the pixels.
  [[nodiscard]] std::vector<double> planes(const std::vector<double>& rows) const {
    std::vector<double> out(rows.size());
    for (std::int64_t i = 0; i < pixels; ++i) {
      for (std::int64_t c = 0; c < classes; ++c) {
        out[static_cast<std::size_t>(c * pixels + i)] =
            rows[static_cast<std::size_t>(i * classes + c)];
      }
    }
    return out;
  }
};

template <class T>
struct class_call {
  const some_pixels& of;
  form as;
  bool planes = false;
  loss_reduction by = loss_reduction::mean;
  bool in_place = false;
  bool counts = false;

  // The loss, and the gradient with the classes of a pixel side by side.
  std::pair<std::vector<std::uint8_t>, std::vector<T>> run(const context& with) const {
    const shape_t shape =
        planes ? shape_t{1, of.classes, of.pixels} : shape_t{of.pixels, of.classes};
    const shape_t of_pixels = planes ? shape_t{1, of.pixels} : shape_t{of.pixels};
    const auto lie = [&](const std::vector<double>& rows) {
      const std::vector<T> values = narrowed<T>(planes ? of.planes(rows) : rows);
      return to(with, bitwhere::view(values, shape));
    };
    const auto each = [&](const std::vector<double>& numbers) {
      const std::vector<T> values = narrowed<T>(numbers);
      return to(with, bitwhere::view(values, of_pixels));
    };
    const tensor x = lie(of.x);
    const tensor target =
        as == form::probabilities ? lie(of.p) : to(with, bitwhere::view(of.labels, of_pixels));
    const std::vector<T> numbers = narrowed<T>(of.class_weight);
    const tensor class_weight = to(with, bitwhere::view(numbers, {of.classes}));
    const tensor weight = each(of.weight);
    const tensor apart(with, shape, x.type());
    class_loss_options options = {
        .weight = class_weight, .element_weight = weight, .reduction = by};
    options.label_smoothing = as == form::smoothed ? 0.1 : 0;
    options.gradient = in_place ? x : apart;
    if (by == loss_reduction::none) options.upstream = weight;
    const tensor agreement = to(with, bitwhere::view(std::vector<std::int64_t>{0, 0}));
    const counted_predictions also = {.agreement = agreement};
    const auto compute = [&]() -> tensor {
      if (as == form::nll) return nll_loss(with, x, target, options);
      return counts ? cross_entropy(with, x, target, options, also)
                    : cross_entropy(with, x, target, options);
    };
    const std::vector<std::uint8_t> loss = bytes_of(compute());
    const std::vector<T> got = values<T>(in_place ? x : apart);
    EXPECT_EQ(values<std::int64_t>(agreement)[1] > 0, counts);
    if (!planes) return {loss, got};
    std::vector<T> rows(got.size());
    for (std::int64_t i = 0; i < of.pixels; ++i) {
      for (std::int64_t c = 0; c < of.classes; ++c) {
        rows[static_cast<std::size_t>(i * of.classes + c)] =
            got[static_cast<std::size_t>(c * of.pixels + i)];
      }
    }
    return {loss, rows};
  }
};

TEST_P(Gradients, OfClassesAreSlopes) {
  for (const form as : {form::labels, form::smoothed, form::probabilities, form::nll}) {
    const some_pixels of(4, 6, 11);
    const auto loss = [&](const std::vector<double>& x) {
      some_pixels changed = of;
      changed.x = x;
      double value = 0;
      const auto bytes = class_call<double>{changed, as}.run(on()).first;
      std::memcpy(&value, bytes.data(), sizeof value);
      return value;
    };
    expect_slopes(of.x, class_call<double>{of, as}.run(on()).second, loss,
                  std::to_string(static_cast<int>(as)));
  }
}

TEST_P(Gradients, OfClassesHaveTheBitsOfOneThread) {
  const context one({.device = "cpu", .isa = "scalar", .threads = 1});
  for (const std::int64_t c : {1, 2, 5, 21, 22, 33, 150, 300, 1030, 2100}) {
    const some_pixels of(c, c > 1000 ? 5 : 70, static_cast<std::uint64_t>(c));
    for (const form as : {form::labels, form::smoothed, form::probabilities, form::nll}) {
      for (const auto by : {loss_reduction::mean, loss_reduction::none}) {
        const auto expected = class_call<float>{of, as, false, by}.run(one);
        for (const bool planes : {false, true}) {
          const auto got = class_call<float>{of, as, planes, by}.run(on());
          const std::string name = std::to_string(c) + " classes, form " +
                                   std::to_string(static_cast<int>(as)) +
                                   (planes ? ", planes" : ", rows");
          EXPECT_EQ(got.first, expected.first) << name;
          ASSERT_EQ(0, std::memcmp(got.second.data(), expected.second.data(),
                                   got.second.size() * sizeof(float)))
              << name;
        }
      }
    }
  }
}

TEST_P(Gradients, OfClassesInPlaceAndWithCounts) {
  for (const std::int64_t c : {3, 21, 200, 1500}) {
    const some_pixels of(c, 40, 13);
    for (const bool planes : {false, true}) {
      for (const form as : {form::labels, form::smoothed}) {
        const auto apart = class_call<float>{of, as, planes}.run(on());
        EXPECT_EQ(apart,
                  (class_call<float>{of, as, planes, loss_reduction::mean, true, true}.run(on())))
            << c << " classes";
      }
    }
  }
}

// Ignored, bad, masked pixels and those of weight 0, with NaN and Inf behind them.
TEST_P(Gradients, OfPixelsThatDoNotCountAreZero) {
  const float no = static_cast<float>(nan);
  const float end = static_cast<float>(infinity);
  const std::vector<float> x = {no, end, -end, no, no, no, end, end, 0, -end, no, 1, 1, 2, 3};
  const tensor y =
      there(std::vector<std::int64_t>{-100, std::numeric_limits<std::int64_t>::min(), 1, 2, 0});
  const tensor mask = there(std::vector<std::uint8_t>{1, 1, 0, 1, 1});
  const tensor weight = there(std::vector<float>{1, 1, 1, 0, 1});
  for (const double smoothing : {0.0, 0.25}) {
    const tensor gradient = there(std::vector<float>(15, 9), {5, 3});
    data_report report(on());
    cross_entropy(on(), there(x, {5, 3}), y,
                  {.label_smoothing = smoothing,
                   .element_weight = weight,
                   .mask = mask != 0,
                   .gradient = gradient},
                  report.c());
    EXPECT_EQ(report.count(), 1);
    const std::vector<float> got = values(gradient);
    for (std::size_t i = 0; i < 12; ++i) {
      EXPECT_TRUE(is_positive_zero(static_cast<double>(got[i]))) << i;
    }
    EXPECT_NEAR(got[12] + got[13] + got[14], 0, 1e-6);
    EXPECT_LT(got[12], 0);
  }
  const tensor none = there(std::vector<std::int64_t>(5, -100));
  const tensor gradient = there(std::vector<float>(15, 9), {5, 3});
  const tensor loss = cross_entropy(on(), there(x, {5, 3}), none, {.gradient = gradient});
  EXPECT_TRUE(std::isnan(values(loss)[0]));
  for (const float g : values(gradient)) EXPECT_TRUE(is_positive_zero(static_cast<double>(g)));
}

// What is larger than the cache is written around it, but not over x: the bits are the same.
TEST_P(GradientsOnCpu, LargeOnes) {
  const std::int64_t n = 100003;
  std::vector<float> host(static_cast<std::size_t>(n * 21));
  random_integers random{77};
  for (float& x : host) x = static_cast<float>(random.below(1000)) * 0.01f;
  std::vector<std::uint8_t> labels(static_cast<std::size_t>(n));
  for (std::uint8_t& y : labels) y = static_cast<std::uint8_t>(random.below(22));
  for (const shape_t& shape : {shape_t{1, 21, n}, shape_t{n, 21}}) {
    const tensor x = there(host, shape);
    const tensor y =
        to(on(), bitwhere::view(labels, shape.size() == 3 ? shape_t{1, n} : shape_t{n}));
    const tensor apart = empty(on(), shape, f32);
    cross_entropy(on(), x, y, {.ignore_index = 21, .gradient = apart});
    cross_entropy(on(), x, y, {.ignore_index = 21, .gradient = x});
    EXPECT_EQ(bytes_of(apart), bytes_of(x));
  }
}

// A log-probability that is not the label's has the gradient +0, whatever the upstream is.
TEST_P(Gradients, OfNllAreZeroOffTheLabel) {
  const tensor x = there(std::vector<float>{-1, -2, -3, -4, -5, -6}, {2, 3});
  const tensor y = there(std::vector<std::int64_t>{2, 0});
  for (const float up : {-2.5f, std::numeric_limits<float>::infinity()}) {
    const tensor upstream = there(std::vector<float>{up}, {});
    const tensor gradient = empty(on(), {2, 3}, f32);
    nll_loss(on(), x, y,
             {.reduction = loss_reduction::sum, .gradient = gradient, .upstream = upstream});
    const std::vector<float> g = values(gradient);
    for (const std::size_t k : {0, 1, 4, 5}) {
      EXPECT_TRUE(is_positive_zero(static_cast<double>(g[k]))) << up << " " << k;
    }
    EXPECT_EQ(g[2], -up);
    EXPECT_EQ(g[3], -up);
  }
}

// Over x, under a mask of x itself: the double where in one pass.
TEST_P(Gradients, InPlaceUnderAMaskOfX) {
  const float none = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> host{0.5f, none, -3, 4, none};
  const tensor t = there(std::vector<float>{1, 0, 0, 1, 1}, {5});
  const tensor apart = empty(on(), {5}, f32);
  const tensor x = there(host, {5});
  binary_cross_entropy_with_logits(on(), x, t, {.mask = isfinite(x), .gradient = apart});
  const tensor loss =
      binary_cross_entropy_with_logits(on(), x, t, {.mask = isfinite(x), .gradient = x});
  EXPECT_TRUE(std::isfinite(values(loss)[0]));
  EXPECT_EQ(values(x), values(apart));
  EXPECT_TRUE(is_positive_zero(static_cast<double>(values(x)[1])));
}

TEST_P(Gradients, UpstreamAndDivisor) {
  const tensor x = there(std::vector<float>{1, 2, 3, 1, 0, -1}, {2, 3});
  const tensor y = there(std::vector<std::int64_t>{2, 0});
  const auto gradient_of = [&](class_loss_options options) {
    const tensor gradient = empty(on(), {2, 3}, f32);
    options.gradient = gradient;
    cross_entropy(on(), x, y, options);
    return values(gradient);
  };
  const std::vector<float> sum = gradient_of({.reduction = loss_reduction::sum});
  const tensor four = there(std::vector<float>{4}, {});
  const tensor two = there(std::vector<double>{2}, {});
  std::vector<float> times_four;
  std::vector<float> halves;
  for (const float g : sum) {
    times_four.push_back(4 * g);
    halves.push_back(g / 2);
  }
  EXPECT_EQ(gradient_of({.reduction = loss_reduction::sum, .upstream = four}), times_four);
  EXPECT_EQ(gradient_of({}), halves);
  EXPECT_EQ(gradient_of({.over = normaliser::all}), halves);
  EXPECT_EQ(gradient_of({.over = normaliser::given, .denominator = 2}), halves);
  EXPECT_EQ(gradient_of({.over = normaliser::tensor, .divisor = two}), halves);
  EXPECT_EQ(gradient_of({.over = normaliser::given, .denominator = 1, .denominator_eps = 1}),
            halves);
  // A mean over nothing is 0 where that is asked for, and does not move.
  const tensor zero = there(std::vector<double>{0}, {});
  EXPECT_EQ(gradient_of({.over = normaliser::tensor, .empty = empty_mean::zero, .divisor = zero}),
            std::vector<float>(6));
  EXPECT_TRUE(std::isinf(gradient_of({.over = normaliser::tensor, .divisor = zero})[0]));
  const tensor loss = cross_entropy(on(), x, y, {.over = normaliser::tensor, .divisor = two});
  EXPECT_EQ(bytes_of(loss), bytes_of(cross_entropy(on(), x, y)));
}

// Shards that share what the mean of all is divided by have the gradient of one pass.
TEST_P(Gradients, OfShardsAreThoseOfOnePass) {
  const some_pixels of(7, 50, 17);
  const auto whole = class_call<float>{of, form::labels}.run(on());
  const auto slice = [&](std::int64_t begin, std::int64_t end) {
    some_pixels part = of;
    const auto cut = [&](auto& values, std::int64_t each) {
      values.erase(values.begin() + end * each, values.end());
      values.erase(values.begin(), values.begin() + begin * each);
    };
    cut(part.x, of.classes);
    cut(part.labels, 1);
    cut(part.weight, 1);
    part.pixels = end - begin;
    return part;
  };
  const std::vector<some_pixels> shards = {slice(0, 13), slice(13, 50)};
  const tensor class_weight = there(narrowed<float>(of.class_weight));
  const auto compute = [&](const some_pixels& part, class_loss_options options) {
    const tensor weight = there(narrowed<float>(part.weight));
    options.weight = class_weight;
    options.element_weight = weight;
    return cross_entropy(on(), there(narrowed<float>(part.x), {part.pixels, part.classes}),
                         there(part.labels), options);
  };
  loss_partial weights(compute(shards[0], {.reduction = loss_reduction::weights}));
  weights.merge(compute(shards[1], {.reduction = loss_reduction::weights}));
  const tensor divisor = weights.finish({.reduction = loss_reduction::weights});
  std::vector<float> gradients;
  loss_partial losses(empty(on(), {33}, i64));
  bool first = true;
  for (const some_pixels& part : shards) {
    const tensor gradient = empty(on(), {part.pixels, part.classes}, f32);
    tensor words = compute(part, {.reduction = loss_reduction::partial,
                                  .over = normaliser::tensor,
                                  .gradient = gradient,
                                  .divisor = divisor});
    const std::vector<float> some = values(gradient);
    gradients.insert(gradients.end(), some.begin(), some.end());
    if (first) {
      losses = loss_partial(std::move(words));
    } else {
      losses.merge(words);
    }
    first = false;
  }
  EXPECT_EQ(gradients, whole.second);
  EXPECT_EQ(bytes_of(losses.finish()), whole.first);
}

// f16 and bf16 are computed in f32 and rounded once.
TEST_P(Gradients, OfHalvesAreThoseOfFloatsRounded) {
  const some_pixels of(21, 90, 19);
  for (const dtype type : {f16, bf16}) {
    const auto in = [&](const std::vector<double>& numbers) {
      std::vector<std::uint8_t> bytes;
      for (const double number : numbers) {
        const auto element = element_of(type, {.real = number});
        bytes.insert(bytes.end(), element.begin(), element.end());
      }
      return bytes;
    };
    std::vector<double> eighths;  // which all dtypes hold
    for (const double x : of.x) eighths.push_back(std::floor(x * 8) / 8);
    std::vector<std::uint8_t> bytes = in(eighths);
    const std::int64_t shape[] = {90, 21};
    const tensor x = to(on(), tensor_view(bytes.data(), type, shape));
    const tensor y = there(of.labels);
    const tensor gradient = empty(on(), {90, 21}, type);
    const tensor expected = empty(on(), {90, 21}, f32);
    cross_entropy(on(), x, y, {.gradient = gradient});
    cross_entropy(on(), there(narrowed<float>(eighths), {90, 21}), y, {.gradient = expected});
    const std::vector<float> floats = values(expected);
    EXPECT_EQ(bytes_of(gradient), in({floats.begin(), floats.end()}));
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Gradients, testing::ValuesIn(backends()), name_of);
INSTANTIATE_TEST_SUITE_P(Backends, GradientsOnCpu, testing::ValuesIn(cpu_backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
