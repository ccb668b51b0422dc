// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/metrics/label_args.hpp"
#include "tensor.hpp"

// What operations on label maps have in common.
namespace bitwhere::plan {

// Throws BW_INVALID_DTYPE where labels cannot have this dtype.
kernels::label_kind label_kind_of(const tensor& t);

bool is_label_dtype(dtype type);

// Keeps the values that labels of this dtype can have at all, each once.
//   Throws BW_INVALID_ARGUMENT for NULL with a count, or more than BW_MAX_IGNORE
void fill_ignore(const int64_t* ignore, size_t count, dtype labels, kernels::ignore_list& to);

// The indices of a report must stay numbers: -1 means none.
//   Throws BW_INVALID_ARGUMENT
void check_first_element(int64_t first, int64_t elements);

// A report in memory of the context, or of no elements where `report` is NULL. It may share no
// memory with `others`.
//   Throws BW_INVALID_ARGUMENT, BW_OVERLAP
kernels::report* checked_report(const placement& on, bw_report* report, const tensor* others,
                                size_t count);

// Where a dimension named by its number, negative from the end, stands in `rank` dimensions.
//   Throws BW_INVALID_ARGUMENT naming `what`
int checked_dim(int32_t dim, int rank, const char* what);

}  // namespace bitwhere::plan
