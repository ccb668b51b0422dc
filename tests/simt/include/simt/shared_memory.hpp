// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <type_traits>

#include "simt/qualifiers.hpp"
#include "simt/site.hpp"

namespace simt::detail {

/// The running block's storage for the declaration that `key` identifies; made and poisoned when
/// the block's first thread asks.
void* static_shared_storage(const void* key, std::size_t bytes, std::size_t alignment, site where);
void* dynamic_shared_storage(std::size_t alignment, site where);

template <class Type, class Declaration>
Type& static_shared(Declaration, site where = site::here()) {
  static_assert(std::is_trivially_default_constructible_v<Type>, "it is not constructed");
  static const char key = 0;
  return *static_cast<Type*>(static_shared_storage(&key, sizeof(Type), alignof(Type), where));
}

template <class Type>
Type* dynamic_shared(site where = site::here()) {
  return static_cast<Type*>(dynamic_shared_storage(alignof(Type), where));
}

}  // namespace simt::detail

// A static `__shared__` object would be one object for all blocks that run at a time, hence these
// declarations. The lambda gives each its own type, hence its own storage.
#define BITWHERE_SHARED(Type, name) auto& name = ::simt::detail::static_shared<Type>([] {})
#define BITWHERE_DYNAMIC_SHARED(Type, name) Type* name = ::simt::detail::dynamic_shared<Type>()
