// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cstring>

#include "simt_fixture.hpp"

namespace {

using simt_test::buffer;
using simt_test::launch;
using SimtDevice = simt_test::fresh_device;

__global__ void nothing() {}
__global__ void store_pair(uint4* out, const unsigned low, double high) {
  out[blockIdx.x] = make_uint4(low, blockIdx.x, static_cast<unsigned>(high), 0);
}

TEST_F(SimtDevice, WithoutDriverTheCountIsUntouched) {
  simt::control::set_driver(0);
  int count = 77;
  int version = -1;
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorInsufficientDriver);
  EXPECT_EQ(count, 77);
  EXPECT_EQ(cudaDriverGetVersion(&version), cudaSuccess);
  EXPECT_EQ(version, 0);
  void* data = nullptr;
  EXPECT_EQ(cudaMalloc(&data, 4), cudaErrorInsufficientDriver);
  EXPECT_EQ(launch(nothing, 1, 1), cudaErrorInsufficientDriver);
  simt::control::set_driver(12000);
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorInsufficientDriver);
  EXPECT_EQ(cudaDriverGetVersion(&version), cudaSuccess);
  EXPECT_EQ(version, 12000);
}

TEST_F(SimtDevice, WithoutDeviceNothingRuns) {
  simt::control::set_device_count(0);
  int count = 77;
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorNoDevice);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(cudaSetDevice(0), cudaErrorNoDevice);
}

TEST_F(SimtDevice, DescribesItself) {
  cudaDeviceProp properties{};
  ASSERT_EQ(cudaGetDeviceProperties(&properties, 0), cudaSuccess);
  EXPECT_STREQ(properties.name, "emulated CUDA device (simt)");
  EXPECT_EQ(properties.major, 9);
  EXPECT_EQ(properties.multiProcessorCount, 4);
  int value = 0;
  simt::control::set_multiprocessors(6);
  ASSERT_EQ(cudaDeviceGetAttribute(&value, cudaDevAttrMultiProcessorCount, 0), cudaSuccess);
  EXPECT_EQ(value, 6);
  ASSERT_EQ(cudaDeviceGetAttribute(&value, cudaDevAttrMaxSharedMemoryPerBlockOptin, 0),
            cudaSuccess);
  EXPECT_EQ(value, 232448);
  EXPECT_EQ(cudaDeviceGetAttribute(&value, cudaDevAttrWarpSize, 3), cudaErrorInvalidDevice);
  int blocks = 0;
  ASSERT_EQ(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, nothing, 256, 0), cudaSuccess);
  EXPECT_EQ(blocks, 8);
  ASSERT_EQ(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, nothing, 64, 100 * 1024),
            cudaSuccess);
  EXPECT_EQ(blocks, 2);
}

TEST_F(SimtDevice, TwoDevicesKeepTheirStreamsApart) {
  simt::control::set_device_count(2);
  cudaStream_t stream{};
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  ASSERT_EQ(cudaStreamCreate(&stream), cudaSuccess);
  int device = -1;
  EXPECT_EQ(cudaStreamGetDevice(stream, &device), cudaSuccess);
  EXPECT_EQ(device, 1);
  ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
  cudaLaunchConfig_t config{};
  config.stream = stream;
  EXPECT_EQ(cudaLaunchKernelEx(&config, nothing), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaSetDevice(2), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(SimtDevice, InvalidConfigurationIsRefusedAtOnce) {
  EXPECT_EQ(launch(nothing, 0, 32), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(nothing, 1, 0), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(nothing, 1, 1025), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(nothing, 1, dim3(64, 32, 1)), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(nothing, dim3(1, 65536), 32), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(launch(nothing, dim3(1, 65535), dim3(32, 32)), cudaSuccess);
  EXPECT_EQ(simt::control::launch_count(), 1u);
}

TEST_F(SimtDevice, AttributesThatChangeMeaningAreRefused) {
  cudaLaunchAttribute attribute{};
  cudaLaunchConfig_t config{};
  config.attrs = &attribute;
  config.numAttrs = 1;
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  EXPECT_EQ(cudaLaunchKernelEx(&config, nothing), cudaSuccess);
  attribute.id = cudaLaunchAttributeCooperative;
  attribute.val.cooperative = 1;
  EXPECT_EQ(cudaLaunchKernelEx(&config, nothing), cudaErrorNotSupported);
}

TEST_F(SimtDevice, ArgumentsAreCopiedAtTheCall) {
  buffer<uint4> out(2);
  uint4* data = out.data();
  unsigned low = 3;
  double high = 8;
  void* arguments[] = {&data, &low, &high};
  ASSERT_EQ(cudaLaunchKernel(store_pair, 2, 1, arguments), cudaSuccess);
  low = 4;
  high = 9;
  const auto got = out.read();
  EXPECT_EQ(got[1].x, 3u);
  EXPECT_EQ(got[1].y, 1u);
  EXPECT_EQ(got[1].z, 8u);
}

TEST_F(SimtDevice, ErrorsHaveNamesAndTexts) {
  EXPECT_STREQ(cudaGetErrorName(cudaErrorIllegalAddress), "cudaErrorIllegalAddress");
  EXPECT_STREQ(cudaGetErrorString(cudaErrorMemoryAllocation), "out of memory");
  EXPECT_STREQ(cudaGetErrorName(static_cast<cudaError_t>(12345)), "unrecognized error code");
}

}  // namespace
