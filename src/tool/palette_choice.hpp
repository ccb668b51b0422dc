// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/color.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace bitwhere::tool {

/// The palette that an option asks for: a well-known one by its name (voc, cityscapes, camvid,
/// ade20k), or a text file with a colour a line, the first for label 0. Throws usage_error, which
/// names `option`; also where there are fewer colours than `classes`, which may be 0.
palette choose_palette(std::string_view option, const std::string& text, std::int64_t classes);

/// A colour: "R,G,B" or "R G B" of numbers from 0 to 255, or "#RRGGBB"; a fourth number or pair of
/// digits is its opacity. Throws usage_error, which begins with `where`.
color parse_color(const std::string& where, std::string_view text);

}  // namespace bitwhere::tool
