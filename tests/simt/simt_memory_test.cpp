// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cfenv>
#include <climits>

#include "simt_fixture.hpp"

namespace {

using simt_test::buffer;
using simt_test::diagnosed;
using simt_test::launch;
using simt_test::run;
using SimtMemory = simt_test::fresh_device;

/// Out of bounds is a diagnosis, or under AddressSanitizer its report and the end of the process.
template <class Action>
void expect_out_of_bounds(const Action& action, const char* text) {
  if constexpr (simt_test::has_address_sanitizer) {
    EXPECT_DEATH(action(), "AddressSanitizer");
  } else {
    EXPECT_EQ(action(), cudaErrorIllegalAddress);
    EXPECT_TRUE(diagnosed(text));
  }
}

__global__ void read_at(const unsigned* in, long long index, unsigned* out) { *out = in[index]; }
__global__ void write_at(unsigned char* out, long long index) { out[index] = 1; }

TEST_F(SimtMemory, ReadPastTheEnd) {
  buffer<unsigned> in(16);
  buffer<unsigned> out(1);
  ASSERT_EQ(run(read_at, 1, 1, in.data(), 15, out.data()), cudaSuccess);
  expect_out_of_bounds([&] { return run(read_at, 1, 1, in.data(), 16, out.data()); },
                       "0 bytes past the end of an allocation of 64 bytes");
}

TEST_F(SimtMemory, WritePastTheEnd) {
  buffer<unsigned char> out(32);
  expect_out_of_bounds([&] { return run(write_at, 1, 1, out.data(), 32); }, "write to ");
}

TEST_F(SimtMemory, WriteIntoTheSlackBehindAnOddSize) {
  buffer<unsigned char> out(29);
  expect_out_of_bounds([&] { return run(write_at, 1, 1, out.data(), 29); },
                       "bytes beside an allocation of 29 bytes were overwritten");
}

TEST_F(SimtMemory, WriteBeforeTheBeginning) {
  buffer<unsigned char> out(32);
  expect_out_of_bounds([&] { return run(write_at, 1, 1, out.data(), -1); },
                       "bytes beside an allocation of 32 bytes were overwritten");
}

TEST_F(SimtMemory, UseAfterFree) {
  unsigned char* data = nullptr;
  ASSERT_EQ(cudaMalloc(&data, 64), cudaSuccess);
  ASSERT_EQ(cudaFree(data), cudaSuccess);
  expect_out_of_bounds([&] { return run(write_at, 1, 1, data, 8); },
                       "8 bytes into an allocation of 64 bytes that was freed");
}

TEST_F(SimtMemory, UseAfterStreamOrderedFree) {
  unsigned char* data = nullptr;
  cudaStream_t stream{};
  ASSERT_EQ(cudaStreamCreate(&stream), cudaSuccess);
  ASSERT_EQ(cudaMallocAsync(&data, 64, stream), cudaSuccess);
  cudaLaunchConfig_t config{};
  config.stream = stream;
  ASSERT_EQ(cudaLaunchKernelEx(&config, write_at, data, 3), cudaSuccess);
  ASSERT_EQ(cudaFreeAsync(data, stream), cudaSuccess);
  EXPECT_EQ(simt::control::live_allocations(), 1u);
  ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(simt::control::live_allocations(), 0u);
  expect_out_of_bounds(
      [&] {
        cudaLaunchKernelEx(&config, write_at, data, 3);
        return cudaStreamSynchronize(stream);
      },
      "that was freed");
  cudaStreamDestroy(stream);
}

TEST_F(SimtMemory, NullPointer) {
  if (simt_test::has_address_sanitizer) GTEST_SKIP() << "the sanitizer ends the process";
  EXPECT_EQ(run(write_at, 1, 1, nullptr, 8), cudaErrorIllegalAddress);
  EXPECT_TRUE(diagnosed("a null pointer"));
}

__attribute__((noinline)) unsigned overflow_stack(unsigned depth) {
  volatile unsigned frame[256];
  frame[depth % 256] = depth;
  return depth == ~0u ? 0 : overflow_stack(depth + 1) + frame[(depth + 1) % 256];
}
__global__ void deep(unsigned* out) { *out = overflow_stack(1); }

TEST_F(SimtMemory, StackOverflow) {
  if (simt_test::has_address_sanitizer) GTEST_SKIP() << "the sanitizer ends the process";
  buffer<unsigned> out(1);
  EXPECT_EQ(run(deep, 1, 1, out.data()), cudaErrorLaunchFailure);
  EXPECT_TRUE(diagnosed("the thread's stack overflowed"));
}

__global__ void divide(int* out, int by) { *out = 7 / by; }

TEST_F(SimtMemory, DivisionByZero) {
#if defined(__x86_64__)
  if (simt_test::has_address_sanitizer) GTEST_SKIP() << "the sanitizer ends the process";
  buffer<int> out(1);
  EXPECT_EQ(run(divide, 1, 1, out.data(), 0), cudaErrorLaunchFailure);
  EXPECT_TRUE(diagnosed("integer division by zero"));
#else
  GTEST_SKIP() << "division by zero does not trap on this processor";
#endif
}

__global__ void copy_vector(const unsigned* from, uint4* to) {
  *to = *reinterpret_cast<const uint4*>(from);
}

TEST_F(SimtMemory, MisalignedVector) {
#if defined(__x86_64__) && defined(__OPTIMIZE__)
  if (simt_test::has_address_sanitizer) GTEST_SKIP() << "UBSan reports it and goes on";
  buffer<unsigned> in(8);
  buffer<uint4> out(1);
  ASSERT_EQ(run(copy_vector, 1, 1, in.data() + 4, out.data()), cudaSuccess);
  EXPECT_EQ(run(copy_vector, 1, 1, in.data() + 1, out.data()), cudaErrorMisalignedAddress);
  EXPECT_TRUE(diagnosed("a misaligned vector access"));
#else
  GTEST_SKIP() << "the compiler uses no instruction that traps";
#endif
}

TEST_F(SimtMemory, FreshMemoryIsPoisoned) {
  unsigned* data = nullptr;
  ASSERT_EQ(cudaMalloc(&data, 4), cudaSuccess);
  unsigned host = 0;
  ASSERT_EQ(cudaMemcpy(&host, data, 4, cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_EQ(host, 0xcdcdcdcdu);
  EXPECT_EQ(cudaFree(data), cudaSuccess);
}

struct pair_of_words {
  unsigned a, b;
};

__global__ void shared_objects(unsigned* out) {
  BITWHERE_SHARED(pair_of_words, first);
  BITWHERE_SHARED(pair_of_words, second);
  BITWHERE_DYNAMIC_SHARED(unsigned, dynamic);
  if (threadIdx.x == 0) {
    out[0] = first.a;
    out[1] = dynamic[9];
    first.a = 1;
    second.a = 2;
    dynamic[9] = 3;
  }
  __syncthreads();
  if (threadIdx.x == 1) {
    out[2] = first.a;
    out[3] = second.a;
    out[4] = dynamic[9];
  }
}

cudaError_t run_with_dynamic(void (*kernel)(unsigned*), std::size_t bytes, unsigned* out) {
  cudaLaunchConfig_t config{};
  config.blockDim = 2;
  config.dynamicSmemBytes = bytes;
  const cudaError_t error = cudaLaunchKernelEx(&config, kernel, out);
  return error != cudaSuccess ? error : cudaDeviceSynchronize();
}

TEST_F(SimtMemory, SharedObjectsAreDistinctAndPoisoned) {
  buffer<unsigned> out(5);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(run_with_dynamic(shared_objects, 40, out.data()), cudaSuccess);
    EXPECT_EQ(out.read(), (std::vector<unsigned>{0xcdcdcdcdu, 0xcdcdcdcdu, 1, 2, 3}));
  }
}

TEST_F(SimtMemory, DynamicSharedMemoryNeedsToBeAskedFor) {
  buffer<unsigned> out(5);
  EXPECT_EQ(run_with_dynamic(shared_objects, 49 * 1024, out.data()), cudaErrorInvalidValue);
  EXPECT_EQ(
      cudaFuncSetAttribute(shared_objects, cudaFuncAttributeMaxDynamicSharedMemorySize, 228 * 1024),
      cudaErrorInvalidValue);
  EXPECT_EQ(
      cudaFuncSetAttribute(shared_objects, cudaFuncAttributeMaxDynamicSharedMemorySize, 100 * 1024),
      cudaSuccess);
  EXPECT_EQ(run_with_dynamic(shared_objects, 100 * 1024, out.data()), cudaSuccess);
  cudaFuncAttributes attributes{};
  EXPECT_EQ(cudaFuncGetAttributes(&attributes, shared_objects), cudaSuccess);
  EXPECT_EQ(attributes.maxDynamicSharedSizeBytes, 100 * 1024);
}

TEST_F(SimtMemory, StaticAndDynamicSharedMemoryCountTogether) {
  buffer<unsigned> out(5);
  EXPECT_EQ(run_with_dynamic(shared_objects, 48 * 1024, out.data()), cudaErrorLaunchFailure);
  EXPECT_TRUE(diagnosed("shared memory over the limit"));
}

__global__ void past_dynamic(unsigned* out) {
  BITWHERE_DYNAMIC_SHARED(unsigned, dynamic);
  out[0] = dynamic[4];
}
__global__ void past_static(unsigned* out) {
  BITWHERE_SHARED(pair_of_words, words);
  unsigned* const first = &words.a;
  first[out[0] + 2] = 1;
}

TEST_F(SimtMemory, AccessPastSharedMemory) {
  {
    buffer<unsigned> out(1);
    expect_out_of_bounds([&] { return run_with_dynamic(past_dynamic, 16, out.data()); },
                         "past the end of the dynamic shared memory");
  }
  simt::control::reset();
  buffer<unsigned> out(1);
  expect_out_of_bounds([&] { return run(past_static, 1, 1, out.data()); },
                       "wrote past the end of a shared memory object");
}

TEST_F(SimtMemory, HostAccessToProtectedMemoryDies) {
  simt::control::protect_device_memory(true);
  buffer<unsigned> out(4, 5u);
  ASSERT_EQ(run(write_at, 1, 1, reinterpret_cast<unsigned char*>(out.data()), 0), cudaSuccess);
  EXPECT_EQ(out.read()[0], 1u);
  EXPECT_DEATH(*const_cast<volatile unsigned*>(out.data()) = 1, "");
}

TEST_F(SimtMemory, OtherDevicesMemoryIsOutOfReach) {
  simt::control::set_device_count(2);
  unsigned char* data = nullptr;
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  ASSERT_EQ(cudaMalloc(&data, 16), cudaSuccess);
  ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
  expect_out_of_bounds([&] { return run(write_at, 1, 1, data, 0); }, "on another device");
  cudaFree(data);
}

TEST_F(SimtMemory, PointersKnowWhatTheyAre) {
  buffer<unsigned> device(4);
  void* pinned = nullptr;
  ASSERT_EQ(cudaMallocHost(&pinned, 16), cudaSuccess);
  int local = 0;
  cudaPointerAttributes attributes{};
  ASSERT_EQ(cudaPointerGetAttributes(&attributes, device.data() + 3), cudaSuccess);
  EXPECT_EQ(attributes.type, cudaMemoryTypeDevice);
  ASSERT_EQ(cudaPointerGetAttributes(&attributes, pinned), cudaSuccess);
  EXPECT_EQ(attributes.type, cudaMemoryTypeHost);
  ASSERT_EQ(cudaPointerGetAttributes(&attributes, &local), cudaSuccess);
  EXPECT_EQ(attributes.type, cudaMemoryTypeUnregistered);
  ASSERT_EQ(cudaFreeHost(pinned), cudaSuccess);
}

TEST_F(SimtMemory, CopiesCheckTheirPointers) {
  buffer<unsigned> device(4);
  unsigned host[8] = {};
  EXPECT_EQ(cudaMemcpy(device.data(), host, 20, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(device.data(), host, 16, cudaMemcpyDeviceToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(host, host + 4, 16, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemset(host, 0, 16), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemset(device.data() + 2, 0, 9), cudaErrorInvalidValue);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidValue);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(host, device.data(), 16, cudaMemcpyDefault), cudaSuccess);
  EXPECT_EQ(cudaFree(host), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(device.data() + 1), cudaErrorInvalidValue);
}

TEST_F(SimtMemory, AFullDeviceRefuses) {
  simt::control::set_memory_limit(1000);
  void* first = nullptr;
  void* second = nullptr;
  ASSERT_EQ(cudaMalloc(&first, 600), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&second, 600), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);
  ASSERT_EQ(cudaFreeAsync(first, nullptr), cudaSuccess);
  EXPECT_EQ(cudaMallocAsync(&second, 600, nullptr), cudaSuccess);
  EXPECT_EQ(simt::control::allocation_count(), 3u);
  EXPECT_EQ(simt::control::async_allocation_count(), 1u);
  EXPECT_EQ(simt::control::peak_bytes(), 600u);
  EXPECT_EQ(cudaFree(second), cudaSuccess);
}

TEST_F(SimtMemory, AlignmentCanBeCudas) {
  simt::control::set_allocation_alignment(256);
  buffer<unsigned char> odd(29);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(odd.data()) % 256, 0u);
}

__global__ void third(float* out, float x) { *out = x / 3.0f; }

TEST_F(SimtMemory, KernelsRoundAsTheDeviceDoes) {
  buffer<float> out(1);
  std::fesetround(FE_UPWARD);
  const cudaError_t error = run(third, 1, 1, out.data(), 1.0f);
  const int rounding = std::fegetround();
  std::fesetround(FE_TONEAREST);
  ASSERT_EQ(error, cudaSuccess);
  EXPECT_EQ(rounding, FE_UPWARD);
  EXPECT_EQ(__float_as_uint(out.read()[0]), 0x3eaaaaabu);
}

}  // namespace
