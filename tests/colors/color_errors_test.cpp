// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include "../support/device_name.hpp"
#include "../support/errors.hpp"

// Misuse of colors.
namespace bitwhere::test {
namespace {

class ColorErrors : public testing::TestWithParam<std::string> {
 protected:
  context on{GetParam()};
  tensor labels = to(on, bitwhere::view(std::vector<std::uint8_t>{0, 1, 2, 1, 2, 0}, {2, 3}));
  tensor colors = to(on, palette{{0, 0, 0}, {255, 0, 0}, {0, 255, 0}});
  tensor image = empty(on, {2, 3, 3}, u8);
};

TEST_P(ColorErrors, ShapesThatDoNotFit) {
  const auto into = [&](const shape_t& shape, std::int32_t dim = -1) {
    colorize(on, labels, colors, {.channel_dim = dim}, empty(on, shape, u8));
  };
  into({2, 3, 3});
  into({3, 2, 3}, 0);
  expect_error(errc::invalid_shape, {"out", "(2, 3, 5)", "channels"}, [&] { into({2, 3, 5}); });
  expect_error(errc::invalid_shape, {"out", "(2, 3)"}, [&] { into({2, 3}); });
  expect_error(errc::invalid_shape, {"out", "(3, 2, 3)"}, [&] { into({3, 2, 3}); });
  expect_error(errc::invalid_argument, {"channel_dim", "3"}, [&] { into({2, 3, 3}, 3); });
  expect_error(errc::invalid_shape, {"palette"}, [&] {
    colorize(on, labels, empty(on, {3, 2}, u8), {}, image);
  });
  expect_error(errc::invalid_shape, {"palette", "0 colors"}, [&] {
    colorize(on, labels, empty(on, {0, 3}, u8), {}, image);
  });
  expect_error(errc::invalid_shape, {"image", "(3, 2, 3)"}, [&] {
    colorize_over(on, empty(on, {3, 2, 3}, u8), labels, colors, {}, image);
  });
}

TEST_P(ColorErrors, DtypesThatDoNotFit) {
  expect_error(errc::invalid_dtype, {"labels", "f32"}, [&] {
    colorize(on, empty(on, {2, 3}, f32), colors, {}, image);
  });
  expect_error(errc::invalid_dtype, {"palette", "i32"}, [&] {
    colorize(on, labels, empty(on, {3, 3}, i32), {}, image);
  });
  expect_error(errc::invalid_dtype, {"out", "f32"}, [&] {
    colorize(on, labels, colors, {}, empty(on, {2, 3, 3}, f32));
  });
  expect_error(errc::invalid_dtype, {"image", "f32"}, [&] {
    colorize_over(on, empty(on, {2, 3, 3}, f32), labels, colors, {}, image);
  });
}

TEST_P(ColorErrors, OptionsOutOfRange) {
  for (const int opacity : {-1, 256}) {
    expect_error(errc::invalid_argument, {"opacity", std::to_string(opacity)},
                 [&] { colorize_over(on, image, labels, colors, {.opacity = opacity}, image); });
  }
  expect_error(errc::invalid_argument, {"outside", "7"}, [&] {
    colorize(on, labels, colors, {.outside_is = static_cast<outside>(7)}, image);
  });
  expect_error(errc::invalid_argument, {"first_element"},
               [&] { colorize(on, labels, colors, {.first_element = -1}, image); });
  expect_error(errc::invalid_argument, {"ignore_count", "257"}, [&] {
    colorize(on, labels, colors, {.ignore = std::vector<std::int64_t>(257)}, image);
  });
}

TEST_P(ColorErrors, MemoryThatIsShared) {
  const tensor_view over_labels(labels.data(), u8, shape_t{1, 1, 3}, {}, on.memory());
  const tensor_view one(labels.data(), u8, shape_t{1, 1}, {}, on.memory());
  expect_error(errc::overlap, {"out", "labels"},
               [&] { colorize(on, one, colors, {}, over_labels); });
  const tensor_view beside(image.data(), u8, shape_t{1, 3, 3}, {}, on.memory());
  const tensor_view shifted(static_cast<std::uint8_t*>(image.data()) + 3, u8, shape_t{1, 3, 3}, {},
                            on.memory());
  const tensor row = to(on, bitwhere::view(std::vector<std::uint8_t>{0, 1, 2}, {1, 3}));
  expect_error(errc::overlap, {"out", "image"},
               [&] { colorize_over(on, beside, row, colors, {}, shifted); });
}

TEST_P(ColorErrors, LabelsThatDoNotFit) {
  const tensor many = empty(on, {300, 3}, u8);
  expect_error(errc::out_of_range, {"u8", "299"}, [&] {
    decolorize(on, image, many, {}, empty(on, {2, 3}, u8));
  });
  expect_error(errc::out_of_range, {"u8", "-1"}, [&] {
    decolorize(on, image, colors, {.unknown = -1}, empty(on, {2, 3}, u8));
  });
  expect_error(errc::invalid_shape, {"image", "channels"}, [&] {
    decolorize(on, empty(on, {2, 5}, u8), colors, {}, empty(on, {2}, u8));
  });
  expect_error(errc::invalid_shape, {"(2, 3)", "(3, 2)"}, [&] {
    decolorize(on, image, colors, {}, empty(on, {3, 2}, u8));
  });
}

// Labels of colors that are not there do no harm, and the context stays usable.
TEST_P(ColorErrors, AreReportedAndNotFatal) {
  const std::vector<std::int64_t> bad = {0, 3, -1, INT64_MAX, INT64_MIN, 2};
  const tensor odd = to(on, bitwhere::view(bad, {2, 3}));
  for (int repeat = 0; repeat < 2; ++repeat) {
    const colored seen =
        colorize(on, odd, {{1, 1, 1}, {2, 2, 2}, {3, 3, 3}}, {.outside_color = {9, 8, 7}});
    std::vector<std::uint8_t> host(18);
    copy(on, seen.image, bitwhere::view(host, {2, 3, 3}));
    EXPECT_EQ(host,
              (std::vector<std::uint8_t>{1, 1, 1, 9, 8, 7, 9, 8, 7, 9, 8, 7, 9, 8, 7, 3, 3, 3}));
    EXPECT_EQ(seen.report.count(), 4);
    EXPECT_EQ(seen.report.first_index(), 1);
    EXPECT_THROW(seen.report.require_none("labels have no color"), error);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, ColorErrors, testing::ValuesIn(devices()), device_name);

}  // namespace
}  // namespace bitwhere::test
