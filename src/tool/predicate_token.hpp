// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <string_view>

namespace bitwhere::tool {

/// A part of an expression: a word, a number without its sign, an operator, or nothing at the end.
struct token {
  std::string_view text = {};
  std::size_t at = 0;  ///< where it begins in the expression

  [[nodiscard]] bool is_word() const;
  [[nodiscard]] bool is_number() const;
};

/// The token that begins at a byte or behind the blanks there; it borrows the text.
token token_at(std::string_view text, std::size_t at);

}  // namespace bitwhere::tool
