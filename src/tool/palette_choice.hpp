// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/color.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace bitwhere::tool {

/// The palette that an option asks for: a well-known one by its name (voc, cityscapes, camvid,
/// ade20k), or a text file with a colour a line, the first for label 0, and perhaps a name behind
/// it. Blank lines are skipped, and comments: # and a blank or nothing behind it. Throws
/// usage_error, which names `option`; also where there are fewer colours than `classes`, which may
/// be 0.
palette choose_palette(std::string_view option, const std::string& text, std::int64_t classes);

/// A colour: "R,G,B" or "R G B" of numbers from 0 to 255, or "#RRGGBB". Throws usage_error, which
/// names `option`.
color parse_color(std::string_view option, const std::string& text);

}  // namespace bitwhere::tool
