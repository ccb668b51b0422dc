// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace bitwhere::tool {

namespace {

// Every later operation adds a line.
constexpr void (*families[])(row_list&) = {
    add_where_rows,
    add_broadcast_rows,
    add_condition_rows,
    add_tree_rows,
    add_promotion_rows,
    add_count_rows,
    add_nonzero_rows,
    add_select_rows,
    add_clean_rows,
    add_label_rows,
    add_scored_rows,
    add_color_rows,
    add_copy_rows,
    add_reduce_rows,
    add_elementwise_rows,
    add_loss_rows,
    add_class_loss_rows,
    add_loss_gradient_rows,
    add_operation_gradient_rows,
};

row_list sorted(row_list rows) {
  std::sort(rows.begin(), rows.end(), [](const row& a, const row& b) { return a.name < b.name; });
  // Rows of one name would draw the same inputs, and the golden file could not tell them apart.
  const auto twice = std::adjacent_find(
      rows.begin(), rows.end(), [](const row& a, const row& b) { return a.name == b.name; });
  if (twice != rows.end()) throw std::logic_error("two rows are named " + twice->name);
  return rows;
}

bool matches(const std::string& name, const std::string& filter) {
  if (filter.find_first_of("*?[") == std::string::npos) {
    return name.find(filter) != std::string::npos;
  }
  return fnmatch(filter.c_str(), name.c_str(), 0) == 0;
}

}  // namespace

const row_list& corpus() {
  static const row_list rows = [] {
    row_list all;
    for (const auto add : families) add(all);
    return sorted(std::move(all));
  }();
  return rows;
}

const row_list& exhaustive_corpus() {
  static const row_list rows = [] {
    row_list all;
    add_exhaustive_rows(all);
    return sorted(std::move(all));
  }();
  return rows;
}

std::vector<const row*> select_rows(const row_list& from, subset up_to, const std::string& filter) {
  std::vector<const row*> out;
  for (const row& r : from) {
    if (r.first <= up_to && matches(r.name, filter)) out.push_back(&r);
  }
  return out;
}

}  // namespace bitwhere::tool
