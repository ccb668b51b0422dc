// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <array>

#include "simt_fixture.hpp"

namespace {

using simt_test::buffer;
using simt_test::run;
using SimtCollectives = simt_test::fresh_device;

constexpr unsigned full = 0xffffffffu;

__global__ void shuffles(int* out) {
  const int lane = static_cast<int>(threadIdx.x);
  int* row = out + lane;
  row[0] = __shfl_sync(full, lane, 5);
  row[32] = __shfl_sync(full, lane, 1, 8);
  row[64] = __shfl_up_sync(full, lane, 3);
  row[96] = __shfl_down_sync(full, lane, 3, 16);
  row[128] = __shfl_xor_sync(full, lane, 7);
  row[160] = __shfl_xor_sync(full, lane, 16, 16);
}

TEST_F(SimtCollectives, ShuffleReadsTheLaneThatCudaReads) {
  for (int seed = 0; seed < simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<int> out(192);
    ASSERT_EQ(run(shuffles, 1, 32, out.data()), cudaSuccess);
    const auto got = out.read();
    for (std::size_t i = 0; i < 32; ++i) {
      const int lane = static_cast<int>(i);
      EXPECT_EQ(got[i], 5);
      EXPECT_EQ(got[i + 32], lane / 8 * 8 + 1);
      EXPECT_EQ(got[i + 64], lane < 3 ? lane : lane - 3);
      EXPECT_EQ(got[i + 96], lane % 16 + 3 < 16 ? lane + 3 : lane);
      EXPECT_EQ(got[i + 128], lane ^ 7);
      EXPECT_EQ(got[i + 160], lane < 16 ? lane : lane - 16);
    }
  }
}

__global__ void wide_shuffles(double* out, unsigned long long* bits) {
  out[threadIdx.x] = __shfl_xor_sync(full, 0.5 + threadIdx.x, 1);
  bits[threadIdx.x] = __shfl_down_sync(full, (1ull << 40) + threadIdx.x, 1);
}

TEST_F(SimtCollectives, ShuffleMovesEightBytes) {
  buffer<double> out(32);
  buffer<unsigned long long> bits(32);
  ASSERT_EQ(run(wide_shuffles, 1, 32, out.data(), bits.data()), cudaSuccess);
  EXPECT_EQ(out.read()[6], 7.5);
  EXPECT_EQ(bits.read()[6], (1ull << 40) + 7);
}

__global__ void half_warps(int* out) {
  const bool low = threadIdx.x < 16;
  const unsigned mask = low ? 0x0000ffffu : 0xffff0000u;
  const int value = static_cast<int>(threadIdx.x);
  // Two groups of one warp in different code at a time.
  out[threadIdx.x] = low ? __shfl_xor_sync(mask, value, 1) : __shfl_xor_sync(mask, value, 3);
  __syncwarp(mask);
}

TEST_F(SimtCollectives, ShuffleReadsItsMask) {
  for (int seed = 0; seed < simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<int> out(32);
    ASSERT_EQ(run(half_warps, 1, 32, out.data()), cudaSuccess);
    const auto got = out.read();
    for (int i = 0; i < 32; ++i) {
      EXPECT_EQ(got[static_cast<std::size_t>(i)], i < 16 ? i ^ 1 : i ^ 3);
    }
  }
}

__global__ void votes(unsigned* out) {
  const unsigned lane = threadIdx.x % 32;
  unsigned* row = out + threadIdx.x;
  row[0] = __ballot_sync(full, lane % 3 == 0);
  row[64] = static_cast<unsigned>(__any_sync(full, threadIdx.x == 40));
  row[128] = static_cast<unsigned>(__all_sync(full, threadIdx.x < 32));
  row[192] = __match_any_sync(full, lane / 8);
  int all_equal = -1;
  row[256] = __match_all_sync(full, threadIdx.x / 33, &all_equal);
  row[320] = static_cast<unsigned>(all_equal);
}

TEST_F(SimtCollectives, VotesCountTheWarpOnly) {
  buffer<unsigned> out(384);
  ASSERT_EQ(run(votes, 1, 64, out.data()), cudaSuccess);
  const auto got = out.read();
  unsigned thirds = 0;
  for (unsigned i = 0; i < 32; i += 3) thirds |= 1u << i;
  for (std::size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(got[i], thirds);
    EXPECT_EQ(got[i + 64], i < 32 ? 0u : 1u);
    EXPECT_EQ(got[i + 128], i < 32 ? 1u : 0u);
    EXPECT_EQ(got[i + 192], 0xffu << i % 32 / 8 * 8);
    EXPECT_EQ(got[i + 256], i < 32 ? full : 0u);
    EXPECT_EQ(got[i + 320], i < 32 ? 1u : 0u);
  }
}

__global__ void reductions(int* out) {
  const int value = static_cast<int>(threadIdx.x) - 10;
  const auto bits = static_cast<unsigned>(value);
  const int results[] = {
      __reduce_add_sync(full, value),
      __reduce_min_sync(full, value),
      __reduce_max_sync(full, value),
      static_cast<int>(__reduce_add_sync(full, bits)),
      static_cast<int>(__reduce_min_sync(full, bits)),
      static_cast<int>(__reduce_max_sync(full, bits)),
      static_cast<int>(__reduce_and_sync(full, bits | 4u)),
      static_cast<int>(__reduce_or_sync(full, threadIdx.x)),
      static_cast<int>(__reduce_xor_sync(full, threadIdx.x + 1u)),
  };
  for (int i = 0; i < 9; ++i) out[i * 32 + static_cast<int>(threadIdx.x)] = results[i];
}

TEST_F(SimtCollectives, ReductionsGiveEveryLaneTheResult) {
  buffer<int> out(9 * 32);
  ASSERT_EQ(run(reductions, 1, 32, out.data()), cudaSuccess);
  const std::array<int, 9> want{176, -10, 21, 176, 0, -1, 4, 31, 32};
  const auto got = out.read();
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i], want[i / 32]) << i;
}

