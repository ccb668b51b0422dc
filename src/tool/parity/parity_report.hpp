// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "golden.hpp"
#include "row.hpp"
#include "survey.hpp"

#include <string>
#include <vector>

namespace bitwhere::tool {

/// All that a run found out.
struct parity_report {
  subset rows_of = subset::standard;
  survey seen;
  std::string golden_file;  ///< empty: none was given
  std::vector<golden_problem> golden_problems;
};

/// For people: a line a row, the kernel paths of each backend, and a summary in the last line.
std::string parity_table(const parity_report& report);

/// A line each for what is wrong, with the first differing element where two backends differ.
std::string problem_lines(const parity_report& report);

/// For programs; the schema stands in the README.
std::string parity_json(const parity_report& report);

}  // namespace bitwhere::tool
