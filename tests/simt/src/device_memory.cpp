// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "device_memory.hpp"

#include <algorithm>

#include "diagnosis.hpp"
#include "guarded_mapping.hpp"

namespace simt {
namespace {

// Address space is plentiful, entries in the kernel's map are not.
constexpr std::size_t max_retired = 512;

std::uintptr_t number(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

std::string size_text(const allocation& a) {
  return std::to_string(a.bytes) + (a.bytes == 1 ? " byte" : " bytes");
}

// The position of an address against one allocation, or nothing if it is far from it.
std::optional<std::string> relation(const allocation& a, std::uintptr_t address) {
  constexpr std::uintptr_t near = 4096;
  const std::uintptr_t begin = number(a.data);
  const std::uintptr_t end = begin + a.bytes;
  if (address + near < begin || address >= end + near) return std::nullopt;
  if (address < begin) {
    return std::to_string(begin - address) + " bytes before an allocation of " + size_text(a);
  }
  if (address < end) {
    return std::to_string(address - begin) + " bytes into an allocation of " + size_text(a);
  }
  return std::to_string(address - end) + " bytes past the end of an allocation of " + size_text(a);
}

}  // namespace

void* device_memory::allocate(std::size_t bytes, int device) {
  allocation a;
  a.bytes = bytes;
  a.device = device;
  if (!map_guarded(a, alignment)) return nullptr;
  if (is_hidden(a)) set_mapping_access(a, false);
  live_.emplace(number(a.data), a);
  bytes_ += bytes;
  peak_bytes_ = std::max(peak_bytes_, bytes_);
  return a.data;
}

std::optional<std::string> device_memory::release(void* data) {
  const auto found = live_.find(number(data));
  const allocation a = found->second;
  live_.erase(found);
  bytes_ -= a.bytes;
  set_mapping_access(a, true);
  std::optional<std::string> damage;
  if (!is_intact(a)) damage = "bytes beside an allocation of " + size_text(a) + " were overwritten";
  retire(a);
  return damage;
}

void device_memory::retire(const allocation& a) {
  retire_mapping(a);
  retired_.push_back(a);
  if (retired_.size() <= max_retired) return;
  unmap(retired_.front());
  retired_.pop_front();
}

allocation* device_memory::find(const void* data) {
  const auto found = live_.find(number(data));
  return found == live_.end() ? nullptr : &found->second;
}

const allocation* device_memory::holding(const void* data, std::size_t bytes) const {
  auto after = live_.upper_bound(number(data));
  if (after == live_.begin()) return nullptr;
  const allocation& a = std::prev(after)->second;
  const std::size_t offset = number(data) - number(a.data);
  return offset <= a.bytes && bytes <= a.bytes - offset ? &a : nullptr;
}

std::string device_memory::describe(const void* address) const {
  const std::uintptr_t at = number(address);
  const std::string text = hex(at) + ", ";
  if (at < 4096) return text + "a null pointer";
  auto after = live_.upper_bound(at);
  if (after != live_.begin()) {
    const allocation& a = std::prev(after)->second;
    if (const auto where = relation(a, at)) {
      return text + *where + (is_hidden(a) ? " on another device" : "");
    }
  }
  if (after != live_.end()) {
    if (const auto where = relation(after->second, at)) return text + *where;
  }
  // The newest first: addresses are used again.
  for (auto a = retired_.rbegin(); a != retired_.rend(); ++a) {
    if (const auto where = relation(*a, at)) return text + *where + " that was freed";
  }
  return text + "no device memory";
}

std::optional<std::string> device_memory::damage() const {
  for (const auto& [address, a] : live_) {
    if (!is_hidden(a) && !is_intact(a)) {
      return "bytes beside an allocation of " + size_text(a) + " were overwritten";
    }
  }
  return std::nullopt;
}

bool device_memory::pin(void* data, std::size_t bytes) {
  return pinned_.emplace(number(data), bytes).second;
}

bool device_memory::unpin(void* data) { return pinned_.erase(number(data)) != 0; }

bool device_memory::is_pinned(const void* data, std::size_t bytes) const {
  auto after = pinned_.upper_bound(number(data));
  if (after == pinned_.begin()) return false;
  --after;
  const std::size_t offset = number(data) - after->first;
  return offset <= after->second && bytes <= after->second - offset;
}

bool device_memory::is_hidden(const allocation& a) const {
  if (open_device_ == hosts_turn) return is_protected;
  return open_device_ != every_device && a.device != open_device_;
}

void device_memory::open(int device) { show_to(device); }

void device_memory::close() { show_to(hosts_turn); }

void device_memory::show_to(int device) {
  const int before = open_device_;
  for (const auto& [address, a] : live_) {
    open_device_ = before;
    const bool was_hidden = is_hidden(a);
    open_device_ = device;
    if (was_hidden != is_hidden(a)) set_mapping_access(a, was_hidden);
  }
  open_device_ = device;
}

void device_memory::set_protected(bool on) {
  is_protected = on;
  for (const auto& [address, a] : live_) set_mapping_access(a, !on);
}

}  // namespace simt
