// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../progress.hpp"
#include "runner.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// Where an output of one backend is not that of another one.
struct difference {
  std::string row;
  std::string reference;
  std::string backend;
  std::string output;
  std::string reference_type;  ///< "f32 3x5x130"
  std::string backend_type;    ///< another one only where dtype or shape differ
  std::int64_t elements = 0;
  std::int64_t differing = 0;  ///< 0 where dtype or shape differ: then nothing is compared
  shape_t first;               ///< the index of the first differing element
  std::string reference_bits;
  std::string backend_bits;
  std::string reference_value;
  std::string backend_value;
};

/// Why a row on a backend proves nothing.
struct fault {
  std::string row;
  std::string backend;
  std::string text;
};

struct row_result {
  std::string name;
  std::string digest;     ///< of the first backend without a fault; empty: none
  std::size_t agree = 0;  ///< backends with these very outputs
};

struct backend_result {
  backend is;
  path_counts paths;
  int most_threads = 0;
};

struct survey {
  std::vector<backend_result> backends;
  std::vector<row_result> rows;
  std::vector<difference> differences;
  std::vector<fault> faults;
  double seconds = 0;

  [[nodiscard]] bool good() const { return differences.empty() && faults.empty(); }
};

/// The digest of a row: for each output a line "name dtype shape" and its elements.
std::string digest_of(const std::vector<output>& outputs);

/// The first output in which two backends differ; row and backends are left to the caller.
std::optional<difference> find_difference(const std::vector<output>& reference,
                                          const std::vector<output>& other);

/// Runs each row on each runner, and compares all bytes with those of the first one.
survey run_rows(const std::vector<const row*>& rows, const runner_list& on, progress& bar);

}  // namespace bitwhere::tool
