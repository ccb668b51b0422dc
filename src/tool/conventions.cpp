// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "conventions.hpp"

#include "failure.hpp"

#include <fmt/format.h>

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

std::string convention_names(std::string_view separator) {
  std::string out;
  for (const row& r : rows) out.append(out.empty() ? "" : separator).append(r.name);
  return out;
}

convention parse_convention(const std::string& text) {
  for (const row& r : rows) {
    if (text == r.name) return r.whose;
  }
  throw usage_error(fmt::format("--convention {}: not one of {}", text, convention_names(", ")));
}

}  // namespace bitwhere::tool
