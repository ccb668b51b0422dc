// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <string>

#include "failure.hpp"

namespace bitwhere::plan {

// Checks an options struct that begins with its size. A caller that was compiled against a newer
// header passes a larger one: what this library does not know must then be left at zero, for an
// option that is silently ignored would give a wrong result.
template <class T>
void check_struct(const T* options, const char* name) {
  if (options == nullptr) throw failure(BW_INVALID_ARGUMENT, std::string(name) + ": is NULL");
  if (options->struct_bytes < sizeof(T)) {
    throw failure(BW_INVALID_ARGUMENT,
                  std::string(name) + ": struct_bytes is not set to the size of the struct");
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(options);
  for (std::size_t b = sizeof(T); b < options->struct_bytes; ++b) {
    if (bytes[b] == 0) continue;
    throw failure(BW_UNAVAILABLE, std::string(name) + ": sets an option that this version of the " +
                                      "library does not know");
  }
}

}  // namespace bitwhere::plan
