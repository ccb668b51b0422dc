// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "reduced.hpp"

#include "parity/element_text.hpp"
#include "parity/row.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace bitwhere::tool {

namespace {

const std::byte* element(const tensor_view& of, std::int64_t i) {
  return static_cast<const std::byte*>(of.data()) + i * of.type().bytes();
}

bool is_float(dtype type) { return type.code == BW_FLOAT || type.code == BW_BFLOAT; }

/// Integers stay integers; of floats the shortest text that means their value is read back, so that
/// both print alike. NaN and infinities become null.
nlohmann::ordered_json json_value(dtype type, const std::byte* from) {
  if (type == boolean) return *from != std::byte{0};
  const std::string text = value_text(type, from);
  if (!is_float(type)) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::string_view name_of(reducer by) {
  constexpr std::string_view names[] = {"sum", "mean", "count", "min", "max", "argmin", "argmax"};
  return names[static_cast<std::size_t>(by)];
}

std::string reduced_lines(const reduced& result) {
  const tensor& values = result.values;
  const dtype type = values.type();
  if (values.rank() == 0) {
    return fmt::format("{:<6}  {}\n", name_of(result.by), value_text(type, element(values, 0)));
  }
  std::string out =
      fmt::format("{:<6}  ({})\n", name_of(result.by), fmt::join(values.shape(), ", "));
  if (values.size() > printed_values) return out;
  const std::int64_t columns = values.shape().back();
  for (std::int64_t i = 0; i < values.size(); ++i) {
    out += i % columns == 0 ? "  " : " ";
    out += value_text(type, element(values, i));
    if (i % columns == columns - 1) out += '\n';
  }
  return out;
}

nlohmann::ordered_json reduced_json(const reduced& result) {
  const tensor& values = result.values;
  const dtype type = values.type();
  nlohmann::ordered_json out = {{"reducer", name_of(result.by)},
                                {"dtype", name_of(type)},
                                {"shape", shape_t(values.shape().begin(), values.shape().end())},
                                {"of_nothing", result.nothing}};
  if (values.size() > printed_values) return out;
  out["values"] = nlohmann::ordered_json::array();
  out["bits"] = nlohmann::ordered_json::array();
  for (std::int64_t i = 0; i < values.size(); ++i) {
    out["values"].push_back(json_value(type, element(values, i)));
    out["bits"].push_back(bits_text(type, element(values, i)));
  }
  return out;
}

}  // namespace bitwhere::tool
