// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "painting.hpp"

#include "placed.hpp"
#include "png.hpp"
#include "png_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>

namespace bitwhere::tool {

namespace {

color_options options_of(const paint& how) {
  return {.ignore = how.ignore,
          .ignored_color = how.ignored_color,
          .outside_is = how.outside == outside_labels::wrap ? outside::wrap : outside::color,
          .opacity = how.opacity};
}

std::optional<std::string> complaint_of(const label_map& labels, const paint& how,
                                        std::int64_t count, std::int64_t first) {
  if (count == 0 || how.outside != outside_labels::error) return std::nullopt;
  const std::int64_t row = first / labels.width;
  const std::int64_t column = first % labels.width;
  return fmt::format(
      "{} {} a label without a colour, the first at row {}, column {}: {} (the palette has 0..{}); "
      "drawn in magenta",
      count, count == 1 ? "pixel has" : "pixels have", row, column, labels.at(row, column),
      how.colors.size() - 1);
}

painting paint_pixels(const context& on, const label_map& labels, const picture* photo,
                      const paint& how) {
  const std::int64_t channels = how.layout == color_layout::rgba ? 4 : 3;
  const auto bytes = static_cast<std::size_t>(labels.pixels() * channels);
  const auto pixels = std::make_unique_for_overwrite<std::uint8_t[]>(bytes);
  const placed_output out(on,
                          bitwhere::view(pixels.get(), {labels.height, labels.width, channels}));
  const placed there(on, labels.view());
  const tensor colors = to(on, how.colors);
  const data_report report(on);
  if (photo != nullptr) {
    const placed below(on, photo->view());
    colorize_over(on, below.view(), there.view(), colors, options_of(how), out.view(), &report);
  } else {
    colorize(on, there.view(), colors, options_of(how), out.view(), &report);
  }
  out.fetch(on);
  const bw_report bad = report.host();
  return {encode_png({labels.height, labels.width,
                      channels == 4 ? SPNG_COLOR_TYPE_TRUECOLOR_ALPHA : SPNG_COLOR_TYPE_TRUECOLOR,
                      std::as_bytes(std::span(pixels.get(), bytes)), nullptr}),
          complaint_of(labels, how, bad.count, bad.first_index)};
}

/// What the labels 0 to 255 look like, opaque.
palette colors_of_bytes(const context& on, const paint& how) {
  std::vector<std::uint8_t> ramp(256);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<std::uint8_t>(i);
  palette out(ramp.size());
  auto* const bytes = reinterpret_cast<std::uint8_t*>(out.data());
  const placed_output drawn(on, bitwhere::view(bytes, {256, 4}));
  const placed there(on, bitwhere::view(ramp));
  colorize(on, there.view(), to(on, how.colors), options_of(how), drawn.view());
  drawn.fetch(on);
  for (color& c : out) c.alpha = 255;
  return out;
}

painting paint_indices(const context& on, const label_map& labels, const paint& how) {
  label_map indices = make_label_map(u8, labels.height, labels.width);
  const auto known = static_cast<std::int64_t>(how.colors.size());
  std::int64_t bad = 0;
  std::int64_t first = -1;
  for (std::int64_t i = 0; i < labels.pixels(); ++i) {
    const std::int64_t label = labels.at(i / labels.width, i % labels.width);
    if (label < 0 || label > 255) {
      throw file_error(
          fmt::format("label {} at row {}, column {} is no index of a palette PNG, "
                      "which has 0..255: take --layout rgb",
                      label, i / labels.width, i % labels.width));
    }
    if (label >= known &&
        std::find(how.ignore.begin(), how.ignore.end(), label) == how.ignore.end()) {
      if (bad++ == 0) first = i;
    }
    indices.bytes[static_cast<std::size_t>(i)] = static_cast<std::byte>(label);
  }
  return {indexed_png_of(indices, colors_of_bytes(on, how)), complaint_of(labels, how, bad, first)};
}

}  // namespace

painting paint_labels(const context& on, const label_map& labels, const picture* photo,
                      const paint& how) {
  if (how.layout == color_layout::indexed) return paint_indices(on, labels, how);
  if (photo != nullptr && (photo->height != labels.height || photo->width != labels.width)) {
    throw file_error(fmt::format("has {} x {} pixels, but its picture has {} x {}", labels.width,
                                 labels.height, photo->width, photo->height));
  }
  return paint_pixels(on, labels, photo, how);
}

}  // namespace bitwhere::tool
