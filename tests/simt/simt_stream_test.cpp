// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "simt_fixture.hpp"

namespace {

using simt_test::buffer;
using simt_test::diagnosed;

__global__ void store(unsigned* out, unsigned value) { *out = value; }
__global__ void increment(unsigned* out) { *out += 1; }

class SimtStream : public simt_test::fresh_device {
 protected:
  void SetUp() override {
    fresh_device::SetUp();
    ASSERT_EQ(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaStreamCreateWithFlags(&other_, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaMallocHost(&pinned_, sizeof *pinned_), cudaSuccess);
    *pinned_ = 0;
  }
  void TearDown() override {
    cudaStreamDestroy(stream_);
    cudaStreamDestroy(other_);
    cudaFreeHost(pinned_);
    fresh_device::TearDown();
  }

  cudaError_t store_on(cudaStream_t stream, unsigned* out, unsigned value) {
    cudaLaunchConfig_t config{};
    config.stream = stream;
    return cudaLaunchKernelEx(&config, store, out, value);
  }

  cudaError_t read_to_pinned(const unsigned* from, cudaStream_t stream) {
    return cudaMemcpyAsync(pinned_, from, sizeof *pinned_, cudaMemcpyDeviceToHost, stream);
  }

  cudaStream_t stream_{};
  cudaStream_t other_{};
  unsigned* pinned_ = nullptr;
};

TEST_F(SimtStream, WorkWaitsForASynchronization) {
  buffer<unsigned> out(1);
  ASSERT_EQ(store_on(stream_, out.data(), 7), cudaSuccess);
  ASSERT_EQ(read_to_pinned(out.data(), stream_), cudaSuccess);
  EXPECT_EQ(*pinned_, 0u) << "a missing synchronisation has to show";
  EXPECT_EQ(simt::control::pending_operations(), 2u);
  ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  EXPECT_EQ(*pinned_, 7u);
  EXPECT_EQ(simt::control::pending_operations(), 0u);
}

TEST_F(SimtStream, StreamsAreOrderedByEventsOnly) {
  buffer<unsigned> out(1);
  cudaEvent_t event{};
  ASSERT_EQ(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), cudaSuccess);
  ASSERT_EQ(store_on(stream_, out.data(), 9), cudaSuccess);
  ASSERT_EQ(read_to_pinned(out.data(), other_), cudaSuccess);
  ASSERT_EQ(cudaStreamSynchronize(other_), cudaSuccess);
  EXPECT_EQ(*pinned_, 0u);
  ASSERT_EQ(cudaEventRecord(event, stream_), cudaSuccess);
  EXPECT_EQ(simt::control::pending_operations(), 2u);
  ASSERT_EQ(cudaStreamWaitEvent(other_, event), cudaSuccess);
  ASSERT_EQ(read_to_pinned(out.data(), other_), cudaSuccess);
  ASSERT_EQ(cudaEventDestroy(event), cudaSuccess);
  ASSERT_EQ(cudaStreamSynchronize(other_), cudaSuccess);
  EXPECT_EQ(*pinned_, 9u);
}

TEST_F(SimtStream, SomeSeedRunsEarlyAndSomeLate) {
  int early = 0;
  for (int seed = 1; seed <= simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<unsigned> out(1);
    *pinned_ = 0;
    ASSERT_EQ(store_on(stream_, out.data(), 7), cudaSuccess);
    ASSERT_EQ(read_to_pinned(out.data(), stream_), cudaSuccess);
    early += *pinned_ == 7u;
    ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
    EXPECT_EQ(*pinned_, 7u);
  }
  EXPECT_GT(early, 0);
  EXPECT_LT(early, simt_test::seeds);
}

TEST_F(SimtStream, PageableSourceIsStagedAndPinnedIsNot) {
  buffer<unsigned> out(2);
  unsigned pageable = 1;
  *pinned_ = 1;
  ASSERT_EQ(cudaMemcpyAsync(out.data(), &pageable, 4, cudaMemcpyHostToDevice, stream_),
            cudaSuccess);
  ASSERT_EQ(cudaMemcpyAsync(out.data() + 1, pinned_, 4, cudaMemcpyHostToDevice, stream_),
            cudaSuccess);
  pageable = 2;
  *pinned_ = 2;
  ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  EXPECT_EQ(out.read(), (std::vector<unsigned>{1, 2}));
}

TEST_F(SimtStream, PageableTargetIsThereOnReturnAndCountsAsASynchronization) {
  buffer<unsigned> out(1);
  ASSERT_EQ(store_on(stream_, out.data(), 5), cudaSuccess);
  const auto before = simt::control::synchronize_count();
  unsigned pageable = 0;
  ASSERT_EQ(cudaMemcpyAsync(&pageable, out.data(), 4, cudaMemcpyDeviceToHost, stream_),
            cudaSuccess);
  EXPECT_EQ(pageable, 5u);
  EXPECT_EQ(simt::control::synchronize_count(), before + 1);
}

TEST_F(SimtStream, LegacyStreamWaitsForBlockingStreams) {
  buffer<unsigned> out(2);
  cudaStream_t blocking{};
  ASSERT_EQ(cudaStreamCreate(&blocking), cudaSuccess);
  ASSERT_EQ(store_on(blocking, out.data(), 3), cudaSuccess);
  ASSERT_EQ(store_on(stream_, out.data() + 1, 4), cudaSuccess);
  unsigned host[2] = {};
  ASSERT_EQ(cudaMemcpy(host, out.data(), 8, cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_EQ(host[0], 3u);
  EXPECT_EQ(host[1], 0u) << "a non-blocking stream does not synchronise with the legacy one";
  ASSERT_EQ(store_on(nullptr, out.data(), 6), cudaSuccess);
  ASSERT_EQ(read_to_pinned(out.data(), blocking), cudaSuccess);
  ASSERT_EQ(cudaStreamSynchronize(blocking), cudaSuccess);
  EXPECT_EQ(*pinned_, 6u);
  ASSERT_EQ(cudaStreamDestroy(blocking), cudaSuccess);
}

TEST_F(SimtStream, QueriesMakeProgress) {
  buffer<unsigned> out(1);
  cudaEvent_t event{};
  ASSERT_EQ(cudaEventCreate(&event), cudaSuccess);
  EXPECT_EQ(cudaStreamQuery(stream_), cudaSuccess);
  ASSERT_EQ(store_on(stream_, out.data(), 1), cudaSuccess);
  ASSERT_EQ(cudaEventRecord(event, stream_), cudaSuccess);
  EXPECT_EQ(cudaEventQuery(event), cudaErrorNotReady);
  int polls = 0;
  while (cudaStreamQuery(stream_) == cudaErrorNotReady) ++polls;
  EXPECT_GT(polls, 0);
  EXPECT_EQ(cudaEventQuery(event), cudaSuccess);
  float milliseconds = -1;
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, event, event), cudaSuccess);
  EXPECT_EQ(milliseconds, 0.0f);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
}

TEST_F(SimtStream, DestroyedStreamFinishesItsWork) {
  buffer<unsigned> out(1);
  cudaStream_t gone{};
  ASSERT_EQ(cudaStreamCreateWithFlags(&gone, cudaStreamNonBlocking), cudaSuccess);
  ASSERT_EQ(store_on(gone, out.data(), 8), cudaSuccess);
  ASSERT_EQ(cudaStreamDestroy(gone), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(gone), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidResourceHandle);
  ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(out.read()[0], 8u);
}

TEST_F(SimtStream, CopyFromMemoryFreedOnAnotherStreamIsDiagnosed) {
  unsigned* data = nullptr;
  ASSERT_EQ(cudaMallocAsync(&data, 4, stream_), cudaSuccess);
  ASSERT_EQ(read_to_pinned(data, other_), cudaSuccess);
  ASSERT_EQ(cudaFreeAsync(data, stream_), cudaSuccess);
  EXPECT_EQ(cudaMemsetAsync(data, 0, 4, stream_), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFreeAsync(data, stream_), cudaErrorInvalidValue);
  ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(other_), cudaErrorIllegalAddress);
  EXPECT_TRUE(diagnosed("freed before its turn"));
}

