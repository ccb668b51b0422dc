// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <algorithm>
#include <climits>
#include <memory>
#include <utility>

#include "runtime_entry.hpp"
#include "simt/launch.hpp"
#include "simt/runtime_api.hpp"

using simt::entry_point;
using simt::runtime;

namespace {

bool is_launchable(const cudaLaunchConfig_t& config) {
  const dim3& grid = config.gridDim;
  const dim3& block = config.blockDim;
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return false;
  if (block.x == 0 || block.y == 0 || block.z == 0) return false;
  if (grid.x > INT_MAX || grid.y > 65535 || grid.z > 65535) return false;
  if (block.x > 1024 || block.y > 1024 || block.z > 64) return false;
  return block.x * block.y * block.z <= 1024;
}

// Hints are ignored; what would change a kernel's meaning is refused.
bool needs_what_is_missing(const cudaLaunchConfig_t& config) {
  for (unsigned i = 0; i < config.numAttrs; ++i) {
    const cudaLaunchAttribute& a = config.attrs[i];
    if (a.id == cudaLaunchAttributeCooperative && a.val.cooperative != 0) return true;
    if (a.id != cudaLaunchAttributeClusterDimension) continue;
    if (a.val.clusterDim.x * a.val.clusterDim.y * a.val.clusterDim.z != 1) return true;
  }
  return false;
}

int dynamic_limit(const runtime& rt, const void* kernel, int otherwise) {
  const auto found = rt.dynamic_limits.find(kernel);
  return found == rt.dynamic_limits.end() ? otherwise : found->second;
}

}  // namespace

cudaError_t simt::detail::submit(const cudaLaunchConfig_t& config, kernel_call call) {
  return entry_point([&](runtime& rt) {
    if (call.kernel == nullptr) return cudaErrorInvalidDeviceFunction;
    const auto s = rt.streams.find(config.stream, current_device());
    if (s == nullptr || s->device != current_device()) return cudaErrorInvalidResourceHandle;
    if (!is_launchable(config)) return cudaErrorInvalidConfiguration;
    if (needs_what_is_missing(config)) return cudaErrorNotSupported;
    launch_request request;
    request.dynamic_limit = static_cast<std::size_t>(dynamic_limit(rt, call.kernel, 0));
    if (config.dynamicSmemBytes > std::max(request.dynamic_limit, default_shared_bytes)) {
      return cudaErrorInvalidValue;
    }
    request.call = std::move(call);
    request.grid = config.gridDim;
    request.block = config.blockDim;
    request.dynamic_bytes = config.dynamicSmemBytes;
    ++rt.tally.launches;
    rt.streams.push(s, {[&rt, device = s->device, request = std::move(request)] {
                      rt.launch(request, device);
                    }});
    return cudaSuccess;
  });
}

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  return entry_point([&](runtime& rt) {
    if (kernel == nullptr) return cudaErrorInvalidDeviceFunction;
    if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return cudaSuccess;
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return cudaErrorInvalidValue;
    if (value < 0 || value > static_cast<int>(simt::optin_shared_bytes)) {
      return cudaErrorInvalidValue;
    }
    rt.dynamic_limits[kernel] = value;
    return cudaSuccess;
  });
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* kernel) {
  return entry_point([&](runtime& rt) {
    if (kernel == nullptr) return cudaErrorInvalidDeviceFunction;
    const int version = 10 * rt.config.capability_major + rt.config.capability_minor;
    *attributes = {};
    attributes->maxThreadsPerBlock = 1024;
    attributes->numRegs = 32;
    attributes->ptxVersion = version;
    attributes->binaryVersion = version;
    attributes->maxDynamicSharedSizeBytes =
        dynamic_limit(rt, kernel, static_cast<int>(simt::default_shared_bytes));
    return cudaSuccess;
  });
}
