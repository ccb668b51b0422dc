// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "row.hpp"

#include <string>
#include <vector>

namespace bitwhere::tool {

/// The dtypes that are computed in.
inline constexpr dtype computed_dtypes[] = {f16, bf16, f32, f64};

using row_list = std::vector<row>;

/// Every row, sorted by name. A later operation adds a file of rows and a line to the table in
/// corpus.cpp; it changes no row that is there.
const row_list& corpus();

/// The rows of subset::exhaustive, sorted by name.
const row_list& exhaustive_corpus();

/// The rows of a subset whose names match: `filter` is a glob where it holds one of *?[, else a
/// part of the name; empty for all.
std::vector<const row*> select_rows(const row_list& from, subset up_to, const std::string& filter);

// One family a file.
void add_where_rows(row_list& rows);
void add_broadcast_rows(row_list& rows);
void add_condition_rows(row_list& rows);
void add_tree_rows(row_list& rows);
void add_promotion_rows(row_list& rows);
void add_count_rows(row_list& rows);
void add_nonzero_rows(row_list& rows);
void add_select_rows(row_list& rows);
void add_clean_rows(row_list& rows);
void add_color_rows(row_list& rows);
void add_label_rows(row_list& rows);
void add_scored_rows(row_list& rows);
void add_copy_rows(row_list& rows);
void add_reduce_rows(row_list& rows);
void add_elementwise_rows(row_list& rows);
void add_loss_rows(row_list& rows);
void add_class_loss_rows(row_list& rows);
void add_loss_gradient_rows(row_list& rows);
void add_operation_gradient_rows(row_list& rows);
void add_exhaustive_rows(row_list& rows);

}  // namespace bitwhere::tool
