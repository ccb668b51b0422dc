// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "predicate_token.hpp"

namespace bitwhere::tool {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The characters that may belong to the number or the word that `text` begins with.
std::size_t word_bytes(std::string_view text) {
  const bool is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const bool has_exponent = !is_letter(text[0]) && !is_hexadecimal;
  std::size_t n = 1;
  for (; n < text.size(); ++n) {
    const char c = text[n];
    if (is_letter(c) || is_digit(c) || c == '.') continue;
    const bool is_sign = c == '-' || c == '+';
    if (!(has_exponent && is_sign && (text[n - 1] == 'e' || text[n - 1] == 'E'))) break;
  }
  return n;
}

}  // namespace

bool token::is_word() const { return !text.empty() && is_letter(text[0]); }

bool token::is_number() const { return !text.empty() && (is_digit(text[0]) || text[0] == '.'); }

token token_at(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  const std::string_view rest = text.substr(at);
  if (rest.empty()) return {rest, at};
  if (is_letter(rest[0]) || is_digit(rest[0]) || rest[0] == '.') {
    return {rest.substr(0, word_bytes(rest)), at};
  }
  for (const std::string_view two : {"<=", ">=", "==", "!=", "&&", "||"}) {
    if (rest.starts_with(two)) return {rest.substr(0, 2), at};
  }
  // A character of UTF-8 is shown whole.
  std::size_t n = 1;
  while (n < rest.size() && (rest[n] & 0xC0) == 0x80) ++n;
  return {rest.substr(0, n), at};
}

}  // namespace bitwhere::tool
