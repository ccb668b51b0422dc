// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/color.hpp>

#include <memory>

#include "harness.hpp"
#include "values.hpp"

namespace bitwhere::bench {
namespace {

constexpr std::int64_t labels_known = 21;
constexpr std::int32_t opacity = 128;

enum class order { hwc, chw };
enum class pattern { random, blocky };

// A sixteenth of the labels has no colour.
std::uint8_t label_at(pattern kind, std::int64_t i) {
  // Blocks are as wide as things in a picture are.
  const std::int64_t at = kind == pattern::blocky ? i / 64 : i;
  return mix(at, 3) % 16 == 0 ? 255 : static_cast<std::uint8_t>(mix(at, 1) % labels_known);
}

palette colors() {
  palette out;
  for (std::int64_t k = 0; k < labels_known; ++k) {
    const std::uint64_t bits = mix(k, 8);
    out.push_back({static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(bits >> 8),
                   static_cast<std::uint8_t>(bits >> 16), 255});
  }
  return out;
}

std::uint8_t channel_of(const color& of, std::int64_t channel) {
  return channel == 0 ? of.red : channel == 1 ? of.green : of.blue;
}

std::uint8_t photograph_at(std::int64_t i) { return static_cast<std::uint8_t>(mix(i / 3, 9)); }

struct picture_tensors {
  tensor labels, palette, under, picture;
};

// Where element i of a picture of n pixels is.
struct place {
  std::int64_t pixel, channel;
  static place of(order how, std::int64_t i, std::int64_t n) {
    return how == order::hwc ? place{i / 3, i % 3} : place{i % n, i / n};
  }
};

instance colorize_of(const context& on, order how, pattern kind, bool over, std::int64_t n) {
  const shape_t shape = how == order::hwc ? shape_t{1, n, 3} : shape_t{3, 1, n};
  const palette known = colors();
  const color_options options = {.ignore = {255},
                                 .ignored_color = {200, 100, 50, 255},
                                 .channel_dim = how == order::hwc ? -1 : -3,
                                 .opacity = over ? opacity : 255};
  const auto all = std::make_shared<picture_tensors>(picture_tensors{
      made(on, {1, n}, u8, [=](std::int64_t i) { return label_at(kind, i); }), to(on, known),
      over ? made(on, shape, u8, photograph_at) : empty(on, {0}, u8), empty(on, shape, u8)});
  instance it;
  it.call = [=](const context& with) {
    if (over) {
      colorize_over(with, all->under, all->labels, all->palette, options, all->picture);
    } else {
      colorize(with, all->labels, all->palette, options, all->picture);
    }
  };
  it.wrong = [=] {
    return first_wrong(all->picture, [&](std::int64_t i) {
      const place at = place::of(how, i, n);
      const std::uint8_t label = label_at(kind, at.pixel);
      const int c = channel_of(label == 255 ? options.ignored_color : known[label], at.channel);
      if (!over) return static_cast<std::uint8_t>(c);
      // The nearest integer: a quotient by 255 is never half of an odd one.
      return static_cast<std::uint8_t>(
          (2 * (opacity * c + (255 - opacity) * photograph_at(i)) + 255) / 510);
    });
  };
  it.bytes = (over ? 7 : 4) * n;
  it.plain = {{all->labels.data(), over ? all->under.data() : nullptr, nullptr},
              {1, over ? 3 : 0, 0},
              all->picture.data(),
              3,
              n};
  return it;
}

instance decolorize_of(const context& on, order how, pattern kind, std::int64_t n) {
  const shape_t shape = how == order::hwc ? shape_t{1, n, 3} : shape_t{3, 1, n};
  const palette known = colors();
  const color unknown = {1, 2, 3, 255};
  const auto picture = [=](std::int64_t i) {
    const place at = place::of(how, i, n);
    const std::uint8_t label = label_at(kind, at.pixel);
    return channel_of(label == 255 ? unknown : known[label], at.channel);
  };
  const auto all = std::make_shared<picture_tensors>(picture_tensors{
      empty(on, {1, n}, u8), to(on, known), empty(on, {0}, u8), made(on, shape, u8, picture)});
  const decolorize_options options = {.channel_dim = how == order::hwc ? -1 : -3};
  instance it;
  it.call = [=](const context& with) {
    decolorize(with, all->picture, all->palette, options, all->labels);
  };
  it.wrong = [=] {
    return first_wrong(all->labels, [&](std::int64_t i) { return label_at(kind, i); });
  };
  it.bytes = 4 * n;
  it.plain = {{all->picture.data(), nullptr, nullptr}, {3, 0, 0}, all->labels.data(), 1, n};
  return it;
}

bench_case colorize_case(const std::string& name, order how, pattern kind, bool over) {
  bench_case out = {.operation = "colorize", .name = name, .elements = 1 << 26};
  out.cuda_goal = 0.80;
  out.make = [=](const context& on, std::int64_t n) { return colorize_of(on, how, kind, over, n); };
  return out;
}

bench_case decolorize_case(const std::string& name, order how, pattern kind) {
  bench_case out = {.operation = "decolorize", .name = name, .elements = 1 << 26};
  out.cuda_goal = 0.50;
  out.make = [=](const context& on, std::int64_t n) { return decolorize_of(on, how, kind, n); };
  return out;
}

}  // namespace

std::vector<bench_case> cases() {
  return {
      colorize_case("u8_hwc_blocky", order::hwc, pattern::blocky, false),
      colorize_case("u8_hwc_random", order::hwc, pattern::random, false),
      colorize_case("u8_chw_blocky", order::chw, pattern::blocky, false),
      colorize_case("u8_chw_random", order::chw, pattern::random, false),
      colorize_case("u8_hwc_over_image", order::hwc, pattern::blocky, true),
      colorize_case("u8_chw_over_image", order::chw, pattern::blocky, true),
      decolorize_case("u8_hwc_blocky", order::hwc, pattern::blocky),
      decolorize_case("u8_hwc_random", order::hwc, pattern::random),
      decolorize_case("u8_chw_blocky", order::chw, pattern::blocky),
  };
}

}  // namespace bitwhere::bench
