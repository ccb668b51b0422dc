// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <simt/control.hpp>

#include "../support/array.hpp"
#include "../support/errors.hpp"

// The cuda device as a whole, on the emulated runtime, which counts what it is asked for and can
// play a machine without a driver.
namespace bitwhere::test {
namespace {

class EmulatedDevice : public testing::Test {
 protected:
  void SetUp() override { simt::control::reset(); }
  void TearDown() override { simt::control::reset(); }
};

TEST_F(EmulatedDevice, EnqueuesWithoutWaitingOrAllocating) {
  const context gpu("cuda:0");
  const tensor x = to(gpu, bitwhere::view(std::vector<float>(10000, 1.0f)));
  const tensor labels = to(gpu, bitwhere::view(std::vector<std::int64_t>(10000, 1)));
  const tensor out = empty(gpu, {10000}, f32);
  const tensor counts = empty(gpu, {2}, i64);
  confusion seen(gpu, {.classes = 3});
  gpu.synchronize();
  const auto waits = simt::control::synchronize_count();
  const auto allocations = simt::control::async_allocation_count();
  const auto launches = simt::control::launch_count();
  where(gpu, x > 0, x, 0, out);
  seen.add(labels, labels);
  const bw_tensor c_labels = labels.c();
  const bw_tensor c_counts = counts.c();
  bw_label_options c_options = {};
  c_options.struct_bytes = sizeof c_options;
  c_options.class_dim = 1;
  gpu.check(bw_accuracy(gpu.get(), &c_labels, &c_labels, &c_options, &c_counts));
  safe_log(gpu, x, {.otherwise = -1}, out);
  safe_div(gpu, x, out, {}, out);
  EXPECT_EQ(simt::control::synchronize_count(), waits);
  EXPECT_EQ(simt::control::async_allocation_count(), allocations);
  EXPECT_EQ(simt::control::launch_count(), launches + 5) << "one launch an operation";
}

TEST_F(EmulatedDevice, SumsLossesWithoutWaitingOrAllocating) {
  const context gpu("cuda:0");
  const tensor x = to(gpu, bitwhere::view(std::vector<float>(10000, 1.0f)));
  const tensor target = to(gpu, bitwhere::view(std::vector<std::int64_t>(10000, 1)));
  const tensor each = empty(gpu, {10000}, f32);
  const tensor mean = empty(gpu, {}, f32);
  const tensor_view logits(x.data(), f32, shape_t{100, 100}, {}, gpu.memory());
  const tensor_view labels(target.data(), i64, shape_t{100}, {}, gpu.memory());
  const tensor_view weights(x.data(), f32, shape_t{100}, {}, gpu.memory());
  const tensor of_pixels = empty(gpu, {100}, f32);
  const data_report report(gpu);
  const auto compute = [&] {
    binary_cross_entropy_with_logits(gpu, x, target, {.mask = x > 0}, mean, report.c());
    binary_cross_entropy(gpu, x, target, {.reduction = loss_reduction::none}, each, report.c());
    cross_entropy(gpu, logits, labels, {.weight = weights}, mean, report.c());
    nll_loss(gpu, logits, labels, {.reduction = loss_reduction::none}, of_pixels, report.c());
  };
  compute();  // the workspace is kept since the first call
  gpu.synchronize();
  const auto waits = simt::control::synchronize_count();
  const auto allocations = simt::control::async_allocation_count();
  const auto launches = simt::control::launch_count();
  compute();
  EXPECT_EQ(simt::control::synchronize_count(), waits);
  EXPECT_EQ(simt::control::async_allocation_count(), allocations);
  EXPECT_EQ(simt::control::launch_count(), launches + 6) << "one for terms, two for a mean";
}

// What a gradient's scale takes stays on the device.
TEST_F(EmulatedDevice, GradientsWithoutWaitingOrAllocating) {
  const context gpu("cuda:0");
  const tensor x = to(gpu, bitwhere::view(std::vector<float>(10000, 1.0f), {100, 100}));
  const tensor target = to(gpu, bitwhere::view(std::vector<std::int64_t>(100, 1)));
  const tensor weights = to(gpu, bitwhere::view(std::vector<float>(100, 2.0f)));
  const tensor of_pixels = empty(gpu, {100}, f32);
  const tensor result = empty(gpu, {}, f32);
  const tensor gradient = empty(gpu, {100, 100}, f32);
  const auto sum = loss_reduction::sum;
  const auto each = loss_reduction::none;
  const auto compute = [&] {
    cross_entropy(gpu, x, target, {.weight = weights, .gradient = gradient}, result);
    cross_entropy(gpu, x, target, {.reduction = sum, .gradient = gradient}, result);
    cross_entropy(gpu, x, target, {.reduction = each, .gradient = gradient, .upstream = weights},
                  of_pixels);
    cross_entropy(
        gpu, x, target,
        {.weight = weights, .label_smoothing = 0.1, .reduction = sum, .gradient = gradient},
        result);
    binary_cross_entropy(gpu, x, x, {.gradient = gradient}, result);
    binary_cross_entropy(gpu, x, x, {.reduction = sum, .gradient = gradient}, result);
  };
  compute();
  gpu.synchronize();
  const auto waits = simt::control::synchronize_count();
  const auto allocations = simt::control::async_allocation_count();
  const auto launches = simt::control::launch_count();
  compute();
  EXPECT_EQ(simt::control::synchronize_count(), waits);
  EXPECT_EQ(simt::control::async_allocation_count(), allocations);
  EXPECT_EQ(simt::control::launch_count(), launches + 4 + 2 + 1 + 3 + 4 + 2)
      << "two for a sum, two more for what a mean is divided by, one for the weights of smoothing";
}

// Those of operations, too: a launch for each gradient, one more for the divisors of a mean under a
// condition and one for its quotients.
TEST_F(EmulatedDevice, GradientsOfOperationsWithoutWaiting) {
  const context gpu("cuda:0");
  const tensor x = to(gpu, bitwhere::view(std::vector<float>(6000, 1.5f), {20, 300}));
  const tensor upstream = to(gpu, bitwhere::view(std::vector<float>(6000, 2.0f), {20, 300}));
  const tensor by_row = to(gpu, bitwhere::view(std::vector<float>(20, 2.0f)));
  const tensor full = empty(gpu, {20, 300}, f32);
  const tensor other = empty(gpu, {20, 300}, f32);
  const tensor row = empty(gpu, {300}, f32);
  const auto compute = [&] {
    where_gradient(gpu, x > 1, upstream, {.x = full, .y = row});
    mean_gradient(gpu, by_row, {.where = x > 1, .dims = {1}}, full);
    sum_gradient(gpu, by_row, {.dims = {1}}, full);
    safe_log_gradient(gpu, x, upstream, {}, full);
    safe_div_gradient(gpu, x, upstream, upstream, {}, {.x = full, .y = other});
  };
  compute();
  gpu.synchronize();
  const auto waits = simt::control::synchronize_count();
  const auto launches = simt::control::launch_count();
  compute();
  EXPECT_EQ(simt::control::synchronize_count(), waits);
  EXPECT_LE(simt::control::launch_count(), launches + (1 + 2) + (2 + 2) + 1 + 1 + 2);
}

// Whatever a call needs beside its arguments the context has kept since the first.
TEST_F(EmulatedDevice, SelectsWithoutWaitingOrAllocating) {
  const context gpu("cuda:0");
  std::vector<float> values(10000, 0.0F);
  for (std::size_t i = 0; i < values.size(); i += 3) values[i] = 1;
  const tensor x = to(gpu, bitwhere::view(values, {100, 100}));
  const tensor rows = empty(gpu, {5000, 2}, i64);
  const tensor columns = empty(gpu, {2, 100}, i32);
  const tensor chosen = empty(gpu, {5000}, f32);
  const found counted(gpu);
  const auto select = [&] {
    nonzero(gpu, x > 0, {}, rows, counted.c());
    nonzero(gpu, x > 0, {.form = index_form::columns}, columns, counted.c());
    masked_select(gpu, x, x > 0, {.fill = 7}, chosen, counted.c());
  };
  select();
  gpu.synchronize();
  const auto waits = simt::control::synchronize_count();
  const auto allocations = simt::control::allocation_count();
  const auto pinned = simt::control::host_allocation_count();
  const auto launches = simt::control::launch_count();
  select();
  EXPECT_EQ(simt::control::synchronize_count(), waits);
  EXPECT_EQ(simt::control::allocation_count(), allocations);
  EXPECT_EQ(simt::control::host_allocation_count(), pinned);
  EXPECT_LE(simt::control::launch_count(), launches + 3 * 4U) << "four launches a call";
  EXPECT_EQ(counted.count(), 3334);
}

// Reductions and what their partials need: two launches a call at most, and no wait.
TEST_F(EmulatedDevice, ReducesWithoutWaitingOrAllocating) {
  const context gpu("cuda:0");
  const tensor x = to(gpu, bitwhere::view(std::vector<float>(30000, 1.5F), {100, 300}));
  const tensor whole = empty(gpu, {}, f32);
  const tensor rows = empty(gpu, {100}, f64);
  const tensor columns = empty(gpu, {300}, i64);
  const data_report report(gpu);
  partial total(gpu, reducer::mean, x);
  const partial more(gpu, reducer::mean, x);
  const auto reduce_all = [&] {
    sum(gpu, x, {}, whole);
    mean(gpu, x, {.where = x > 1, .dims = {1}}, rows, report.c());
    argmax(gpu, x, {.dims = {0}}, columns);
    total.merge(more);
    total.finish(whole, report.c());
  };
  reduce_all();
  gpu.synchronize();
  const auto waits = simt::control::synchronize_count();
  const auto allocations = simt::control::allocation_count();
  const auto launches = simt::control::launch_count();
  reduce_all();
  EXPECT_EQ(simt::control::synchronize_count(), waits);
  EXPECT_EQ(simt::control::allocation_count(), allocations);
  EXPECT_LE(simt::control::launch_count(), launches + 5 * 2U) << "two launches a call";
  EXPECT_EQ(report.count(), 0);
}

// A call that allocates as much as there are hits waits for their number, as bringing any number to
// the host does, and for nothing else.
TEST_F(EmulatedDevice, WaitsOnceForACount) {
  const context gpu("cuda:0");
  std::vector<float> values(10000, 0.0F);
  for (std::size_t i = 0; i < values.size(); i += 3) values[i] = 1;
  const tensor x = to(gpu, bitwhere::view(values, {100, 100}));
  const tensor number = empty(gpu, {}, i64);
  EXPECT_EQ(nonzero(gpu, x > 0).shape()[0], 3334);
  const auto waits_of = [](const auto& call) {
    const auto before = simt::control::synchronize_count();
    call();
    return simt::control::synchronize_count() - before;
  };
  const auto once = waits_of([&] { (void)number.item<std::int64_t>(); });
  const auto allocations = simt::control::allocation_count();
  EXPECT_EQ(waits_of([&] { nonzero(gpu, x > 0, {.form = index_form::flat}); }), once);
  EXPECT_EQ(waits_of([&] { masked_select(gpu, x, x > 0); }), once);
  EXPECT_EQ(simt::control::allocation_count(), allocations + 2) << "of the results";
}

TEST_F(EmulatedDevice, LaunchesNothingForEmptyTensors) {
  const context gpu("cuda:0");
  const tensor x = empty(gpu, {0, 3}, f32);
  const auto launches = simt::control::launch_count();
  EXPECT_EQ(where(gpu, x > 0, x, 0).size(), 0);
  EXPECT_EQ(nonzero(gpu, x > 0).size(), 0);
  EXPECT_EQ(masked_select(gpu, x, x > 0).size(), 0);
  nonzero(gpu, x > 0, {.keep_rest = true}, empty(gpu, {3, 2}, i64));
  nonzero(gpu, x > 0, {}, empty(gpu, {0, 2}, i64));
  EXPECT_EQ(
      confusion_matrix(gpu, empty(gpu, {0}, u8), empty(gpu, {0}, u8), {.classes = 2}).host_counts(),
      (std::vector<std::int64_t>(4)));
  EXPECT_EQ(simt::control::launch_count(), launches);
}

TEST_F(EmulatedDevice, UsesTheCallersStream) {
  cudaStream_t stream = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  {
    const context gpu({.device = "cuda:0", .stream = stream});
    EXPECT_EQ(gpu.stream(), stream);
    const tensor x = to(gpu, bitwhere::view(std::vector<float>{-1, 2}));
    const tensor out = where(gpu, x > 0, x, 0);
    EXPECT_EQ(cudaStreamQuery(stream), cudaErrorNotReady) << "the call waited for its kernel";
    std::vector<float> host(2);
    copy(gpu, out, bitwhere::view(host));
    EXPECT_EQ(host, (std::vector<float>{0, 2}));
  }
  // The stream was lent: it is still there.
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(EmulatedDevice, GivesItsMemoryBack) {
  const auto before = simt::control::live_allocations();
  {
    const context gpu("cuda:0");
    const tensor x = to(gpu, bitwhere::view(std::vector<float>(1000)).permute({0}));
    confusion_matrix(gpu, empty(gpu, {0}, u8), empty(gpu, {0}, u8), {.classes = 9});
    const tensor y = where(gpu, x > 0, x, 0);
  }
  EXPECT_EQ(simt::control::live_allocations(), before);
}

// A fault on the device comes back as an error that names the call, and no exception escapes.
TEST_F(EmulatedDevice, ReportsWhatGoesWrongOnTheDevice) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the address sanitizer ends the process at the fault";
#endif
  const context gpu("cuda:0");
  const tensor x = to(gpu, bitwhere::view(std::vector<float>(64)));
  const tensor out = empty(gpu, {1 << 20}, f32);
  const tensor_view too_long(x.data(), f32, shape_t{1 << 20}, {}, gpu.memory());
  where(gpu, too_long > 0, too_long, 0, out);
  expect_error(errc::cuda_error, {"cudaStreamSynchronize", "cudaErrorIllegalAddress"},
               [&] { gpu.synchronize(); });
  simt::control::reset();
}

// The same where the failing call holds temporaries: leaving it must not end the process.
TEST_F(EmulatedDevice, ReportsWhatGoesWrongBeforeAStridedCopy) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the address sanitizer ends the process at the fault";
#endif
  const context gpu("cuda:0");
  const tensor x = to(gpu, bitwhere::view(std::vector<float>(64), {8, 8}));
  const tensor out = empty(gpu, {1 << 20}, f32);
  const tensor_view too_long(x.data(), f32, shape_t{1 << 20}, {}, gpu.memory());
  where(gpu, too_long > 0, too_long, 0, out);
  std::vector<float> host(64);
  expect_error(errc::cuda_error, {"cudaErrorIllegalAddress"}, [&] {
    copy(gpu, x.permute({1, 0}), bitwhere::view(host, {8, 8}));
  });
  simt::control::reset();
}

// Streams of two contexts are not ordered; a tensor that is handed over is waited for.
TEST_F(EmulatedDevice, HandsTensorsFromContextToContext) {
  simt::control::set_device_count(2);
  const context first("cuda:0");
  for (const char* device : {"cuda:0", "cuda:1", "cpu"}) {
    const context second(device);
    const tensor x = to(first, bitwhere::view(std::vector<float>{1, -1}));
    const tensor chosen = where(first, x > 0, x, 5);
    const tensor handed = to(second, chosen);
    std::vector<float> host(2);
    copy(second, handed, bitwhere::view(host));
    EXPECT_EQ(host, (std::vector<float>{1, 5})) << device;
  }
}

TEST_F(EmulatedDevice, ReportsThatMemoryIsOut) {
  const context gpu("cuda:0");
  simt::control::set_memory_limit(1 << 20);
  expect_error(errc::out_of_memory, {"cudaErrorMemoryAllocation"},
               [&] { empty(gpu, {1 << 22}, f32); });
}

TEST_F(EmulatedDevice, TellsAMissingDriverFromAnOldOne) {
  simt::control::set_driver(0);
  EXPECT_EQ(bw_cuda(), BW_CUDA_NO_DRIVER);
  EXPECT_EQ(devices(), std::vector<std::string>{"cpu"});
  expect_error(errc::unavailable, {"cuda:0", "no NVIDIA driver", "cpu"}, [] { context("cuda:0"); });
  EXPECT_EQ(context("cpu").device(), "cpu");
  simt::control::set_driver(12000);
  EXPECT_EQ(bw_cuda(), BW_CUDA_DRIVER_TOO_OLD);
  expect_error(errc::unavailable, {"too old"}, [] { context("cuda:0"); });
  simt::control::reset();
  simt::control::set_device_count(0);
  EXPECT_EQ(bw_cuda(), BW_CUDA_NO_DEVICE);
  expect_error(errc::unavailable, {"no GPU"}, [] { context("cuda:0"); });
}

TEST_F(EmulatedDevice, KeepsDevicesApart) {
  simt::control::set_device_count(2);
  EXPECT_EQ(devices(), (std::vector<std::string>{"cpu", "cuda:0", "cuda:1"}));
  const context first("cuda:0");
  const context second("cuda:1");
  const tensor x = to(first, bitwhere::view(std::vector<float>{1, -1}));
  expect_error(errc::invalid_device, {"condition", "cuda:0", "cuda:1"},
               [&] { where(second, x > 0, 1, 0); });
  const tensor y = to(second, bitwhere::view(std::vector<float>{1, -1}));
  EXPECT_EQ(to(context("cpu"), where(second, y > 0, y, 0)).span<float>()[1], 0);
  int current = -1;
  ASSERT_EQ(cudaGetDevice(&current), cudaSuccess);
  EXPECT_EQ(current, 0) << "the caller's current device was changed";
}

}  // namespace
}  // namespace bitwhere::test