__global__ void barriers(int* out) {
  const int t = static_cast<int>(threadIdx.x);
  const int count = __syncthreads_count(t % 3 == 0);
  const int every = __syncthreads_and(t < 100);
  const int some = __syncthreads_or(t == 70);
  const int none = __syncthreads_or(0);
  out[t] = count * 1000 + every * 100 + some * 10 + none;
}

TEST_F(SimtCollectives, BarriersCountTheBlock) {
  for (int seed = 0; seed < simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<int> out(100);
    ASSERT_EQ(run(barriers, 1, 100, out.data()), cudaSuccess);
    for (const int got : out.read()) EXPECT_EQ(got, 34110);
  }
}

__global__ void early_exit(int* out) {
  if (threadIdx.x >= 40) return;
  BITWHERE_SHARED(int[64], values);
  values[threadIdx.x] = static_cast<int>(threadIdx.x);
  __syncthreads();
  out[threadIdx.x] = values[39 - threadIdx.x];
}

TEST_F(SimtCollectives, ExitedThreadsReleaseTheBarrier) {
  for (int seed = 0; seed < simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<int> out(40);
    ASSERT_EQ(run(early_exit, 3, 64, out.data()), cudaSuccess);
    EXPECT_EQ(out.read()[0], 39);
  }
}

struct tile {
  unsigned values[256];
};

__global__ void block_sum(const unsigned* in, unsigned* out) {
  BITWHERE_SHARED(tile, partial);
  partial.values[threadIdx.x] = in[blockIdx.x * blockDim.x + threadIdx.x];
  for (unsigned half = blockDim.x / 2; half != 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) partial.values[threadIdx.x] += partial.values[threadIdx.x + half];
  }
  if (threadIdx.x == 0) out[blockIdx.x] = partial.values[0];
}

TEST_F(SimtCollectives, SharedMemoryBelongsToItsBlock) {
  for (int seed = 0; seed < simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<unsigned> in(8 * 256, 3u);
    buffer<unsigned> out(8);
    ASSERT_EQ(run(block_sum, 8, 256, in.data(), out.data()), cudaSuccess);
    for (const unsigned got : out.read()) EXPECT_EQ(got, 768u);
  }
}

}  // namespace
