// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "class_rows.hpp"

#include <algorithm>
#include <numeric>

namespace bitwhere::tool {

namespace {

bool contains(const std::vector<std::int64_t>& list, std::int64_t value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

std::vector<class_row> class_rows(const evaluation& result, const class_list& classes) {
  std::vector<class_row> rows(static_cast<std::size_t>(result.classes));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    class_row& row = rows[i];
    row.id = static_cast<std::int64_t>(i);
    if (!classes.names.empty()) row.name = classes.names.at(i);
    row.ignored = contains(result.ignore, row.id);
    const auto begin = result.counts.begin() + row.id * result.classes;
    row.pixels = std::accumulate(begin, begin + result.classes, std::int64_t{0});
    const auto& selected = result.selected;
    row.selected = selected.empty() || contains(selected, row.id);
    row.accuracy = result.totals.class_accuracy[i];
    row.precision = result.totals.class_precision[i];
    row.iou = result.totals.class_iou[i];
    row.dice = result.totals.class_dice[i];
  }
  return rows;
}

std::vector<class_row> selected_rows(const evaluation& result, const class_list& classes) {
  std::vector<class_row> rows = class_rows(result, classes);
  std::erase_if(rows, [](const class_row& row) { return !row.selected; });
  return rows;
}

}  // namespace bitwhere::tool
