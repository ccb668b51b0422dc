// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "simt/control.hpp"

namespace simt_test {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool has_address_sanitizer = true;
#else
inline constexpr bool has_address_sanitizer = false;
#endif

/// Seeds that every schedule test runs; 0 is the sequential schedule.
inline constexpr int seeds = 24;

/// Device memory with a host copy of its elements.
template <class T>
class buffer {
 public:
  explicit buffer(std::size_t count, T value = T{}) : count_(count) {
    EXPECT_EQ(cudaMalloc(&data_, count * sizeof(T)), cudaSuccess);
    const std::vector<T> initial(count, value);
    EXPECT_EQ(cudaMemcpy(data_, initial.data(), count * sizeof(T), cudaMemcpyHostToDevice),
              cudaSuccess);
  }
  ~buffer() { cudaFree(data_); }
  buffer(const buffer&) = delete;
  buffer& operator=(const buffer&) = delete;

  T* data() const { return data_; }
  std::vector<T> read() const {
    std::vector<T> host(count_);
    EXPECT_EQ(cudaMemcpy(host.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost),
              cudaSuccess);
    return host;
  }

 private:
  T* data_ = nullptr;
  std::size_t count_;
};

template <class... Params, class... Args>
cudaError_t launch(void (*kernel)(Params...), dim3 grid, dim3 block, Args... args) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  return cudaLaunchKernelEx(&config, kernel, args...);
}

/// Launches and waits; the error of either.
template <class... Params, class... Args>
cudaError_t run(void (*kernel)(Params...), dim3 grid, dim3 block, Args... args) {
  const cudaError_t error = launch(kernel, grid, block, args...);
  return error != cudaSuccess ? error : cudaDeviceSynchronize();
}

inline bool diagnosed(const std::string& text) {
  const bool found = simt::control::last_diagnosis().find(text) != std::string::npos;
  EXPECT_TRUE(found) << "expected: " << text << "\ndiagnosis: " << simt::control::last_diagnosis();
  return found;
}

/// Each test starts from, and leaves, a fresh device with nothing on it.
class fresh_device : public testing::Test {
 protected:
  void SetUp() override {
    simt::control::reset();
    // Whatever the environment says: each test names the schedules it is about.
    simt::control::set_seed(0);
  }
  void TearDown() override {
    simt::control::reset();
    EXPECT_EQ(simt::control::live_allocations(), 0u);
  }
};

}  // namespace simt_test
