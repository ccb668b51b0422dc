// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace simt {

/// One piece of device memory and the guarded mapping around it.
struct allocation {
  std::byte* data = nullptr;
  std::size_t bytes = 0;
  std::byte* mapping = nullptr;  // accessible pages; a guard page stands on either side
  std::size_t mapping_bytes = 0;
  int device = 0;
  bool is_free_pending = false;  // cudaFreeAsync was called, its stream has not got there
};

/// All device memory and all pinned host memory.
class device_memory {
 public:
  static constexpr std::size_t default_alignment = 16;
  std::size_t alignment = default_alignment;
  bool is_protected = false;

  /// Null when the host has no memory left.
  void* allocate(std::size_t bytes, int device);
  /// The damage around the allocation, if somebody wrote there. It is gone afterwards.
  std::optional<std::string> release(void* data);
  allocation* find(const void* data);

  /// The allocation that holds [data, data + bytes), or null.
  const allocation* holding(const void* data, std::size_t bytes) const;
  /// What lies at the address, for a diagnosis.
  std::string describe(const void* address) const;
  /// The first write beside an allocation.
  std::optional<std::string> damage() const;

  bool pin(void* data, std::size_t bytes);
  bool unpin(void* data);
  bool is_pinned(const void* data, std::size_t bytes) const;

  static constexpr int every_device = -2;

  /// Between these the memory of `device` is accessible, other devices' is not.
  void open(int device);
  void close();
  void set_protected(bool on);

  std::size_t count() const { return live_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t peak_bytes() const { return peak_bytes_; }
  void forget_peak() { peak_bytes_ = bytes_; }

 private:
  void show_to(int device);
  bool is_hidden(const allocation& a) const;
  void retire(const allocation& a);

  std::map<std::uintptr_t, allocation> live_;
  std::map<std::uintptr_t, std::size_t> pinned_;
  std::deque<allocation> retired_;
  std::size_t bytes_ = 0;
  std::size_t peak_bytes_ = 0;
  static constexpr int hosts_turn = -1;
  int open_device_ = hosts_turn;
};

}  // namespace simt
