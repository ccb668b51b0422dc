// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "overlay.hpp"

#include "failure.hpp"
#include "placed.hpp"

#include <bitwhere/where.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace bitwhere::tool {

namespace {

/// A map (H, W) as (H, W, 1), which goes with pictures.
tensor_view with_channel(const tensor_view& map) {
  const std::int64_t shape[] = {map.shape()[0], map.shape()[1], 1};
  const std::int64_t strides[] = {map.strides()[0], map.strides()[1], 0};
  return {map.data(), map.type(), shape, strides, map.device()};
}

/// Diagonal lines over a picture: an error's colour and its opposite in lightness side by side, so
/// that one of them stands out on whatever is below, and gaps that show it.
class hatch {
 public:
  hatch(const context& on, const picture& below, const color& light)
      : height_(below.height), width_(below.width) {
    // As wide on a large picture as on a small one, seen at the same size.
    const std::int64_t stroke = std::max<std::int64_t>(
        1, (std::max(below.height, below.width) + strokes_a_side / 2) / strokes_a_side);
    const bool is_dark = 2 * light.red + 5 * light.green + light.blue < 8 * 128;
    const auto opposite = static_cast<std::uint8_t>(is_dark ? 255 : 0);
    // Along a diagonal nothing changes: one row stands for all, each begun a pixel later.
    std::vector<std::uint8_t> colors;
    std::vector<std::uint8_t> lines;
    for (std::int64_t i = 0; i < height_ + width_; ++i) {
      const std::int64_t phase = i / stroke % strokes_a_period;
      lines.push_back(phase < 2 ? 1 : 0);
      if (phase == 0) {
        colors.insert(colors.end(), {light.red, light.green, light.blue});
      } else {
        colors.insert(colors.end(), {opposite, opposite, opposite});
      }
    }
    const auto length = static_cast<std::int64_t>(lines.size());
    colors_ = to(on, bitwhere::view(colors, {length, 3}));
    lines_ = to(on, tensor_view(lines.data(), boolean, std::vector<std::int64_t>{length}));
  }

  /// u8 (H, W, 3)
  [[nodiscard]] tensor_view colors() const { return diagonal(*colors_, 3); }
  /// bool (H, W, 1): whether a line is there.
  [[nodiscard]] tensor_view lines() const { return diagonal(*lines_, 1); }

 private:
  static constexpr std::int64_t strokes_a_side = 480;
  static constexpr std::int64_t strokes_a_period = 7;

  [[nodiscard]] tensor_view diagonal(const tensor& from, std::int64_t channels) const {
    const std::int64_t shape[] = {height_, width_, channels};
    const std::int64_t strides[] = {channels, channels, 1};
    return {from.data(), from.type(), shape, strides, from.device(), 0, true};
  }

  std::int64_t height_;
  std::int64_t width_;
  std::optional<tensor> colors_;
  std::optional<tensor> lines_;
};

void require_size(const char* what, std::int64_t height, std::int64_t width,
                  const label_map& prediction) {
  if (height != prediction.height || width != prediction.width) {
    throw file_error(fmt::format("its {} has {} x {} pixels, the label map {} x {}", what, width,
                                 height, prediction.width, prediction.height));
  }
}

}  // namespace

picture draw_overlay(const context& on, const label_map& prediction, const label_map* target,
                     const picture* photo, const overlay_style& style) {
  if (photo != nullptr) require_size("picture", photo->height, photo->width, prediction);
  if (target != nullptr) require_size("target", target->height, target->width, prediction);
  picture drawn = make_picture(prediction.height, prediction.width);
  const placed_output there(on, drawn.view());
  const tensor_view& out = there.view();
  const placed labels(on, prediction.view());
  const tensor colors = to(on, style.colors);
  std::optional<placed> image;
  const color_options options{.ignore = style.ignore, .opacity = style.opacity};
  if (photo != nullptr) {
    image.emplace(on, photo->view());
    colorize_over(on, image->view(), labels.view(), colors, options, out);
  } else {
    colorize(on, labels.view(), colors, options, out);
  }
  if (target != nullptr) {
    const placed truth(on, target->view());
    const tensor_view is = with_channel(truth.view());
    const hatch marks(on, drawn, style.error_color);
    where(on, with_channel(labels.view()) != is && marks.lines(), marks.colors(), out, out);
    for (const std::int64_t label : style.ignore) {
      where(on, is == label, image ? operand(image->view()) : operand(0), out, out);
    }
  }
  there.fetch(on);
  return drawn;
}

}  // namespace bitwhere::tool
