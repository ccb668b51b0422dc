// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <array>

#include "runtime.hpp"
#include "simt/runtime_api.hpp"

namespace {

struct error_text {
  cudaError_t code;
  const char* name;
  const char* text;
};

constexpr std::array error_texts{
    error_text{cudaSuccess, "cudaSuccess", "no error"},
    error_text{cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    error_text{cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    error_text{cudaErrorInitializationError, "cudaErrorInitializationError",
               "initialization error"},
    error_text{cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration",
               "invalid configuration argument"},
    error_text{cudaErrorInvalidSymbol, "cudaErrorInvalidSymbol", "invalid device symbol"},
    error_text{cudaErrorInvalidDevicePointer, "cudaErrorInvalidDevicePointer",
               "invalid device pointer"},
    error_text{cudaErrorInvalidMemcpyDirection, "cudaErrorInvalidMemcpyDirection",
               "invalid copy direction for memcpy"},
    error_text{cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver",
               "CUDA driver version is insufficient for CUDA runtime version"},
    error_text{cudaErrorInvalidDeviceFunction, "cudaErrorInvalidDeviceFunction",
               "invalid device function"},
    error_text{cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    error_text{cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    error_text{cudaErrorNoKernelImageForDevice, "cudaErrorNoKernelImageForDevice",
               "no kernel image is available for execution on the device"},
    error_text{cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle",
               "invalid resource handle"},
    error_text{cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    error_text{cudaErrorIllegalAddress, "cudaErrorIllegalAddress",
               "an illegal memory access was encountered"},
    error_text{cudaErrorLaunchOutOfResources, "cudaErrorLaunchOutOfResources",
               "too many resources requested for launch"},
    error_text{cudaErrorLaunchTimeout, "cudaErrorLaunchTimeout",
               "the launch timed out and was terminated"},
    error_text{cudaErrorHostMemoryAlreadyRegistered, "cudaErrorHostMemoryAlreadyRegistered",
               "part or all of the requested memory range is already mapped"},
    error_text{cudaErrorHostMemoryNotRegistered, "cudaErrorHostMemoryNotRegistered",
               "pointer does not correspond to a registered memory region"},
    error_text{cudaErrorMisalignedAddress, "cudaErrorMisalignedAddress", "misaligned address"},
    error_text{cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
    error_text{cudaErrorNotPermitted, "cudaErrorNotPermitted", "operation not permitted"},
    error_text{cudaErrorNotSupported, "cudaErrorNotSupported", "operation not supported"},
    error_text{cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
               "operation not permitted when stream is capturing"},
    error_text{cudaErrorUnknown, "cudaErrorUnknown", "unknown error"},
};

cudaError_t sticky_error() {
  simt::runtime& rt = simt::runtime::instance();
  const std::lock_guard guard(rt.lock);
  return rt.sticky;
}

}  // namespace

const char* cudaGetErrorName(cudaError_t error) {
  for (const error_text& known : error_texts) {
    if (known.code == error) return known.name;
  }
  return "unrecognized error code";
}

const char* cudaGetErrorString(cudaError_t error) {
  for (const error_text& known : error_texts) {
    if (known.code == error) return known.text;
  }
  return "unrecognized error code";
}

cudaError_t cudaPeekAtLastError() {
  const cudaError_t sticky = sticky_error();
  return sticky != cudaSuccess ? sticky : simt::last_error();
}

cudaError_t cudaGetLastError() {
  const cudaError_t error = cudaPeekAtLastError();
  simt::last_error() = cudaSuccess;
  return error;
}
