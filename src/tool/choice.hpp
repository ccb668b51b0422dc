// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "failure.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace bitwhere::tool {

/// What an option's text is the name of; an empty text is the first choice. Throws usage_error.
template <class T, std::size_t N>
T one_of(const char* option, const std::string& text,
         const std::array<std::pair<std::string_view, T>, N>& choices) {
  if (text.empty()) return choices[0].second;
  std::string known;
  for (const auto& [name, value] : choices) {
    if (text == name) return value;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw usage_error(fmt::format("{} {}: none of {}", option, text, known));
}

}  // namespace bitwhere::tool
