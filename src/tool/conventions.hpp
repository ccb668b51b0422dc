// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/scores.hpp>

#include <string>
#include <string_view>

namespace bitwhere::tool {

/// As --convention and reports call it.
const char* name_of(convention whose);

/// The names of all, with a text between each two.
std::string convention_names(std::string_view separator);

/// The value of --convention. Throws usage_error.
convention parse_convention(const std::string& text);

}  // namespace bitwhere::tool
