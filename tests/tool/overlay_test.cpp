// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/overlay.hpp"

#include "real_data.hpp"
#include "src/tool/failure.hpp"
#include "src/tool/png.hpp"

#include <gtest/gtest.h>

#include <bitwhere/palettes.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

using tool::label_map;
using tool::overlay_style;
using tool::picture;

/// A map of any type and order whose labels a formula gives.
label_map make_labels(dtype type, std::int64_t height, std::int64_t width, bool column_major,
                      const std::function<std::int64_t(std::int64_t, std::int64_t)>& label) {
  label_map out = tool::make_label_map(type, height, width);
  out.column_major = column_major;
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t value = label(y, x);
      const std::int64_t index = column_major ? x * height + y : y * width + x;
      // Little-endian: the low bytes are the value in the narrow type.
      std::memcpy(out.bytes.get() + index * type.bytes(), &value,
                  static_cast<std::size_t>(type.bytes()));
    }
  }
  return out;
}

picture make_photo(std::int64_t height, std::int64_t width) {
  picture out = tool::make_picture(height, width);
  for (std::size_t i = 0; i < out.bytes(); ++i) out.rgb[i] = static_cast<std::uint8_t>(i * 37 + 5);
  return out;
}

color at(const picture& from, std::int64_t y, std::int64_t x) {
  const std::uint8_t* pixel = from.rgb.get() + 3 * (y * from.width + x);
  return {pixel[0], pixel[1], pixel[2]};
}

int rounded_div(int a) { return (a + 127) / 255; }

color blended(const color& over, const color& below, int opacity) {
  const auto mix = [&](int a, int b) {
    return static_cast<std::uint8_t>(rounded_div(opacity * a + (255 - opacity) * b));
  };
  return {mix(over.red, below.red), mix(over.green, below.green), mix(over.blue, below.blue)};
}

struct overlay_case {
  const char* name;
  dtype prediction;
  dtype target;
  bool column_major;
  bool with_target;
  bool with_photo;
  std::vector<std::int64_t> ignore;
  int opacity;

  friend std::ostream& operator<<(std::ostream& out, const overlay_case& one) {
    return out << one.name;
  }
};

class Overlay : public testing::TestWithParam<overlay_case> {};

constexpr std::int64_t height = 23;
constexpr std::int64_t width = 31;

const palette& colors() {
  static const palette all = {{0, 0, 0}, {255, 0, 0}, {0, 255, 0}, {17, 34, 51}};
  return all;
}

/// What a pixel shows, pixel by pixel and with nothing of the library.
color expected_pixel(const overlay_case& one, std::int64_t predicted, std::int64_t truth,
                     const picture& photo, std::int64_t y, std::int64_t x) {
  const auto is_ignored = [&](std::int64_t label) {
    return std::find(one.ignore.begin(), one.ignore.end(), label) != one.ignore.end();
  };
  const color below = one.with_photo ? at(photo, y, x) : color{0, 0, 0};
  if (one.with_target && is_ignored(truth)) return below;
  if (one.with_target && predicted != truth) {
    // A small picture: lines are a pixel wide, a light and a dark one of every seven.
    const std::int64_t phase = (x + y) % 7;
    if (phase == 0) return {255, 255, 255};
    if (phase == 1) return {0, 0, 0};
  }
  if (is_ignored(predicted)) return below;
  const color own = predicted >= 0 && predicted < 4 ? colors()[static_cast<std::size_t>(predicted)]
                                                    : color{255, 0, 255};
  return one.with_photo ? blended(own, below, one.opacity) : own;
}

