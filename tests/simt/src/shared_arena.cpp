// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "shared_arena.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "canary.hpp"
#include "sanitizer.hpp"

namespace simt {
namespace {

constexpr std::size_t gap_bytes = 16;

std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

shared_arena::shared_arena() {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  // Twice the static limit: gaps and alignment do not count against the kernel.
  const std::size_t usable = round_up(2 * default_shared_bytes + optin_shared_bytes, page);
  mapping_bytes_ = usable + page;
  void* mapping = mmap(nullptr, mapping_bytes_, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  mapping_ = static_cast<std::byte*>(mapping);
  limit_ = mapping_ + usable;
  mprotect(limit_, page, PROT_NONE);
}

shared_arena::~shared_arena() {
  sanitizer::unpoison(mapping_, mapping_bytes_);
  munmap(mapping_, mapping_bytes_);
}

void shared_arena::start(std::size_t dynamic_bytes) {
  objects_.clear();
  top_ = 0;
  dynamic_bytes_ = dynamic_bytes;
  dynamic_ = limit_ - round_up(dynamic_bytes, 16);
  sanitizer::poison(mapping_, static_cast<std::size_t>(limit_ - mapping_));
  if (dynamic_bytes == 0) return;
  sanitizer::unpoison(dynamic_, dynamic_bytes);
  std::memset(dynamic_, fresh_byte, dynamic_bytes);
  fill_canary(dynamic_ + dynamic_bytes, limit_);
}

void* shared_arena::object(const void* key, std::size_t bytes, std::size_t alignment) {
  for (const entry& known : objects_) {
    if (known.key == key) return known.data;
  }
  // Offsets as a compiler would lay them out, so that the limit means what it means there.
  const std::size_t offset = round_up(top_, alignment);
  if (offset + bytes > default_shared_bytes) return nullptr;
  top_ = offset + bytes;
  std::byte* const after = objects_.empty() ? mapping_ : objects_.back().end + gap_bytes;
  std::byte* const data = mapping_ + round_up(static_cast<std::size_t>(after - mapping_),
                                              std::max<std::size_t>(alignment, 16));
  sanitizer::unpoison(data, bytes);
  std::memset(data, fresh_byte, bytes);
  fill_canary(data + bytes, data + bytes + gap_bytes);
  objects_.push_back({key, data, data + bytes});
  return data;
}

bool shared_arena::is_damaged() const {
  for (const entry& object : objects_) {
    if (!canary_is_intact(object.end, object.end + gap_bytes)) return true;
  }
  return dynamic_bytes_ != 0 && !canary_is_intact(dynamic_ + dynamic_bytes_, limit_);
}

bool shared_arena::guards(const void* address) const {
  const auto* byte = static_cast<const std::byte*>(address);
  return byte >= limit_ && byte < mapping_ + mapping_bytes_;
}

}  // namespace simt
