// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "arguments.hpp"

#include "class_names.hpp"
#include "failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace bitwhere::tool {

namespace {

bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::int64_t class_id(const class_list& classes, std::string_view option, const std::string& text) {
  if (is_integer(text)) return parse_integer(option, text, 0, classes.count - 1);
  const auto found = std::find(classes.names.begin(), classes.names.end(), text);
  if (found != classes.names.end()) return found - classes.names.begin();
  throw usage_error(classes.names.empty()
                        ? fmt::format("{} {}: not an id from 0 to {}; names need --names", option,
                                      text, classes.count - 1)
                        : fmt::format("{} {}: no class has this name", option, text));
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

class_list parse_classes(const std::string& classes, const std::string& names) {
  if (!is_integer(classes)) {
    class_list out = read_class_names("--classes", classes);
    if (names.empty()) return out;
    throw usage_error(
        fmt::format("--names {}: --classes {} names the classes, too; give their number there",
                    names, classes));
  }
  const std::int64_t count = parse_integer("--classes", classes, 1, max_classes);
  if (names.empty()) return {count, {}};
  class_list out = read_class_names("--names", names);
  if (out.count == count) return out;
  throw usage_error(
      fmt::format("--names {}: has {} names, but --classes says {}", names, out.count, count));
}

std::vector<std::int64_t> select_classes(const class_list& classes,
                                         const std::vector<std::string>& selected,
                                         std::string_view option) {
  std::vector<std::int64_t> out;
  for (const std::string& text : selected) {
    const std::int64_t id = class_id(classes, option, text);
    if (std::find(out.begin(), out.end(), id) != out.end()) {
      throw usage_error(fmt::format("{} {}: class {} is selected twice", option, text, id));
    }
    out.push_back(id);
  }
  return out;
}

}  // namespace bitwhere::tool
