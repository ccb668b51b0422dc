// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace bitwhere::tool {

/// The text of an object: a line a member, and a line an element where that is a list of lists or
/// objects. Numbers that JSON lacks become null, bytes that are not UTF-8 the replacement mark.
std::string json_lines(const nlohmann::ordered_json& object);

}  // namespace bitwhere::tool
