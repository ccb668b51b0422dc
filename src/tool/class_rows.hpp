// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "arguments.hpp"
#include "evaluate.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// What reports say about one class.
struct class_row {
  std::int64_t id = 0;
  std::string name;         ///< empty where only the number of classes is known
  bool ignored = false;     ///< its target pixels do not count
  std::int64_t pixels = 0;  ///< in the target
  bool selected = true;     ///< means and totals are over it
  double accuracy = 0;      ///< NaN where it does not exist, and, by convention, of ignored classes
  double precision = 0;     ///< likewise
  double iou = 0;           ///< likewise
  double dice = 0;          ///< likewise
};

/// The rows of all classes, selected or not.
std::vector<class_row> class_rows(const evaluation& result, const class_list& classes);

/// The rows of the selected classes alone.
std::vector<class_row> selected_rows(const evaluation& result, const class_list& classes);

}  // namespace bitwhere::tool
