// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "survey.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// Digests to compare with: a line "bits_version N", then "digest name" a row, sorted by name.
struct golden {
  std::int64_t bits_version = 0;
  std::map<std::string, std::string> digests;  ///< by name
};

/// Throws usage_error for a file that cannot be read or is no such list.
golden read_golden(const std::filesystem::path& file);

/// The text of the file.
std::string golden_text(const survey& from);

/// What is wrong with a row, or with all of them where `row` is empty.
struct golden_problem {
  std::string row;
  std::string text;
};

/// Rows with another digest, rows that ran and are not in the file, and rows of the file that are
/// not in the whole corpus: a file may hold more rows than a subset runs.
std::vector<golden_problem> compare_golden(const golden& with, const survey& seen,
                                           const std::vector<row>& whole);

}  // namespace bitwhere::tool
