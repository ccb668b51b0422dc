// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "palette_choice.hpp"

#include "arguments.hpp"
#include "failure.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bitwhere/palettes.hpp>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

namespace bitwhere::tool {

namespace {

constexpr std::string_view blanks = " \t\r";

constexpr const char* what_colors_are = "no colour: R,G,B of 0 to 255, or #RRGGBB";

/// Takes a number of the given base off the front, of at most `digits` digits.
std::optional<std::uint8_t> take_number(std::string_view& text, int base, std::size_t digits) {
  unsigned value = 0;
  const char* end = text.data() + std::min(digits, text.size());
  const auto [stop, status] = std::from_chars(text.data(), end, value, base);
  if (status != std::errc() || value > 255) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return static_cast<std::uint8_t>(value);
}

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

/// Takes a colour off the front. What follows is empty or begins with a blank or comma.
std::optional<color> take_color(std::string_view& text) {
  const bool is_hex = text.starts_with('#');
  if (is_hex) text.remove_prefix(1);
  std::array<std::uint8_t, 3> channels{};
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (i > 0 && !is_hex) {
      const std::size_t before = text.size();
      skip_blanks(text);
      if (text.starts_with(',')) text.remove_prefix(1);
      skip_blanks(text);
      if (text.size() == before) return std::nullopt;
    }
    const std::size_t before = text.size();
    const auto channel = take_number(text, is_hex ? 16 : 10, is_hex ? 2 : 3);
    if (!channel || (is_hex && before - text.size() != 2)) return std::nullopt;
    channels[i] = *channel;
  }
  const bool ends =
      text.empty() || blanks.find(text[0]) != std::string_view::npos || (!is_hex && text[0] == ',');
  return ends ? std::optional(color{channels[0], channels[1], channels[2]}) : std::nullopt;
}

/// The colour of a line, which a name may follow.
std::optional<color> color_of_line(std::string_view line) {
  const std::optional<color> out = take_color(line);
  skip_blanks(line);
  if (line.starts_with(',')) line.remove_prefix(1);
  skip_blanks(line);
  // A fourth number is something else: an opacity, or a label that came first.
  const bool number_follows = !line.empty() && line[0] >= '0' && line[0] <= '9';
  return number_follows ? std::nullopt : out;
}

/// "#" and a blank, or alone: anything closer to it is meant to be a colour.
bool is_comment(std::string_view line) {
  return line.starts_with('#') &&
         (line.size() == 1 || blanks.find(line[1]) != std::string_view::npos);
}

/// A line of a file that may hold anything, for one line of a message.
std::string quoted(std::string_view line) {
  constexpr std::size_t most = 40;
  line = line.substr(0, line.find_last_not_of(blanks) + 1);
  std::string out(line.substr(0, most));
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = '?';
  }
  return line.size() > most ? out + "..." : out;
}

palette read_palette(std::string_view option, const std::string& file) {
  std::error_code failed;
  std::ifstream in(file);
  if (!in || std::filesystem::is_directory(file, failed)) {
    throw usage_error(
        fmt::format("{} {}: neither a palette that is known ({}) nor a file that can be read",
                    option, file, fmt::join(palettes::known, ", ")));
  }
  palette out;
  std::string line;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  for (int number = 1; std::getline(in, line); ++number) {
    std::string_view text = line;
    if (number == 1 && text.starts_with(byte_order_mark)) {
      text.remove_prefix(byte_order_mark.size());
    }
    skip_blanks(text);
    if (text.empty() || is_comment(text)) continue;
    const std::optional<color> found = color_of_line(text);
    if (!found) {
      throw usage_error(fmt::format("{} {}: line {}: {}: {}", option, file, number, quoted(text),
                                    what_colors_are));
    }
    if (out.size() == max_classes) {
      throw usage_error(fmt::format("{} {}: more than {} colours", option, file, max_classes));
    }
    out.push_back(*found);
  }
  if (in.bad()) throw usage_error(fmt::format("{} {}: cannot be read", option, file));
  if (out.empty()) throw usage_error(fmt::format("{} {}: holds no colours", option, file));
  return out;
}

}  // namespace

palette choose_palette(std::string_view option, const std::string& text, std::int64_t classes) {
  const std::optional<palette> known = palettes::find(text);
  palette out = known ? *known : read_palette(option, text);
  if (static_cast<std::int64_t>(out.size()) < classes) {
    throw usage_error(fmt::format("{} {}: the palette is too short: {} colours for {} classes",
                                  option, text, out.size(), classes));
  }
  return out;
}

color parse_color(std::string_view option, const std::string& text) {
  std::string_view rest = text;
  const std::optional<color> out = take_color(rest);
  if (!out || !rest.empty()) {
    throw usage_error(fmt::format("{} {}: {}", option, text, what_colors_are));
  }
  return *out;
}

}  // namespace bitwhere::tool
