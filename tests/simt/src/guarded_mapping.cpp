// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "guarded_mapping.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "canary.hpp"
#include "sanitizer.hpp"

namespace simt {
namespace {

// Filling gigabytes would cost more than the test that asks for them.
constexpr std::size_t fresh_fill_bytes = std::size_t{64} << 20;
// Before the data a page or more may be free; checking this much finds an index of -1.
constexpr std::ptrdiff_t front_canary_bytes = 256;

std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

std::size_t page_bytes() {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

std::byte* front_canary(const allocation& a) {
  return a.data - std::min(a.data - a.mapping, front_canary_bytes);
}

std::byte* mapping_end(const allocation& a) { return a.mapping + a.mapping_bytes; }

bool map_pages(allocation& a, std::size_t alignment) {
  a.mapping_bytes = round_up(round_up(a.bytes, alignment), page_bytes());
  void* const pages = mmap(nullptr, a.mapping_bytes + 2 * page_bytes(), PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) return false;
  a.mapping = static_cast<std::byte*>(pages) + page_bytes();
  set_mapping_access(a, true);
  a.data = mapping_end(a) - round_up(a.bytes, alignment);
  fill_canary(front_canary(a), a.data);
  fill_canary(a.data + a.bytes, mapping_end(a));
  return true;
}

// AddressSanitizer guards its own heap better: to the byte, with the allocation's stack.
constexpr std::align_val_t heap_alignment{256};

bool map_on_heap(allocation& a) {
  a.mapping_bytes = a.bytes;
  a.mapping = a.data =
      static_cast<std::byte*>(::operator new(a.bytes, heap_alignment, std::nothrow));
  return a.data != nullptr;
}

}  // namespace

bool map_guarded(allocation& a, std::size_t alignment) {
  const bool is_mapped =
      sanitizer::has_address_sanitizer ? map_on_heap(a) : map_pages(a, alignment);
  if (is_mapped) std::memset(a.data, fresh_byte, std::min(a.bytes, fresh_fill_bytes));
  return is_mapped;
}

void retire_mapping(const allocation& a) {
  if constexpr (sanitizer::has_address_sanitizer) {
    // Its quarantine is what keeps the addresses.
    sanitizer::unpoison(a.data, a.bytes);
    ::operator delete(a.data, heap_alignment);
  } else {
    mmap(a.mapping, a.mapping_bytes, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  }
}

void unmap(const allocation& a) {
  if constexpr (!sanitizer::has_address_sanitizer) {
    munmap(a.mapping - page_bytes(), a.mapping_bytes + 2 * page_bytes());
  }
}

void set_mapping_access(const allocation& a, bool accessible) {
  if constexpr (sanitizer::has_address_sanitizer) {
    accessible ? sanitizer::unpoison(a.data, a.bytes) : sanitizer::poison(a.data, a.bytes);
  } else {
    mprotect(a.mapping, a.mapping_bytes, accessible ? PROT_READ | PROT_WRITE : PROT_NONE);
  }
}

bool is_intact(const allocation& a) {
  if constexpr (sanitizer::has_address_sanitizer) return true;
  return canary_is_intact(front_canary(a), a.data) &&
         canary_is_intact(a.data + a.bytes, mapping_end(a));
}

}  // namespace simt
