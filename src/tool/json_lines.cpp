// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "json_lines.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace bitwhere::tool {

namespace {

std::string compact(const nlohmann::ordered_json& value) {
  // File names are bytes, and need not be UTF-8.
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

std::string json_lines(const nlohmann::ordered_json& object) {
  std::string out = "{";
  const char* comma = "\n";
  for (const auto& [key, value] : object.items()) {
    out += fmt::format("{}  {}: ", comma, compact(key));
    comma = ",\n";
    if (!value.is_array() || value.empty() || !value.front().is_structured()) {
      out += compact(value);
      continue;
    }
    const char* separator = "[\n";
    for (const auto& element : value) {
      out += fmt::format("{}    {}", separator, compact(element));
      separator = ",\n";
    }
    out += "\n  ]";
  }
  return out + "\n}\n";
}

}  // namespace bitwhere::tool
