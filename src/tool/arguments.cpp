// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "arguments.hpp"

#include "failure.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>

namespace bitwhere::tool {

namespace {

std::string_view trim(std::string_view line) {
  constexpr std::string_view space = " \t\r";
  const std::size_t begin = line.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(space) - begin + 1);
}

class_list read_classes(const std::string& file) {
  std::error_code failed;
  std::ifstream in(file);
  if (!in || std::filesystem::is_directory(file, failed)) {
    throw usage_error(
        fmt::format("--classes {}: neither a number nor a file that can be read", file));
  }
  class_list out;
  std::string line;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  for (bool first = true; std::getline(in, line); first = false) {
    std::string_view name = line;
    if (first && name.starts_with(byte_order_mark)) name.remove_prefix(byte_order_mark.size());
    name = trim(name);
    if (name.empty() || name[0] == '#') continue;
    if (++out.count > max_classes) {
      throw usage_error(fmt::format("--classes {}: more than {} names", file, max_classes));
    }
    out.names.emplace_back(name);
  }
  if (in.bad()) throw usage_error(fmt::format("--classes {}: cannot be read", file));
  if (out.count == 0) throw usage_error(fmt::format("--classes {}: holds no names", file));
  return out;
}

}  // namespace

std::int64_t parse_integer(std::string_view option, const std::string& text, std::int64_t smallest,
                           std::int64_t largest) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (status != std::errc() || stop != end || value < smallest || value > largest) {
    constexpr auto no_limit = std::numeric_limits<std::int64_t>::min();
    throw usage_error(
        smallest == no_limit
            ? fmt::format("{} {}: not a 64-bit integer", option, text)
            : fmt::format("{} {}: not an integer from {} to {}", option, text, smallest, largest));
  }
  return value;
}

class_list parse_classes(const std::string& text) {
  const bool is_number =
      !text.empty() &&
      text.find_first_not_of("0123456789", text[0] == '-' ? 1 : 0) == std::string::npos;
  if (!is_number) return read_classes(text);
  return {parse_integer("--classes", text, 1, max_classes), {}};
}

}  // namespace bitwhere::tool
