// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "device.hpp"

#include "../plan/failure.hpp"

namespace bitwhere::device {
namespace {

constexpr size_t alignment = 256;

void require_memory(const void* pointer, size_t bytes, const std::string& device) {
  if (pointer != nullptr) return;
  throw failure(BW_OUT_OF_MEMORY, "no " + std::to_string(bytes) + " bytes of memory on " + device);
}

}  // namespace

device::device(std::string name, bw_device memory, const settings& chosen)
    : name_(std::move(name)), memory_(memory), settings_(chosen) {}

void* device::allocate(size_t bytes) {
  if (bytes == 0) return nullptr;
  const bw_allocator& own = settings_.allocator;
  void* pointer = own.allocate != nullptr
                      ? own.allocate(own.user, bytes, alignment, memory_, stream())
                      : allocate_own(bytes);
  require_memory(pointer, bytes, name_);
  return pointer;
}

void* device::lend(size_t bytes) {
  if (bytes == 0 || !capturing()) return allocate(bytes);
  void* const pointer = allocate_own(bytes);
  require_memory(pointer, bytes, name_);
  return pointer;
}

void device::take_back(void* pointer, size_t bytes) {
  if (pointer == nullptr || !capturing()) {
    deallocate(pointer, bytes);
  } else {
    deallocate_own(pointer);
  }
}

void device::deallocate(void* pointer, size_t bytes) {
  if (pointer == nullptr) return;
  const bw_allocator& own = settings_.allocator;
  if (own.deallocate != nullptr) {
    own.deallocate(own.user, pointer, bytes, memory_, stream());
  } else {
    deallocate_own(pointer);
  }
}

void* device::workspace(size_t bytes) {
  if (bytes > workspace_bytes_) {
    release_workspace();
    workspace_ = allocate(bytes);
    workspace_bytes_ = bytes;
  }
  return workspace_;
}

void device::release_workspace() {
  deallocate(workspace_, workspace_bytes_);
  workspace_ = nullptr;
  workspace_bytes_ = 0;
}

void device::trace(const char* operation, const char* kernel, int64_t bytes, int workers) const {
  if (settings_.trace == nullptr) return;
  const bw_trace_record record = {
      sizeof(bw_trace_record), operation, name_.c_str(), isa(), kernel, bytes, workers};
  settings_.trace(settings_.trace_user, &record);
}

}  // namespace bitwhere::device
