// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cuda_runtime.h>

// Calls into the CUDA runtime: every one is checked, and every one names itself when it fails.
namespace bitwhere::device {

// Throws BW_CUDA_ERROR (BW_OUT_OF_MEMORY for an allocation) unless `code` is success, and clears
// the runtime's last error.
void check_cuda(cudaError_t code, const char* call, const char* file, int line);

#define BITWHERE_CUDA(call) ::bitwhere::device::check_cuda((call), #call, __FILE__, __LINE__)

// Makes a device current for the lifetime of the guard: the caller's choice is its own.
class current_device {
 public:
  explicit current_device(int index);
  ~current_device();
  current_device(const current_device&) = delete;
  current_device& operator=(const current_device&) = delete;

 private:
  int before_ = -1;
  int index_;
};

}  // namespace bitwhere::device
