// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "label_map.hpp"
#include "picture.hpp"

#include <bitwhere/color.hpp>

#include <cstdint>
#include <vector>

namespace bitwhere::tool {

struct overlay_style {
  palette colors;
  std::vector<std::int64_t> ignore = {};  ///< target labels whose pixels show the photograph
  int opacity = 128;                      ///< of the colours: 0 to 255
  color error_color = {255, 255, 255, 255};
};

/// Draws predicted labels in their colours over a photograph, or plain where that is NULL. With a
/// target, pixels that it calls otherwise are hatched, in the error colour and its opposite in
/// lightness, and ignored ones show the photograph (without one they are black). The bytes do not
/// depend on the device. Throws file_error where the sizes differ.
picture draw_overlay(const context& on, const label_map& prediction, const label_map* target,
                     const picture* photo, const overlay_style& style);

}  // namespace bitwhere::tool
