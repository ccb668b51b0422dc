// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "arguments.hpp"
#include "evaluate.hpp"

#include <bitwhere/color.hpp>

namespace bitwhere::tool {

inline constexpr int scene_count = 6;
inline constexpr int scene_width = 480;
inline constexpr int scene_height = 270;
/// The label of the pixels around objects, which no prediction has to get right.
inline constexpr std::uint8_t scene_border = 255;

const class_list& scene_classes();
const palette& scene_palette();

/// Draws street scene `number`, 0 <= number < scene_count: as it is (the target, with borders), or
/// as an imperfect network might see it. The same pixels on every machine.
label_map draw_scene(int number, side which);

}  // namespace bitwhere::tool
