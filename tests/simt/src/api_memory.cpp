// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cstdlib>
#include <new>

#include "runtime_entry.hpp"
#include "simt/runtime_api.hpp"

using simt::cleanup_entry_point;
using simt::entry_point;
using simt::runtime;

namespace {

// Any address serves as the handle of the one pool.
const auto default_pool = reinterpret_cast<cudaMemPool_t>(0x10);

bool has_room(const runtime& rt, std::size_t bytes) {
  return bytes <= rt.config.memory_limit && rt.memory.bytes() <= rt.config.memory_limit - bytes;
}

cudaError_t allocate(runtime& rt, void** pointer, std::size_t bytes) {
  if (!has_room(rt, bytes)) return cudaErrorMemoryAllocation;
  *pointer = bytes == 0 ? nullptr : rt.memory.allocate(bytes, simt::current_device());
  return bytes == 0 || *pointer != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
}

}  // namespace

cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  return entry_point([&](runtime& rt) {
    if (pointer == nullptr) return cudaErrorInvalidValue;
    ++rt.tally.allocations;
    // A free that is on its way makes room.
    if (!has_room(rt, bytes)) rt.streams.drain_device(simt::current_device());
    return allocate(rt, pointer, bytes);
  });
}

cudaError_t cudaMallocAsync(void** pointer, std::size_t bytes, cudaStream_t stream) {
  return entry_point([&](runtime& rt) {
    const auto s = rt.streams.find(stream, simt::current_device());
    if (s == nullptr) return cudaErrorInvalidResourceHandle;
    if (pointer == nullptr) return cudaErrorInvalidValue;
    ++rt.tally.allocations;
    ++rt.tally.async_allocations;
    if (!has_room(rt, bytes)) rt.streams.drain(*s);
    return allocate(rt, pointer, bytes);
  });
}

cudaError_t cudaMallocFromPoolAsync(void** pointer, std::size_t bytes, cudaMemPool_t pool,
                                    cudaStream_t stream) {
  if (pool != default_pool) return simt::remember(cudaErrorInvalidValue);
  return cudaMallocAsync(pointer, bytes, stream);
}

cudaError_t cudaFree(void* pointer) {
  return cleanup_entry_point([&](runtime& rt) {
    if (pointer == nullptr) return cudaSuccess;
    const simt::allocation* a = rt.memory.find(pointer);
    if (a == nullptr || a->is_free_pending) return cudaErrorInvalidValue;
    rt.synchronized();
    rt.streams.drain_device(a->device);
    rt.release(pointer);
    return rt.sticky;
  });
}

cudaError_t cudaFreeAsync(void* pointer, cudaStream_t stream) {
  return cleanup_entry_point([&](runtime& rt) {
    const auto s = rt.streams.find(stream, simt::current_device());
    if (s == nullptr) return cudaErrorInvalidResourceHandle;
    simt::allocation* const a = rt.memory.find(pointer);
    if (a == nullptr || a->is_free_pending) return cudaErrorInvalidValue;
    a->is_free_pending = true;
    rt.streams.push(s, {[&rt, pointer] { rt.release(pointer); }, {}, true});
    return cudaSuccess;
  });
}

cudaError_t cudaMallocHost(void** pointer, std::size_t bytes) {
  return cudaHostAlloc(pointer, bytes, cudaHostAllocDefault);
}

cudaError_t cudaHostAlloc(void** pointer, std::size_t bytes, unsigned) {
  return entry_point([&](runtime& rt) {
    if (pointer == nullptr) return cudaErrorInvalidValue;
    ++rt.tally.host_allocations;
    *pointer = nullptr;
    if (bytes == 0) return cudaSuccess;
    *pointer = std::malloc(bytes);
    if (*pointer == nullptr) return cudaErrorMemoryAllocation;
    rt.memory.pin(*pointer, bytes);
    return cudaSuccess;
  });
}

cudaError_t cudaFreeHost(void* pointer) {
  return cleanup_entry_point([&](runtime& rt) {
    if (pointer == nullptr) return cudaSuccess;
    if (!rt.memory.unpin(pointer)) return cudaErrorInvalidValue;
    std::free(pointer);
    return cudaSuccess;
  });
}

cudaError_t cudaHostRegister(void* pointer, std::size_t bytes, unsigned) {
  return entry_point([&](runtime& rt) {
    if (pointer == nullptr || bytes == 0) return cudaErrorInvalidValue;
    return rt.memory.pin(pointer, bytes) ? cudaSuccess : cudaErrorHostMemoryAlreadyRegistered;
  });
}

cudaError_t cudaHostUnregister(void* pointer) {
  return cleanup_entry_point([&](runtime& rt) {
    return rt.memory.unpin(pointer) ? cudaSuccess : cudaErrorHostMemoryNotRegistered;
  });
}

cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  return entry_point([&](runtime& rt) {
    *total_bytes = rt.config.memory_limit;
    *free_bytes = has_room(rt, 0) ? rt.config.memory_limit - rt.memory.bytes() : 0;
    return cudaSuccess;
  });
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  return entry_point([&](runtime& rt) {
    if (attributes == nullptr) return cudaErrorInvalidValue;
    void* const plain = const_cast<void*>(pointer);
    if (const simt::allocation* a = rt.memory.holding(pointer, 1)) {
      *attributes = {cudaMemoryTypeDevice, a->device, plain, nullptr};
    } else if (rt.memory.is_pinned(pointer, 1)) {
      *attributes = {cudaMemoryTypeHost, simt::current_device(), plain, plain};
    } else {
      // For memory it does not know, CUDA names no device and repeats the host pointer.
      *attributes = {cudaMemoryTypeUnregistered, -2, nullptr, plain};
    }
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device) {
  return entry_point([&](runtime& rt) {
    if (device < 0 || device >= rt.config.devices) return cudaErrorInvalidDevice;
    *pool = default_pool;
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr, void* value) {
  return entry_point([&](runtime&) {
    return pool == default_pool && value != nullptr ? cudaSuccess : cudaErrorInvalidValue;
  });
}

cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void* value) {
  return entry_point([&](runtime& rt) {
    if (pool != default_pool || value == nullptr) return cudaErrorInvalidValue;
    const bool is_size = attribute != cudaMemPoolAttrReleaseThreshold;
    *static_cast<std::uint64_t*>(value) = is_size ? rt.memory.bytes() : 0;
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolTrimTo(cudaMemPool_t pool, std::size_t) {
  return entry_point(
      [&](runtime&) { return pool == default_pool ? cudaSuccess : cudaErrorInvalidValue; });
}
