// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/scores.hpp>

#include <string>

namespace bitwhere::tool {

/// As --convention and reports call it.
const char* name_of(convention whose);

/// The names of all, as in "a, b or c".
std::string convention_names();

/// The value of --convention. Throws usage_error.
convention parse_convention(const std::string& text);

}  // namespace bitwhere::tool
