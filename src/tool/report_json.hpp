// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "arguments.hpp"
#include "evaluate.hpp"

#include <string>

namespace bitwhere::tool {

/// Above so many classes the report holds the entries of the confusion matrix that are not 0.
inline constexpr std::int64_t max_dense_classes = 1024;

/// The result for programs. A ratio that does not exist is null. The matrix is "confusion", a list
/// of rows (row = target); above max_dense_classes it is "confusion_entries" instead, a list of
/// [target, prediction, pixels]. "selected" is null where all classes are.
std::string json_text(const evaluation& result, const class_list& classes);

}  // namespace bitwhere::tool
