// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "../support/array.hpp"
#include "../support/backends.hpp"

// Colors of labels and back on every backend, against a pixel at a time by definition.
namespace bitwhere::test {
namespace {

std::int64_t label_at(const array& a, const shape_t& index) {
  std::int64_t value = 0;
  std::memcpy(&value, a.element(index), static_cast<std::size_t>(a.type.bytes()));
  const int unused = 64 - a.type.bits;
  return a.type == u8
             ? value
             : static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << unused) >> unused;
}

array make_labels(dtype type, const shape_t& shape, layout chosen, std::int64_t colors,
                  random_integers& random) {
  array a = make_array(type, shape, chosen, random);
  const std::int64_t rare[] = {255,
                               -1,
                               colors,
                               -7,
                               std::numeric_limits<std::int64_t>::min(),
                               std::numeric_limits<std::int64_t>::max()};
  for_each_index(shape, [&](const shape_t& index) {
    const std::int64_t label = random.below(6) == 0 ? rare[random.below(6)] : random.below(colors);
    std::memcpy(const_cast<std::uint8_t*>(a.at(index)), &label,
                static_cast<std::size_t>(type.bytes()));
  });
  return a;
}

palette make_palette(std::int64_t n, random_integers& random) {
  palette out(static_cast<std::size_t>(n));
  const auto byte = [&] { return static_cast<std::uint8_t>(random.below(256)); };
  for (color& c : out) c = {byte(), byte(), byte(), byte()};
  return out;
}

struct expectation {
  bool ignored = false;
  bool outside = false;
  color is;
};

expectation color_of(std::int64_t label, const palette& colors, const color_options& how) {
  for (const std::int64_t i : how.ignore) {
    if (i == label) return {true, false, how.ignored_color};
  }
  const auto n = static_cast<std::int64_t>(colors.size());
  if (label >= 0 && label < n) return {false, false, colors[static_cast<std::size_t>(label)]};
  if (how.outside_is == outside::color) return {false, true, how.outside_color};
  const std::int64_t rest = label % n;
  return {false, false, colors[static_cast<std::size_t>(rest < 0 ? rest + n : rest)]};
}

std::uint8_t channel(const color& c, std::int64_t k) {
  return k == 0 ? c.red : k == 1 ? c.green : k == 2 ? c.blue : c.alpha;
}

// To nearest, by floating point; no quotient lies half way.
int nearest(int n) { return static_cast<int>(std::lround(n / 255.0)); }

std::uint8_t over(const color& c, std::int64_t k, int opacity, std::uint8_t image) {
  const int weight = nearest(opacity * c.alpha);
  const int value = k == 3 ? 255 : channel(c, k);
  return static_cast<std::uint8_t>(nearest(weight * value + (255 - weight) * image));
}

shape_t with_channels(shape_t shape, std::int32_t dim, std::int64_t channels) {
  const auto rank = static_cast<std::int64_t>(shape.size()) + 1;
  shape.insert(shape.begin() + (dim < 0 ? dim + rank : dim), channels);
  return shape;
}

// The index of a pixel's channel.
shape_t pixel_channel(const shape_t& pixel, std::int32_t dim, std::int64_t k) {
  return with_channels(pixel, dim, k);
}

class Colors : public parity {
 protected:
  // Colors `labels` into an image of this layout, over `image` where it is given, and compares
  // every byte of the buffer and the report.
  void expect_colors(const array& labels, const palette& colors, const color_options& how,
                     std::int64_t channels, layout chosen, random_integers& random,
                     const array* image = nullptr) {
    array want =
        make_array(u8, with_channels(labels.shape, how.channel_dim, channels), chosen, random);
    const placed l(on(), labels);
    const placed out(on(), want);
    const tensor table = to(on(), colors);
    const data_report report(on());
    if (image == nullptr) {
      colorize(on(), l.view(), table, how, out.view(), &report);
    } else {
      const placed below(on(), *image);
      colorize_over(on(), below.view(), l.view(), table, how, out.view(), &report);
    }
    bw_report expected = {0, -1};
    std::int64_t element = 0;
    for_each_index(labels.shape, [&](const shape_t& index) {
      const expectation e = color_of(label_at(labels, index), colors, how);
      if (e.outside && expected.count++ == 0) expected.first_index = element + how.first_element;
      ++element;
      for (std::int64_t k = 0; k < channels; ++k) {
        const shape_t at = pixel_channel(index, how.channel_dim, k);
        *const_cast<std::uint8_t*>(want.at(at)) =
            image == nullptr ? channel(e.is, k) : over(e.is, k, how.opacity, *image->element(at));
      }
    });
    EXPECT_EQ(out.bytes(), want.bytes) << "a color, or something beside them";
    EXPECT_EQ(report.count(), expected.count);
    EXPECT_EQ(report.first_index(), expected.first_index);
  }
};

constexpr layout output_layouts[] = {layout::dense, layout::transposed, layout::reversed,
                                     layout::sliced, layout::misaligned};

TEST_P(Colors, EveryDtypeLayoutAndOrderOfChannels) {
  random_integers random(60);
  const palette colors = make_palette(21, random);
  for (const dtype type : {u8, i8, i16, i32, i64}) {
    for (const layout in : all_layouts) {
      for (const std::int32_t dim : {-1, -3}) {
        for (const std::int64_t channels : {3, 4}) {
          SCOPED_TRACE(std::to_string(type.bits) + " " + describe(in) + " " + std::to_string(dim) +
                       " " + std::to_string(channels));
          color_options how{.ignore = {255, -7}, .channel_dim = dim, .first_element = 11};
          const array labels = make_labels(type, {3, 5, 33}, in, 21, random);
          for (const layout out : output_layouts) {
            expect_colors(labels, colors, how, channels, out, random);
          }
          how.outside_is = outside::wrap;
          expect_colors(labels, colors, how, channels, layout::dense, random);
        }
      }
    }
  }
}

TEST_P(Colors, OverAnImage) {
  random_integers random(61);
  const palette colors = make_palette(5, random);
  for (const std::int32_t dim : {-1, -3}) {
    for (const std::int64_t channels : {3, 4}) {
      for (const int opacity : {0, 1, 127, 128, 254, 255}) {
        for (const layout in : all_layouts) {
          SCOPED_TRACE(describe(in) + " " + std::to_string(dim) + " " + std::to_string(opacity));
          const color_options how{.ignore = {255}, .channel_dim = dim, .opacity = opacity};
          const array labels = make_labels(u8, {4, 3, 40}, layout::dense, 5, random);
          const array image =
              make_array(u8, with_channels(labels.shape, dim, channels), in, random);
          for (const layout out : output_layouts) {
            expect_colors(labels, colors, how, channels, out, random, &image);
          }
        }
      }
    }
  }
}

TEST_P(Colors, OfManyPixelsAndManyColors) {
  random_integers random(62);
  expect_colors(make_labels(i32, {300, 301}, layout::dense, 5000, random),
                make_palette(5000, random), {.ignore = {255}}, 3, layout::dense, random);
  expect_colors(make_labels(u8, {1, 200003}, layout::dense, 200, random), make_palette(200, random),
                {}, 4, layout::dense, random);
  if (!GetParam().is_cuda()) {
    EXPECT_GT(most_workers(), GetParam().threads > 1 ? 1 : 0);
  }
}

TEST_P(Colors, OfEverySize) {
  random_integers random(63);
  const palette colors = make_palette(3, random);
  for (std::int64_t n = 0; n <= 70; ++n) {
    expect_colors(make_labels(u8, {n}, layout::dense, 3, random), colors, {.channel_dim = -1}, 3,
                  layout::dense, random);
  }
  for (const std::int64_t n : {255, 256, 257, 511, 513}) {
    expect_colors(make_labels(i64, {n}, layout::dense, 3, random), colors, {.channel_dim = 0}, 3,
                  layout::dense, random);
  }
}

// The image may be what is written.
TEST_P(Colors, InPlaceOverAnImage) {
  random_integers random(64);
  const palette colors = make_palette(4, random);
  const color_options how{.opacity = 100};
  const array labels = make_labels(u8, {9, 31}, layout::dense, 4, random);
  const array image = make_array(u8, {9, 31, 3}, layout::dense, random);
  const placed l(on(), labels);
  const placed both(on(), image);
  colorize_over(on(), both.view(), l.view(), to(on(), colors), how, both.view());
  array want = image;
  for_each_index(labels.shape, [&](const shape_t& index) {
    const expectation e = color_of(label_at(labels, index), colors, how);
    for (std::int64_t k = 0; k < 3; ++k) {
      const shape_t at = pixel_channel(index, -1, k);
      *const_cast<std::uint8_t*>(want.at(at)) = over(e.is, k, 100, *image.element(at));
    }
  });
  EXPECT_EQ(both.bytes(), want.bytes);
}

TEST_P(Colors, OfAPaletteWithoutAlphaInAnyLayout) {
  random_integers random(65);
  for (const layout chosen : all_layouts) {
    SCOPED_TRACE(describe(chosen));
    const array table = make_array(u8, {6, 3}, chosen, random);
    const placed at(on(), table);
    const std::vector<std::uint8_t> labels = {0, 1, 2, 3, 4, 5};
    const tensor out = empty(on(), {6, 4}, u8);
    colorize(on(), to(on(), bitwhere::view(labels)), at.view(), {}, out);
    std::vector<std::uint8_t> host(24);
    copy(on(), out, bitwhere::view(host, {6, 4}));
    for (std::int64_t i = 0; i < 6; ++i) {
      for (std::int64_t k = 0; k < 4; ++k) {
        EXPECT_EQ(host[static_cast<std::size_t>(4 * i + k)], k == 3 ? 255 : *table.element({i, k}));
      }
    }
  }
}

// --- And back. ---

TEST_P(Colors, ComeBackAsLabels) {
  random_integers random(66);
  for (const std::int64_t n : {1, 3, 21, 256, 5000}) {
    palette colors = make_palette(n, random);
    if (n == 21) colors[7] = colors[3];  // the lowest label wins
    for (const std::int32_t dim : {-1, 0}) {
      SCOPED_TRACE(n);
      const shape_t shape{7, 60};
      array image =
          make_array(u8, with_channels(shape, dim, dim == 0 ? 4 : 3), layout::dense, random);
      std::vector<std::int64_t> want;
      bw_report expected = {0, -1};
      for_each_index(shape, [&](const shape_t& index) {
        const color c = random.below(9) == 0
                            ? color{1, 2, static_cast<std::uint8_t>(random.below(256)), 0}
                            : colors[static_cast<std::size_t>(random.below(n))];
        for (std::int64_t k = 0; k < 3; ++k) {
          *const_cast<std::uint8_t*>(image.at(pixel_channel(index, dim, k))) = channel(c, k);
        }
        std::int64_t label = -100;
        for (std::int64_t i = n; i-- > 0;) {
          const color& other = colors[static_cast<std::size_t>(i)];
          if (other.red == c.red && other.green == c.green && other.blue == c.blue) label = i;
        }
        if (label == -100 && expected.count++ == 0) {
          expected.first_index = 5 + static_cast<std::int64_t>(want.size());
        }
        want.push_back(label);
      });
      const placed from(on(), image);
      const tensor out = empty(on(), shape, i16);
      const data_report report(on());
      decolorize(on(), from.view(), to(on(), colors),
                 {.unknown = -100, .first_element = 5, .channel_dim = dim}, out, &report);
      std::vector<std::int16_t> got(want.size());
      copy(on(), out, bitwhere::view(got, shape));
      EXPECT_EQ(std::vector<std::int64_t>(got.begin(), got.end()), want);
      EXPECT_EQ(report.count(), expected.count);
      EXPECT_EQ(report.first_index(), expected.first_index);
    }
  }
}

TEST_P(Colors, ComeBackInEveryLayoutAndDtype) {
  random_integers random(67);
  const palette colors = make_palette(100, random);
  for (const dtype type : {u8, i8, i16, i32, i64}) {
    for (const layout in : all_layouts) {
      for (const layout out : output_layouts) {
        SCOPED_TRACE(std::to_string(type.bits) + " " + describe(in) + " " + describe(out));
        const array image = make_array(u8, {3, 4, 70}, in, random);
        array want = make_array(type, {4, 70}, out, random);
        const placed from(on(), image);
        const placed labels(on(), want);
        decolorize(on(), from.view(), to(on(), colors), {.unknown = 101, .channel_dim = 0},
                   labels.view());
        for_each_index(want.shape, [&](const shape_t& index) {
          std::int64_t label = 101;
          for (std::int64_t i = 100; i-- > 0;) {
            const color& c = colors[static_cast<std::size_t>(i)];
            bool same = true;
            for (std::int64_t k = 0; k < 3; ++k) {
              same = same && channel(c, k) == *image.element(pixel_channel(index, 0, k));
            }
            if (same) label = i;
          }
          std::memcpy(const_cast<std::uint8_t*>(want.at(index)), &label,
                      static_cast<std::size_t>(type.bytes()));
        });
        EXPECT_EQ(labels.bytes(), want.bytes);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Colors, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
