// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "row.hpp"

#include "digest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bitwhere::tool {

number_source inputs::numbers(std::string_view name) const {
  return number_source(fnv1a_64(fmt::format("{}#{}", row_, name)));
}

source inputs::tensor(std::string_view name, dtype type, const shape_t& shape, layout lies) const {
  source out = make_source(type, shape, lies);
  number_source from = numbers(name);
  fill(out, [&](std::byte* to) { draw_element(from, type, to); });
  return out;
}

source inputs::finite(std::string_view name, dtype type, const shape_t& shape, layout lies,
                      std::uint64_t spread) const {
  source out = make_source(type, shape, lies);
  number_source from = numbers(name);
  fill(out, [&](std::byte* to) { draw_finite(from, type, spread, to); });
  return out;
}

source inputs::labels(std::string_view name, dtype type, const shape_t& shape, layout lies,
                      const label_mix& mix) const {
  source out = make_source(type, shape, lies);
  number_source from = numbers(name);
  fill(out, [&](std::byte* to) { draw_label(from, type, mix, to); });
  return out;
}

std::string name_of(dtype type) {
  if (type == boolean) return "bool";
  const char* kinds[] = {"i", "u", "f", "?", "bf", "c"};
  return fmt::format("{}{}", kinds[type.code], type.bits);
}

std::string name_of(const shape_t& shape) {
  return shape.empty() ? "0d" : fmt::format("{}", fmt::join(shape, "x"));
}

}  // namespace bitwhere::tool
