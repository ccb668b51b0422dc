// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "class_rows.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace bitwhere::tool {

std::vector<class_row> class_rows(const evaluation& result, const class_list& classes) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  std::vector<class_row> rows(static_cast<std::size_t>(result.classes));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    class_row& row = rows[i];
    row.id = static_cast<std::int64_t>(i);
    if (!classes.names.empty()) row.name = classes.names.at(i);
    const auto& ignore = result.ignore;
    row.ignored = std::find(ignore.begin(), ignore.end(), row.id) != ignore.end();
    const auto begin = result.counts.begin() + row.id * result.classes;
    row.pixels = std::accumulate(begin, begin + result.classes, std::int64_t{0});
    row.accuracy = row.ignored ? none : result.totals.class_accuracy[i];
    row.iou = row.ignored ? none : result.totals.class_iou[i];
  }
  return rows;
}

}  // namespace bitwhere::tool
