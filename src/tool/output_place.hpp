// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <string>

namespace bitwhere::tool {

/// Before hours of work, not after them: throws usage_error where `file`, the value of `option`,
/// is a folder or lies in none. Empty and "-" are fine.
void require_writable_place(const std::string& option, const std::string& file);

}  // namespace bitwhere::tool
