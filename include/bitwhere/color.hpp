// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/report.hpp>
#include <bitwhere/tensor.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace bitwhere {

struct color {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  std::uint8_t alpha = 255;

  friend bool operator==(const color&, const color&) = default;
};
static_assert(sizeof(color) == 4);

/// The colour of each label; bitwhere/palettes.hpp has well-known ones.
using palette = std::vector<color>;

/// A palette as u8 (n, 4) on the device of `on`.
inline tensor to(const context& on, const palette& colors) {
  const auto n = static_cast<std::int64_t>(colors.size());
  return to(on, view(reinterpret_cast<const std::uint8_t*>(colors.data()), {n, 4}));
}

enum class outside : std::int32_t { color = BW_OUTSIDE_COLOR, wrap = BW_OUTSIDE_WRAP };

/// How labels are coloured; see bw_color_options.
struct color_options {
  std::vector<std::int64_t> ignore = {};  ///< labels that get ignored_color
  color ignored_color = {0, 0, 0, 0};     ///< by default an image shows through
  outside outside_is = outside::color;
  color outside_color = {255, 0, 255, 255};
  std::int32_t channel_dim = -1;  ///< -1: (.., H, W, C); -3: (.., C, H, W)
  std::int32_t opacity = 255;     ///< over an image: 0 to 255
  std::int64_t first_element = 0;

  /// The C struct; valid as long as these options.
  [[nodiscard]] bw_color_options c() const {
    const color& i = ignored_color;
    const color& o = outside_color;
    return {sizeof(bw_color_options),
            ignore.data(),
            ignore.size(),
            first_element,
            channel_dim,
            static_cast<std::int32_t>(outside_is),
            opacity,
            {i.red, i.green, i.blue, i.alpha},
            {o.red, o.green, o.blue, o.alpha},
            0};
  }
};

namespace detail {

inline void colorize(const context& on, const tensor_view* image, const tensor_view& labels,
                     const tensor_view& colors, const color_options& options,
                     const tensor_view& out, const data_report* report) {
  const bw_tensor c_image = image == nullptr ? bw_tensor{} : image->c();
  const bw_tensor c_labels = labels.c();
  const bw_tensor c_colors = colors.c();
  const bw_tensor c_out = out.c_output("out");
  const bw_color_options c_options = options.c();
  on.check(bw_colorize(on.get(), &c_labels, &c_colors, image == nullptr ? nullptr : &c_image,
                       &c_options, &c_out, report == nullptr ? nullptr : report->c()));
}

}  // namespace detail

/// Colours labels into `out`; the contract is bw_colorize's. `report` may be null.
inline void colorize(const context& on, const tensor_view& labels, const tensor_view& colors,
                     const color_options& options, const tensor_view& out,
                     const data_report* report = nullptr) {
  detail::colorize(on, nullptr, labels, colors, options, out, report);
}

/// Blends the colours over `image` into `out`, which may be the image.
inline void colorize_over(const context& on, const tensor_view& image, const tensor_view& labels,
                          const tensor_view& colors, const color_options& options,
                          const tensor_view& out, const data_report* report = nullptr) {
  detail::colorize(on, &image, labels, colors, options, out, report);
}

/// An image on the device of its context, and what was wrong with its labels.
struct colored {
  tensor image;
  data_report report;  ///< labels that the palette has no colour for
};

/// Colours labels as a new u8 image of 3 channels, or 4.
///   Example:  colorize(cpu, labels, palette{{0, 0, 0}, {255, 0, 0}}).image
inline colored colorize(const context& on, const tensor_view& labels, const palette& colors,
                        const color_options& options = {}, std::int64_t channels = 3) {
  std::vector<std::int64_t> shape(labels.shape().begin(), labels.shape().end());
  const auto rank = static_cast<std::int64_t>(shape.size()) + 1;
  const std::int64_t at = options.channel_dim + (options.channel_dim < 0 ? rank : 0);
  // What is out of range is bw_colorize's to say.
  shape.insert(at >= 0 && at < rank ? shape.begin() + at : shape.end(), channels);
  colored out{tensor(on, shape, u8), data_report(on)};
  colorize(on, labels, to(on, colors), options, out.image, &out.report);
  return out;
}

/// How an image becomes labels again; see bw_decolorize_options.
struct decolorize_options {
  std::int64_t unknown = 255;  ///< the label of colours that the palette lacks
  std::int64_t first_element = 0;
  std::int32_t channel_dim = -1;
};

/// The labels whose colours `image` shows, into `out`; the contract is bw_decolorize's.
inline void decolorize(const context& on, const tensor_view& image, const tensor_view& colors,
                       const decolorize_options& options, const tensor_view& out,
                       const data_report* report = nullptr) {
  const bw_tensor c_image = image.c();
  const bw_tensor c_colors = colors.c();
  const bw_tensor c_out = out.c_output("out");
  const bw_decolorize_options c_options = {sizeof(bw_decolorize_options), options.unknown,
                                           options.first_element, options.channel_dim, 0};
  on.check(bw_decolorize(on.get(), &c_image, &c_colors, &c_options, &c_out,
                         report == nullptr ? nullptr : report->c()));
}

}  // namespace bitwhere
