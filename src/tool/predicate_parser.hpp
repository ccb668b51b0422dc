// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "predicate.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bitwhere::tool {

/// Parses the text of a predicate, whose grammar stands there. Throws syntax_error.
std::vector<predicate::node> parse_predicate(std::string_view option, const std::string& text);

}  // namespace bitwhere::tool
