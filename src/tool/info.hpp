// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "streams.hpp"

namespace bitwhere::tool {

/// Describes the library, the devices and the instruction sets that are here; the result is an
/// exit_code.
int run_info(bool as_json, const streams& to);

}  // namespace bitwhere::tool
