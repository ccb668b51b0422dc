// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <cstdint>
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

// A field that has no meaning yet: it may get one, so nothing else than zero may stand there.
inline void check_reserved(int32_t field, const char* name) {
  if (field == 0) return;
  throw failure(BW_UNAVAILABLE, std::string(name) + ": reserved must be 0");
}

}  // namespace bitwhere::plan
