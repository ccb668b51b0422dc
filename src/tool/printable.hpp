// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <string>
#include <string_view>

namespace bitwhere::tool {

/// A name or a message as a terminal may be given it: control characters, by which a file name
/// could move the cursor or forge a line, and bytes that are not UTF-8 are written as \xNN.
std::string printable(std::string_view text);

}  // namespace bitwhere::tool
