// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "driver.hpp"

#include <string>

#include "../../plan/failure.hpp"
#include "cuda_device.hpp"

namespace bitwhere::device {

void check_cuda(cudaError_t code, const char* call, const char* file, int line) {
  if (code == cudaSuccess) return;
  cudaGetLastError();  // else the next, innocent call would report it again
  const char* base = file;
  for (const char* c = file; *c != '\0'; ++c) {
    if (*c == '/') base = c + 1;
  }
  throw failure(code == cudaErrorMemoryAllocation ? BW_OUT_OF_MEMORY : BW_CUDA_ERROR,
                std::string(call) + ": " + cudaGetErrorName(code) + ", " +
                    cudaGetErrorString(code) + " (" + base + ":" + std::to_string(line) + ")");
}

current_device::current_device(int index) : index_(index) {
  BITWHERE_CUDA(cudaGetDevice(&before_));
  if (before_ != index_) BITWHERE_CUDA(cudaSetDevice(index_));
}

current_device::~current_device() {
  if (before_ != index_) cudaSetDevice(before_);
}

bw_cuda_state cuda_state() {
  // Without a driver the runtime fails and leaves the count alone; the driver's version then says
  // whether there is none or one of an older CUDA.
  int count = 0;
  const cudaError_t code = cudaGetDeviceCount(&count);
  cudaGetLastError();
  if (code == cudaSuccess) return count > 0 ? BW_CUDA_READY : BW_CUDA_NO_DEVICE;
  if (code == cudaErrorNoDevice) return BW_CUDA_NO_DEVICE;
  int version = 0;
  cudaDriverGetVersion(&version);
  if (version == 0) return BW_CUDA_NO_DRIVER;
  return code == cudaErrorInsufficientDriver ? BW_CUDA_DRIVER_TOO_OLD : BW_CUDA_FAILED;
}

const char* cuda_why() {
  switch (cuda_state()) {
    case BW_CUDA_READY:
      return "no GPU has this number";
    case BW_CUDA_NO_DRIVER:
      return "no NVIDIA driver is installed";
    case BW_CUDA_DRIVER_TOO_OLD:
      return "the NVIDIA driver is too old for CUDA 13; it must be R580 or newer";
    case BW_CUDA_NO_DEVICE:
      return "the NVIDIA driver lists no GPU";
    default: {
      int count = 0;
      const cudaError_t code = cudaGetDeviceCount(&count);
      cudaGetLastError();
      return cudaGetErrorString(code);
    }
  }
}

int cuda_device_count() {
  // No error either way: without a usable driver there are none.
  int count = 0;
  const bool counted = cudaGetDeviceCount(&count) == cudaSuccess;
  cudaGetLastError();
  return counted ? count : 0;
}

std::string describe_cuda_device(int index) {
  cudaDeviceProp properties = {};
  BITWHERE_CUDA(cudaGetDeviceProperties(&properties, index));
  return std::string(properties.name) + ", compute capability " + std::to_string(properties.major) +
         "." + std::to_string(properties.minor) + ", " +
         std::to_string(properties.multiProcessorCount) + " multiprocessors, " +
         std::to_string(properties.totalGlobalMem >> 20) + " MiB";
}

}  // namespace bitwhere::device
