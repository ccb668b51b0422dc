// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "arguments.hpp"

#include <string>
#include <string_view>

namespace bitwhere::tool {

/// Reads a text file with one class name a line, the value of `option`; blank lines and lines that
/// begin with # are skipped. Throws usage_error, also where two lines have the same name.
class_list read_class_names(std::string_view option, const std::string& file);

}  // namespace bitwhere::tool
