// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "arguments.hpp"
#include "evaluate.hpp"

#include <string>

namespace bitwhere::tool {

/// The result for people: a line a class, the totals, and what computed them. `-` stands for a
/// ratio that does not exist, and for the row of an ignored class.
std::string table_text(const evaluation& result, const class_list& classes);

}  // namespace bitwhere::tool