TEST_F(SimtStream, FreeWaitsForTheDevice) {
  unsigned* data = nullptr;
  ASSERT_EQ(cudaMalloc(&data, 4), cudaSuccess);
  ASSERT_EQ(store_on(stream_, data, 4), cudaSuccess);
  const auto before = simt::control::synchronize_count();
  ASSERT_EQ(cudaFree(data), cudaSuccess);
  EXPECT_EQ(simt::control::synchronize_count(), before + 1);
  EXPECT_EQ(simt::control::pending_operations(), 0u);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
}

TEST_F(SimtStream, CountersCountCalls) {
  buffer<unsigned> out(1);
  const auto copies = simt::control::copy_count();
  const auto syncs = simt::control::synchronize_count();
  ASSERT_EQ(cudaMemsetAsync(out.data(), 0, 4, stream_), cudaSuccess);
  cudaLaunchConfig_t config{};
  config.stream = stream_;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(cudaLaunchKernelEx(&config, increment, out.data()), cudaSuccess);
  }
  ASSERT_EQ(read_to_pinned(out.data(), stream_), cudaSuccess);
  EXPECT_EQ(simt::control::launch_count(), 3u);
  EXPECT_EQ(simt::control::memset_count(), 1u);
  EXPECT_EQ(simt::control::copy_count(), copies + 1);
  EXPECT_EQ(simt::control::synchronize_count(), syncs);
  ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  EXPECT_EQ(simt::control::synchronize_count(), syncs + 1);
  EXPECT_EQ(*pinned_, 3u);
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusActive;
  EXPECT_EQ(cudaStreamIsCapturing(stream_, &status), cudaSuccess);
  EXPECT_EQ(status, cudaStreamCaptureStatusNone);
}

}  // namespace
