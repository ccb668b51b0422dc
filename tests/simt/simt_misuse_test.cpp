// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
// One deliberately broken kernel a check: the launch fails as on a device, the process lives on,
// and the diagnosis names the mistake.
#include <stdexcept>

#include "simt_fixture.hpp"

namespace {

using simt_test::buffer;
using simt_test::diagnosed;
using simt_test::launch;
using simt_test::run;

constexpr unsigned full = 0xffffffffu;

class SimtMisuse : public simt_test::fresh_device {
 protected:
  /// Runs under several schedules and expects the same words from each.
  void expect(const char* text, void (*kernel)(unsigned*), dim3 block) {
    for (unsigned seed = 0; seed < 6; ++seed) {
      simt::control::reset();
      simt::control::set_seed(seed);
      buffer<unsigned> out(256);
      EXPECT_EQ(run(kernel, 1, block, out.data()), cudaErrorLaunchFailure);
      EXPECT_TRUE(diagnosed(text)) << "seed " << seed;
    }
  }
};

__global__ void lane_outside_own_mask(unsigned* out) {
  out[threadIdx.x] = __ballot_sync(0x0000ffffu, 1);
}
TEST_F(SimtMisuse, LaneOutsideItsOwnMask) {
  expect("is not named in its own mask 0x0000ffff", lane_outside_own_mask, 32);
}

__global__ void absent_lanes(unsigned* out) { out[threadIdx.x] = __shfl_sync(full, 1u, 0); }
TEST_F(SimtMisuse, MaskNamesLanesThatDoNotExist) {
  expect("names lane 20, which has exited or does not exist", absent_lanes, 20);
}

__global__ void half_exits(unsigned* out) {
  if (threadIdx.x % 2 == 0) return;
  out[threadIdx.x] = __shfl_xor_sync(full, threadIdx.x, 1);
}
TEST_F(SimtMisuse, MaskNamesLanesThatExit) { expect("exit", half_exits, 32); }

__global__ void different_collectives(unsigned* out) {
  if (threadIdx.x < 16) {
    out[threadIdx.x] = __shfl_sync(full, threadIdx.x, 0);
  } else {
    out[threadIdx.x] = __ballot_sync(full, 1);
  }
}
TEST_F(SimtMisuse, LanesDisagreeOnTheCollective) {
  expect("divergent collective", different_collectives, 32);
}

__global__ void different_masks(unsigned* out) {
  out[threadIdx.x] = __ballot_sync(threadIdx.x < 16 ? full : 0xffff8000u, 1);
}
TEST_F(SimtMisuse, LanesDisagreeOnTheMask) { expect("divergent collective", different_masks, 32); }

__global__ void different_sizes(unsigned* out) {
  if (threadIdx.x < 16) {
    out[threadIdx.x] = __shfl_sync(full, 1u, 0);
  } else {
    out[threadIdx.x] = static_cast<unsigned>(__shfl_sync(full, 1ull, 0));
  }
}
TEST_F(SimtMisuse, LanesDisagreeOnTheSize) { expect("of another form", different_sizes, 32); }

__global__ void source_outside_mask(unsigned* out) {
  if (threadIdx.x < 8) out[threadIdx.x] = __shfl_xor_sync(0xffu, threadIdx.x, 8);
}
TEST_F(SimtMisuse, ShuffleReadsALaneOutsideItsMask) {
  expect("which lies outside mask 0x000000ff", source_outside_mask, 32);
}

__global__ void odd_width(unsigned* out) { out[0] = __shfl_sync(full, 1u, 0, 12); }
TEST_F(SimtMisuse, ShuffleWidthIsNoPowerOfTwo) {
  expect("width 12 is not a power of two", odd_width, 32);
}

__global__ void split_barrier(unsigned* out) {
  if (threadIdx.x < 64) {
    out[0] = 1;
    __syncthreads();
  } else {
    __syncthreads();
  }
}
TEST_F(SimtMisuse, ThreadsStandAtDifferentBarriers) {
  expect("threads of one block stand at different barriers", split_barrier, 128);
}

__global__ void barrier_against_shuffle(unsigned* out) {
  if (threadIdx.x < 31) {
    __syncthreads();
  } else {
    out[0] = __shfl_sync(full, 1u, 0);
  }
}
TEST_F(SimtMisuse, DeadlockNamesWhereThreadsWait) {
  expect("deadlock: every thread of the resident blocks waits", barrier_against_shuffle, 32);
  EXPECT_TRUE(diagnosed("31 in __syncthreads"));
  EXPECT_TRUE(diagnosed("1 in __shfl_sync, first thread (31,0,0)"));
  EXPECT_TRUE(diagnosed("simt_misuse_test.cpp:"));
}

__global__ void spin_forever(unsigned* out) {
  while (atomicAdd(out, 0u) == 0u) {
  }
}
TEST_F(SimtMisuse, EndlessSpin) { expect("no progress", spin_forever, 32); }

__global__ void too_much_static(unsigned* out) {
  BITWHERE_SHARED(char[40 * 1024], first);
  BITWHERE_SHARED(char[9 * 1024], second);
  first[0] = second[0] = 1;
  out[0] = 1;
}
TEST_F(SimtMisuse, StaticSharedMemoryOverTheLimit) {
  expect("static shared memory over 48 KB", too_much_static, 32);
}

__global__ void traps(unsigned*) { __trap(); }
TEST_F(SimtMisuse, Trap) { expect("__trap was called", traps, 32); }

__global__ void throws(unsigned*) { throw std::runtime_error("no"); }
TEST_F(SimtMisuse, ExceptionLeavesTheKernel) { expect("a C++ exception left", throws, 32); }

__global__ void misaligned_atomic(unsigned* out) {
  atomicAdd(reinterpret_cast<unsigned long long*>(out + 1), 1ull);
}
TEST_F(SimtMisuse, MisalignedAtomic) {
  buffer<unsigned> out(4);
  EXPECT_EQ(run(misaligned_atomic, 1, 1, out.data()), cudaErrorMisalignedAddress);
  EXPECT_TRUE(diagnosed("misaligned atomic"));
}

__global__ void calls_the_host(unsigned* out) {
  out[0] = static_cast<unsigned>(cudaDeviceSynchronize());
}
TEST_F(SimtMisuse, KernelCallsTheHostInterface) {
  buffer<unsigned> out(1);
  ASSERT_EQ(run(calls_the_host, 1, 1, out.data()), cudaSuccess);
  EXPECT_EQ(out.read()[0], static_cast<unsigned>(cudaErrorNotPermitted));
}

TEST_F(SimtMisuse, DeviceFunctionOnTheHost) {
  EXPECT_THROW(__syncthreads(), std::logic_error);
  unsigned plain = 1;
  EXPECT_EQ(atomicAdd(&plain, 2u), 1u);
  EXPECT_EQ(plain, 3u);
}

__global__ void fine(unsigned* out) { out[threadIdx.x] = 1; }
TEST_F(SimtMisuse, FailureIsAsynchronousAndSticky) {
  buffer<unsigned> out(32);
  ASSERT_EQ(launch(traps, 1, 1, out.data()), cudaSuccess);
  EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(nullptr), cudaErrorLaunchFailure);
  EXPECT_EQ(launch(fine, 1, 32, out.data()), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure);
  void* data = nullptr;
  EXPECT_EQ(cudaMalloc(&data, 4), cudaErrorLaunchFailure);
  EXPECT_NE(simt::control::last_diagnosis(), "");
  simt::control::reset();
  EXPECT_EQ(simt::control::last_diagnosis(), "");
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(run(fine, 1, 32, out.data()), cudaSuccess);
  EXPECT_EQ(out.read()[31], 1u);
}

}  // namespace
