// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <algorithm>
#include <thread>
#include <vector>

#include "simt_fixture.hpp"

namespace {

using simt_test::buffer;
using simt_test::diagnosed;
using simt_test::run;
using SimtSchedule = simt_test::fresh_device;

__global__ void coordinates(unsigned* out) {
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  atomicAdd(&out[block * 24 + thread], 1u + thread);
}

TEST_F(SimtSchedule, EveryThreadRunsOnceWithItsCoordinates) {
  for (int seed = 0; seed < simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<unsigned> out(30 * 24);
    ASSERT_EQ(run(coordinates, dim3(2, 3, 5), dim3(4, 3, 2), out.data()), cudaSuccess);
    const auto got = out.read();
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i], 1 + i % 24);
  }
}

__global__ void count_in_order(int* next, int* order) {
  order[blockIdx.x * blockDim.x + threadIdx.x] = atomicAdd(next, 1);
}

std::vector<int> observed_order(std::uint64_t seed) {
  simt::control::set_seed(seed);
  buffer<int> next(1);
  buffer<int> order(256);
  EXPECT_EQ(run(count_in_order, 8, 32, next.data(), order.data()), cudaSuccess);
  return order.read();
}

TEST_F(SimtSchedule, SeedZeroIsSequentialAndOthersAreReproducible) {
  const auto sequential = observed_order(0);
  EXPECT_TRUE(std::is_sorted(sequential.begin(), sequential.end()));
  const auto first = observed_order(1);
  EXPECT_NE(first, sequential);
  EXPECT_NE(first, observed_order(2));
  EXPECT_EQ(first, observed_order(1));
  auto sorted = first;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, sequential);
}

__global__ void atomics(unsigned* u, int* s, unsigned long long* wide) {
  const unsigned t = blockIdx.x * blockDim.x + threadIdx.x;
  const int i = static_cast<int>(t);
  atomicAdd(&u[0], t);
  atomicSub(&u[1], 1u);
  atomicMin(&u[2], t);
  atomicMax(&u[3], t);
  atomicAnd(&u[4], ~(1u << t % 32));
  atomicOr(&u[5], 1u << t % 32);
  atomicXor(&u[6], t);
  atomicInc(&u[7], 9u);
  atomicMin(&s[0], -i);
  atomicMax(&s[1], -i);
  atomicAdd(&s[2], -1);
  atomicAdd(&wide[0], 1ull << 33);
  atomicMax(&wide[1], 1ull * t << 40);
  unsigned seen = u[8];
  for (unsigned expected = ~seen; expected != seen;) {
    expected = seen;
    seen = atomicCAS(&u[8], expected, expected + 2u);
  }
  if (atomicExch(&u[9], 1u) == 0u) atomicAdd(&u[10], 1u);
}

TEST_F(SimtSchedule, AtomicsLoseNothingInAnyOrder) {
  constexpr unsigned n = 192;
  for (int seed = 0; seed < simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<unsigned> u(11);
    buffer<int> s(3);
    buffer<unsigned long long> wide(2);
    cudaMemset(u.data() + 4, 0xff, 4);
    ASSERT_EQ(run(atomics, 3, 64, u.data(), s.data(), wide.data()), cudaSuccess);
    const std::vector<unsigned> want{n * (n - 1) / 2, 0u - n, 0, n - 1, 0, ~0u, 0,
                                     n % 10,          2 * n,  1, 1};
    EXPECT_EQ(u.read(), want);
    EXPECT_EQ(s.read(), (std::vector<int>{-191, 0, -192}));
    EXPECT_EQ(wide.read(), (std::vector<unsigned long long>{192ull << 33, 191ull << 40}));
  }
}

__global__ void last_arriver(unsigned* partial, unsigned* ticket, unsigned* result) {
  if (threadIdx.x != 0) return;
  partial[blockIdx.x] = blockIdx.x;
  __threadfence();
  if (atomicInc(ticket, gridDim.x - 1) != gridDim.x - 1) return;
  unsigned sum = 0;
  for (unsigned i = 0; i < gridDim.x; ++i) sum += partial[i];
  *result = sum;
}

TEST_F(SimtSchedule, LastArriverSeesEveryBlock) {
  for (int seed = 0; seed < simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<unsigned> partial(50);
    buffer<unsigned> ticket(1);
    buffer<unsigned> result(1);
    ASSERT_EQ(run(last_arriver, 50, 32, partial.data(), ticket.data(), result.data()), cudaSuccess);
    EXPECT_EQ(result.read()[0], 1225u);
    EXPECT_EQ(ticket.read()[0], 0u);
  }
}

// Broken: nothing separates the stores from the loads of other threads.
__global__ void missing_barrier(unsigned* out) {
  BITWHERE_SHARED(unsigned[256], values);
  values[threadIdx.x] = threadIdx.x;
  out[threadIdx.x] = values[255 - threadIdx.x];
}

TEST_F(SimtSchedule, MissingBarrierShowsInTheResult) {
  int wrong = 0;
  for (int seed = 0; seed < simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<unsigned> out(256);
    ASSERT_EQ(run(missing_barrier, 1, 256, out.data()), cudaSuccess);
    const auto got = out.read();
    bool is_right = true;
    for (unsigned i = 0; i < 256; ++i) is_right = is_right && got[i] == 255 - i;
    wrong += !is_right;
  }
  EXPECT_EQ(wrong, simt_test::seeds);
}

