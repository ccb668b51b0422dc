// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <vector>

namespace simt {

/// H100's limits: without and with cudaFuncSetAttribute.
inline constexpr std::size_t default_shared_bytes = 48 * 1024;
inline constexpr std::size_t optin_shared_bytes = 227 * 1024;

/// One resident block's shared memory: static objects from the front, dynamic memory up against a
/// guard page, canaries (or AddressSanitizer's poison) between. Fresh bytes are 0xCD.
class shared_arena {
 public:
  shared_arena();
  ~shared_arena();
  shared_arena(const shared_arena&) = delete;
  shared_arena& operator=(const shared_arena&) = delete;

  void start(std::size_t dynamic_bytes);

  /// The object that `key` stands for in this block; null when the 48 KB are exhausted.
  void* object(const void* key, std::size_t bytes, std::size_t alignment);
  void* dynamic() const { return dynamic_; }
  std::size_t dynamic_bytes() const { return dynamic_bytes_; }
  std::size_t static_bytes() const { return top_; }

  /// Whether something was written beside the objects.
  bool is_damaged() const;
  /// Whether the address lies in the page behind the dynamic memory.
  bool guards(const void* address) const;

 private:
  struct entry {
    const void* key;
    std::byte* data;
    std::byte* end;
  };

  std::byte* mapping_;
  std::size_t mapping_bytes_;
  std::byte* limit_;  // where the guard page begins
  std::size_t top_ = 0;
  std::byte* dynamic_ = nullptr;
  std::size_t dynamic_bytes_ = 0;
  std::vector<entry> objects_;
};

}  // namespace simt
