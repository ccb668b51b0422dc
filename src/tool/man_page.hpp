// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "command_model.hpp"

#include <string>
#include <string_view>

namespace bitwhere::tool {

/// The manual page of a command and all below it, as man(7) source.
std::string man_page(const command_model& command, std::string_view version);

}  // namespace bitwhere::tool
