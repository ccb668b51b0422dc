// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "picture.hpp"

#include <cstdint>

namespace bitwhere::tool {

/// A picture whose longer side has at most `longest` pixels, each the mean of those it covers; the
/// same size where it is small enough.
picture thumbnail_of(const picture& from, std::int64_t longest);

}  // namespace bitwhere::tool