TEST_P(Overlay, IsThatOfANaiveLoopOnEveryDevice) {
  const overlay_case& one = GetParam();
  const label_map prediction =
      make_labels(one.prediction, height, width, one.column_major,
                  [](std::int64_t y, std::int64_t x) { return (y / 3 + x / 5) % 5; });
  const label_map target =
      make_labels(one.target, height, width, !one.column_major,
                  [](std::int64_t y, std::int64_t x) { return (y / 4 + x / 5) % 6; });
  const picture photo = make_photo(height, width);
  for (const std::string& device : devices()) {
    SCOPED_TRACE(device);
    const picture drawn =
        tool::draw_overlay(context(device), prediction, one.with_target ? &target : nullptr,
                           one.with_photo ? &photo : nullptr, {colors(), one.ignore, one.opacity});
    ASSERT_EQ(drawn.height, height);
    ASSERT_EQ(drawn.width, width);
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        ASSERT_EQ(at(drawn, y, x),
                  expected_pixel(one, prediction.at(y, x), target.at(y, x), photo, y, x))
            << "row " << y << ", column " << x;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Overlay,
    testing::Values(overlay_case{"whole", u8, u8, false, true, true, {5}, 128},
                    overlay_case{"columns", u8, i16, true, true, true, {5, 0}, 77},
                    overlay_case{"no_ignore", i64, u8, false, true, true, {}, 255},
                    overlay_case{"no_target", i32, u8, true, false, true, {1}, 100},
                    overlay_case{"no_photo", u8, i64, false, true, false, {5, 2}, 128},
                    overlay_case{"plain", u8, u8, false, false, false, {}, 128},
                    overlay_case{"transparent", i16, i32, false, true, true, {3}, 0}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(OverlayErrors, SizesThatDiffer) {
  const auto zero = [](std::int64_t, std::int64_t) { return std::int64_t{0}; };
  const label_map map = make_labels(u8, 4, 6, false, zero);
  const label_map turned = make_labels(u8, 6, 4, false, zero);
  const picture photo = make_photo(6, 4);
  const overlay_style style{colors()};
  const context cpu("cpu");
  EXPECT_THROW(tool::draw_overlay(cpu, map, &turned, nullptr, style), tool::file_error);
  try {
    static_cast<void>(tool::draw_overlay(cpu, map, nullptr, &photo, style));
    ADD_FAILURE();
  } catch (const tool::file_error& e) {
    EXPECT_EQ(std::string(e.what()), "its picture has 4 x 6 pixels, the label map 6 x 4");
  }
}

TEST(OverlayMarks, AreTheErrorColourAndItsOppositeAndWideOnLargePictures) {
  const auto zero = [](std::int64_t, std::int64_t) { return std::int64_t{0}; };
  const auto one = [](std::int64_t, std::int64_t) { return std::int64_t{1}; };
  const label_map prediction = make_labels(u8, 2, 960, false, zero);
  const label_map target = make_labels(u8, 2, 960, false, one);
  const color dark = {60, 0, 90};
  const picture drawn =
      tool::draw_overlay(context("cpu"), prediction, &target, nullptr, {colors(), {}, 128, dark});
  for (std::int64_t x = 0; x < 960; ++x) {
    // Two pixels a stroke at this width.
    const std::int64_t phase = x / 2 % 7;
    const color expected = phase == 0 ? dark : phase == 1 ? color{255, 255, 255} : colors()[0];
    ASSERT_EQ(at(drawn, 0, x), expected) << x;
  }
}

// On a real street: ignored pixels are the photograph's, right ones are never hatched.
TEST(OverlayRealData, KeepsIgnoredPixelsAndMarksErrorsAlone) {
  const auto root = real_data("camvid");
  if (root.empty()) GTEST_SKIP() << no_real_data;
  const char* name = "0001TP_008550.png";
  const label_map prediction = tool::read_png(root / "predictions" / name);
  const label_map target = tool::read_png(root / "targets" / name);
  const picture photo = tool::read_picture(root / "images" / name);
  const palette camvid = palettes::camvid();
  const picture drawn =
      tool::draw_overlay(context("cpu"), prediction, &target, &photo, {camvid, {11}, 128});
  std::int64_t ignored = 0;
  std::int64_t marked = 0;
  for (std::int64_t y = 0; y < target.height; ++y) {
    for (std::int64_t x = 0; x < target.width; ++x) {
      const std::int64_t predicted = prediction.at(y, x);
      const color plain =
          blended(camvid[static_cast<std::size_t>(predicted)], at(photo, y, x), 128);
      if (target.at(y, x) == 11) {
        ++ignored;
        ASSERT_EQ(at(drawn, y, x), at(photo, y, x));
      } else if (target.at(y, x) == predicted) {
        ASSERT_EQ(at(drawn, y, x), plain);
      } else if (at(drawn, y, x) != plain) {
        ++marked;
      }
    }
  }
  EXPECT_GT(ignored, 0);
  EXPECT_GT(marked, 1000);
}

}  // namespace
}  // namespace bitwhere::tool_test
