// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/dtype.hpp>

#include <cstddef>
#include <string>

namespace bitwhere::tool {

/// The bits of an element, e.g. "0x3f800000"; both parts of a complex one.
std::string bits_text(dtype type, const std::byte* element);

/// Its value, e.g. "1", "nan", "-inf", "1-2i", "true".
std::string value_text(dtype type, const std::byte* element);

}  // namespace bitwhere::tool
