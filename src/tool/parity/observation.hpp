// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// A result of an operation: its elements in row-major order, little-endian.
struct output {
  std::string name;
  dtype type;
  shape_t shape;
  std::vector<std::byte> bytes;
};

/// How often each kernel path ran, by its name in the trace.
using path_counts = std::map<std::string, std::int64_t>;

/// What one backend made of one row.
struct observation {
  std::vector<output> outputs;
  path_counts paths;
  int most_threads = 0;  ///< that a call was offered to
  std::string fault;     ///< why it proves nothing: an error, another device, no trace; or empty
};

}  // namespace bitwhere::tool
