// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "streams.hpp"

namespace bitwhere::tool {

/// Runs the command line `argv`; the result is an exit_code. Throws nothing.
int run(int argc, const char* const* argv, const streams& to);

}  // namespace bitwhere::tool
