// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>

#include "device_memory.hpp"

namespace simt {

/// Fills in data and mapping, with the data's end up against the guard page behind it. False when
/// the system refuses.
bool map_guarded(allocation& a, std::size_t alignment);

/// Gives the memory back but keeps the addresses, so that a use after free traps.
void retire_mapping(const allocation& a);
/// Gives the addresses back as well.
void unmap(const allocation& a);

void set_mapping_access(const allocation& a, bool accessible);

/// Whether the bytes between the data and the guard pages are as they were.
bool is_intact(const allocation& a);

}  // namespace simt
