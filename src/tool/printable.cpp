// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace bitwhere::tool {

namespace {

unsigned value_of(char byte) { return static_cast<unsigned char>(byte); }

/// The bytes of the character that `text` begins with; 0 where it is no UTF-8 or a control
/// character. Encodings longer than they need to be are turned away by their first two bytes, as
/// they could hide one.
std::size_t shown_bytes(std::string_view text) {
  const unsigned first = value_of(text[0]);
  if (first < 0x80) return first < 0x20 || first == 0x7F ? 0 : 1;
  const std::size_t size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (size == 0 || first > 0xF4 || text.size() < size) return 0;
  const auto follows = [](char c) { return (value_of(c) & 0xC0) == 0x80; };
  if (!std::ranges::all_of(text.substr(1, size - 1), follows)) return 0;
  const unsigned second = value_of(text[1]);
  const bool control = first == 0xC2 && second < 0xA0;
  const bool too_long = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool no_character = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return control || too_long || no_character ? 0 : size;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t shown = shown_bytes(text);
    if (shown == 0) {
      out += fmt::format("\\x{:02X}", value_of(text[0]));
    } else {
      out += text.substr(0, shown);
    }
    text.remove_prefix(std::max<std::size_t>(shown, 1));
  }
  return out;
}

}  // namespace bitwhere::tool
