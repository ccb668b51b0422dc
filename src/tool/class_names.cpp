// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "class_names.hpp"

#include "failure.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <unordered_map>

namespace bitwhere::tool {

namespace {

std::string_view trim(std::string_view line) {
  constexpr std::string_view space = " \t\r";
  const std::size_t begin = line.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(space) - begin + 1);
}

}  // namespace

class_list read_class_names(std::string_view option, const std::string& file) {
  std::error_code failed;
  std::ifstream in(file);
  if (!in || std::filesystem::is_directory(file, failed)) {
    throw usage_error(
        option == "--classes"
            ? fmt::format("--classes {}: neither a number nor a file that can be read", file)
            : fmt::format("{} {}: no file that can be read", option, file));
  }
  class_list out;
  std::unordered_map<std::string, int> lines;  // where each name stands
  std::string line;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  for (int number = 1; std::getline(in, line); ++number) {
    std::string_view text = line;
    if (number == 1 && text.starts_with(byte_order_mark)) text.remove_prefix(3);
    const std::string name(trim(text));
    if (name.empty() || name[0] == '#') continue;
    if (++out.count > max_classes) {
      throw usage_error(fmt::format("{} {}: more than {} names", option, file, max_classes));
    }
    const auto [other, is_new] = lines.emplace(name, number);
    if (!is_new) {
      throw usage_error(fmt::format("{} {}: lines {} and {} have the same name: {}", option, file,
                                    other->second, number, name));
    }
    out.names.push_back(name);
  }
  if (in.bad()) throw usage_error(fmt::format("{} {}: cannot be read", option, file));
  if (out.count == 0) throw usage_error(fmt::format("{} {}: holds no names", option, file));
  return out;
}

}  // namespace bitwhere::tool
