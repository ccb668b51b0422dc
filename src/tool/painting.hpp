// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "failure.hpp"
#include "label_map.hpp"
#include "picture.hpp"

#include <bitwhere/color.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// How pixels are stored.
enum class color_layout { indexed, rgb, rgba };

/// What becomes of labels without a colour.
enum class outside_labels { error, color, wrap };

/// How label maps become PNGs.
struct paint {
  palette colors;
  std::vector<std::int64_t> ignore = {};
  color ignored_color = {0, 0, 0, 0};
  outside_labels outside = outside_labels::error;
  color_layout layout = color_layout::rgb;
  int opacity = 128;  ///< of the colours over a photograph: 0 to 255
};

/// A coloured label map.
struct painting {
  std::vector<std::byte> png;
  std::optional<std::string> complaint = std::nullopt;  ///< labels without a colour
};

/// Colours a label map, over a photograph where that is not NULL (and the layout is rgb). An
/// indexed PNG holds the labels themselves. Throws file_error.
painting paint_labels(const context& on, const label_map& labels, const picture* photo,
                      const paint& how);

}  // namespace bitwhere::tool
