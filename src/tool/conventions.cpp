// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "conventions.hpp"

#include "failure.hpp"

#include <fmt/format.h>

#include <iterator>

namespace bitwhere::tool {

namespace {

struct row {
  convention whose;
  const char* name;
};

constexpr row rows[] = {{convention::bitwhere, "bitwhere"},
                        {convention::torchmetrics, "torchmetrics"},
                        {convention::mmseg, "mmseg"},
                        {convention::cityscapes, "cityscapes"}};

}  // namespace

const char* name_of(convention whose) {
  for (const row& r : rows) {
    if (r.whose == whose) return r.name;
  }
  return "";
}

std::string convention_names() {
  std::string out = rows[0].name;
  for (std::size_t i = 1; i < std::size(rows); ++i) {
    out += fmt::format("{}{}", i + 1 == std::size(rows) ? " or " : ", ", rows[i].name);
  }
  return out;
}

convention parse_convention(const std::string& text) {
  for (const row& r : rows) {
    if (text == r.name) return r.whose;
  }
  throw usage_error(fmt::format("--convention {}: not {}", text, convention_names()));
}

}  // namespace bitwhere::tool
