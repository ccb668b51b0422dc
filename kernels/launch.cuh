// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

// The one way to launch, and the one way to declare shared memory. Kernels keep to what a CPU can
// stand in for: no inline PTX, no cooperative groups, no block primitives of libraries.

// A runtime that runs several blocks at once on a CPU defines these itself: a static object would
// be one for all of them.
#ifndef BITWHERE_SHARED
#define BITWHERE_SHARED(Type, name) __shared__ Type name
#endif
#ifndef BITWHERE_DYNAMIC_SHARED
#define BITWHERE_DYNAMIC_SHARED(Type, name)                     \
  extern __shared__ __align__(16) unsigned char name##_bytes[]; \
  Type* name = reinterpret_cast<Type*>(name##_bytes)
#endif

namespace bitwhere::kernels {

struct launch_shape {
  int64_t blocks;
  int threads;
  size_t shared_bytes;
  void* stream;
};

// Launches and reports what the launch itself says; what goes wrong later is the stream's.
template <class... Parameters, class... Arguments>
cudaError_t launch(const launch_shape& shape, void (*kernel)(Parameters...),
                   const Arguments&... arguments) {
  if (shape.blocks < 1 || shape.blocks > INT32_MAX) return cudaErrorInvalidConfiguration;
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(static_cast<unsigned>(shape.blocks));
  config.blockDim = dim3(static_cast<unsigned>(shape.threads));
  config.dynamicSmemBytes = shape.shared_bytes;
  config.stream = static_cast<cudaStream_t>(shape.stream);
  return cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...);
}

inline int64_t blocks_for(int64_t elements, int64_t elements_per_block) {
  return (elements + elements_per_block - 1) / elements_per_block;
}

}  // namespace bitwhere::kernels
