// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "arguments.hpp"
#include "evaluate.hpp"

#include <string>

namespace bitwhere::tool {

/// The result for people: a line a selected class, with `per_image` a line an image, the totals,
/// and what computed them. `-` stands for a ratio that does not exist.
std::string table_text(const evaluation& result, const class_list& classes, bool per_image = false);

}  // namespace bitwhere::tool