// Broken: a second round overwrites what slow threads have yet to read.
__global__ void missing_second_barrier(unsigned* out) {
  BITWHERE_SHARED(unsigned[64], values);
  unsigned sum = 0;
  for (unsigned round = 0; round < 4; ++round) {
    values[threadIdx.x] = round;
    __syncthreads();
    sum += values[(threadIdx.x + 33) % 64];
  }
  out[threadIdx.x] = sum;
}

TEST_F(SimtSchedule, MissingSecondBarrierShowsForSomeSeed) {
  int wrong = 0;
  for (int seed = 1; seed <= simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<unsigned> out(64);
    ASSERT_EQ(run(missing_second_barrier, 1, 64, out.data()), cudaSuccess);
    wrong += out.read() != std::vector<unsigned>(64, 6u);
  }
  EXPECT_GT(wrong, 0);
}

// Broken: a plain increment where an atomic one belongs; the fence stands for any delay.
__global__ void lost_update(unsigned* counter) {
  const unsigned seen = *counter;
  __threadfence();
  *counter = seen + 1;
}

TEST_F(SimtSchedule, LostUpdateShowsForSomeSeed) {
  int wrong = 0;
  for (int seed = 1; seed <= simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<unsigned> counter(1);
    ASSERT_EQ(run(lost_update, 2, 64, counter.data()), cudaSuccess);
    wrong += counter.read()[0] != 128u;
  }
  EXPECT_GT(wrong, 0);
}

__global__ void wait_for_later_block(unsigned* flag) {
  if (blockIdx.x == 0) {
    while (atomicAdd(&flag[0], 0u) == 0u) {
    }
    flag[1] = 7;
  } else if (threadIdx.x == 0) {
    atomicExch(&flag[0], 1u);
  }
}

TEST_F(SimtSchedule, SpinOnALaterBlockNeedsTwoResidentBlocks) {
  simt::control::set_resident_blocks(2);
  {
    buffer<unsigned> flag(2);
    ASSERT_EQ(run(wait_for_later_block, 2, 32, flag.data()), cudaSuccess);
    EXPECT_EQ(flag.read()[1], 7u);
  }
  simt::control::set_resident_blocks(1);
  buffer<unsigned> flag(2);
  EXPECT_EQ(run(wait_for_later_block, 2, 32, flag.data()), cudaErrorLaunchFailure);
  EXPECT_TRUE(diagnosed("no progress: the threads spin"));
  EXPECT_TRUE(diagnosed("32 in an atomic"));
}

__global__ void poll_volatile(volatile unsigned* flag) {
  if (blockIdx.x == 1) {
    flag[0] = 1;
    return;
  }
  while (flag[0] == 0) __nanosleep(20);
}

__global__ void poll_uncached(unsigned* flag) {
  if (blockIdx.x == 1) {
    *flag = 1;
    return;
  }
  while (__ldcv(flag) == 0) {
  }
}

TEST_F(SimtSchedule, PollingLetsOthersRun) {
  for (int seed = 0; seed < simt_test::seeds; ++seed) {
    simt::control::set_seed(static_cast<unsigned>(seed));
    buffer<unsigned> flag(2);
    ASSERT_EQ(run(poll_volatile, 2, 1, flag.data()), cudaSuccess);
    ASSERT_EQ(run(poll_uncached, 2, 1, flag.data() + 1), cudaSuccess);
  }
}

__global__ void busy(unsigned* total, unsigned amount) {
  BITWHERE_SHARED(unsigned[64], values);
  values[threadIdx.x] = amount;
  __syncthreads();
  atomicAdd(total, values[63 - threadIdx.x]);
}

TEST_F(SimtSchedule, FourHostThreadsShareTheDevice) {
  simt::control::set_seed(5);
  std::vector<unsigned> totals(4);
  std::vector<std::thread> hosts;
  for (unsigned h = 0; h < 4; ++h) {
    hosts.emplace_back([h, &totals] {
      cudaStream_t stream{};
      EXPECT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
      unsigned* total = nullptr;
      EXPECT_EQ(cudaMallocAsync(&total, 4, stream), cudaSuccess);
      EXPECT_EQ(cudaMemsetAsync(total, 0, 4, stream), cudaSuccess);
      cudaLaunchConfig_t config{};
      config.gridDim = 4;
      config.blockDim = 64;
      config.stream = stream;
      for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(cudaLaunchKernelEx(&config, busy, total, h + 1), cudaSuccess);
      }
      EXPECT_EQ(cudaMemcpyAsync(&totals[h], total, 4, cudaMemcpyDeviceToHost, stream), cudaSuccess);
      EXPECT_EQ(cudaFreeAsync(total, stream), cudaSuccess);
      EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
      EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
    });
  }
  for (auto& host : hosts) host.join();
  for (unsigned h = 0; h < 4; ++h) EXPECT_EQ(totals[h], 20u * 256u * (h + 1));
}

}  // namespace
