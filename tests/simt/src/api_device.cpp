// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <algorithm>
#include <climits>
#include <cstdio>

#include "runtime_entry.hpp"
#include "simt/runtime_api.hpp"

using simt::entry_point;
using simt::runtime;

namespace {

constexpr int threads_per_multiprocessor = 2048;
constexpr int blocks_per_multiprocessor = 32;
constexpr int shared_per_multiprocessor = 228 * 1024;
constexpr int l2_bytes = 50 << 20;

bool is_device(const runtime& rt, int device) { return device >= 0 && device < rt.config.devices; }

// The attributes that have a fixed value; -1 for the others.
int fixed_attribute(cudaDeviceAttr attribute) {
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
    case cudaDevAttrMaxBlockDimX:
    case cudaDevAttrMaxBlockDimY:
      return 1024;
    case cudaDevAttrMaxBlockDimZ:
      return 64;
    case cudaDevAttrMaxGridDimX:
      return INT_MAX;
    case cudaDevAttrMaxGridDimY:
    case cudaDevAttrMaxGridDimZ:
      return 65535;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      return simt::default_shared_bytes;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      return simt::optin_shared_bytes;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      return shared_per_multiprocessor;
    case cudaDevAttrWarpSize:
      return simt::warp_threads;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      return threads_per_multiprocessor;
    case cudaDevAttrMaxBlocksPerMultiprocessor:
      return blocks_per_multiprocessor;
    case cudaDevAttrL2CacheSize:
      return l2_bytes;
    case cudaDevAttrSingleToDoublePrecisionPerfRatio:
      return 2;
    case cudaDevAttrConcurrentKernels:
    case cudaDevAttrUnifiedAddressing:
    case cudaDevAttrMemoryPoolsSupported:
      return 1;
    case cudaDevAttrIntegrated:
    case cudaDevAttrManagedMemory:
    case cudaDevAttrPageableMemoryAccess:
      return 0;
    default:
      return -1;
  }
}

void describe_limits(cudaDeviceProp& p) {
  p.sharedMemPerBlock = simt::default_shared_bytes;
  p.sharedMemPerBlockOptin = simt::optin_shared_bytes;
  p.sharedMemPerMultiprocessor = shared_per_multiprocessor;
  p.warpSize = simt::warp_threads;
  p.maxThreadsPerBlock = 1024;
  p.maxThreadsDim[0] = p.maxThreadsDim[1] = 1024;
  p.maxThreadsDim[2] = 64;
  p.maxGridSize[0] = INT_MAX;
  p.maxGridSize[1] = p.maxGridSize[2] = 65535;
  p.maxThreadsPerMultiProcessor = threads_per_multiprocessor;
  p.maxBlocksPerMultiProcessor = blocks_per_multiprocessor;
  p.l2CacheSize = l2_bytes;
}

}  // namespace

cudaError_t cudaGetDeviceCount(int* count) {
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  const cudaError_t error = rt.availability();
  // Without a usable driver the real runtime leaves the count as it was.
  if (error != cudaErrorInsufficientDriver) *count = rt.config.devices;
  return simt::remember(error);
}

cudaError_t cudaDriverGetVersion(int* version) {
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  *version = rt.config.driver;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = simt::runtime_version;
  return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
  return entry_point([&](runtime&) {
    *device = simt::current_device();
    return cudaSuccess;
  });
}

cudaError_t cudaSetDevice(int device) {
  return entry_point([&](runtime& rt) {
    if (!is_device(rt, device)) return cudaErrorInvalidDevice;
    simt::current_device() = device;
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  return entry_point([&](runtime& rt) {
    if (!is_device(rt, device)) return cudaErrorInvalidDevice;
    switch (attribute) {
      case cudaDevAttrMultiProcessorCount:
        *value = rt.config.multiprocessors;
        return cudaSuccess;
      case cudaDevAttrComputeCapabilityMajor:
        *value = rt.config.capability_major;
        return cudaSuccess;
      case cudaDevAttrComputeCapabilityMinor:
        *value = rt.config.capability_minor;
        return cudaSuccess;
      default:
        break;
    }
    const int fixed = fixed_attribute(attribute);
    if (fixed < 0) return cudaErrorInvalidValue;
    *value = fixed;
    return cudaSuccess;
  });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  return entry_point([&](runtime& rt) {
    if (!is_device(rt, device)) return cudaErrorInvalidDevice;
    cudaDeviceProp p{};
    std::snprintf(p.name, sizeof p.name, "emulated CUDA device (simt)");
    p.totalGlobalMem = rt.config.memory_limit;
    p.major = rt.config.capability_major;
    p.minor = rt.config.capability_minor;
    p.multiProcessorCount = rt.config.multiprocessors;
    p.concurrentKernels = p.unifiedAddressing = p.memoryPoolsSupported = 1;
    describe_limits(p);
    *properties = p;
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceSynchronize() {
  return entry_point([](runtime& rt) {
    rt.synchronized();
    rt.streams.drain_device(simt::current_device());
    return rt.sticky;
  });
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void* kernel,
                                                          int block_size,
                                                          std::size_t dynamic_bytes) {
  return entry_point([&](runtime&) {
    if (blocks == nullptr || kernel == nullptr) return cudaErrorInvalidValue;
    if (block_size <= 0 || block_size > 1024) return cudaErrorInvalidValue;
    *blocks = std::min(threads_per_multiprocessor / block_size, blocks_per_multiprocessor);
    if (dynamic_bytes > simt::optin_shared_bytes) {
      *blocks = 0;
    } else if (dynamic_bytes != 0) {
      *blocks = std::min(*blocks, shared_per_multiprocessor / static_cast<int>(dynamic_bytes));
    }
    return cudaSuccess;
  });
}
