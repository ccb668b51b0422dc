// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "matrix_memory.hpp"

#include "failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <new>
#include <string>

namespace bitwhere::tool {

namespace {

/// The matrices of all workers together stay below this, as long as two can.
constexpr std::int64_t budget_bytes = std::int64_t{2} << 30;

std::int64_t matrix_bytes(std::int64_t classes) { return classes * classes * 8; }

/// A worker holds its total, an image's counts, perhaps on another device, and their copy.
std::int64_t worker_bytes(std::int64_t classes, bool on_cpu) {
  return matrix_bytes(classes) * (on_cpu ? 3 : 2);
}

/// Of one worker, and the sum of all.
std::int64_t least_bytes(std::int64_t classes, bool on_cpu) {
  return worker_bytes(classes, on_cpu) + matrix_bytes(classes);
}

}  // namespace

std::int64_t available_bytes() {
  std::ifstream in("/proc/meminfo");
  std::string key;
  std::int64_t kib = 0;
  while (in >> key) {
    if (key == "MemAvailable:" && in >> kib) return kib * 1024;
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::numeric_limits<std::int64_t>::max();
}

std::int64_t workers_that_fit(std::int64_t classes, std::int64_t most, bool on_cpu,
                              std::int64_t available) {
  if (least_bytes(classes, on_cpu) > available) {
    throw usage_error(
        fmt::format("--classes {}: confusion matrices of so many need {} bytes of memory, and {} "
                    "are available",
                    classes, least_bytes(classes, on_cpu), available));
  }
  const std::int64_t rest = std::min(available - matrix_bytes(classes), budget_bytes);
  return std::clamp<std::int64_t>(rest / worker_bytes(classes, on_cpu), 1, most);
}

std::vector<std::int64_t> empty_matrix(std::int64_t classes, bool on_cpu) {
  try {
    return std::vector<std::int64_t>(static_cast<std::size_t>(classes * classes));
  } catch (const std::bad_alloc&) {
    throw usage_error(
        fmt::format("--classes {}: confusion matrices of so many need {} bytes of memory, which "
                    "this process may not have",
                    classes, least_bytes(classes, on_cpu)));
  }
}

}  // namespace bitwhere::tool
