// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <bitwhere/dlpack.hpp>
#include <cstddef>

#include "../support/errors.hpp"

// The adapter with whatever dlpack.h the build found.
namespace bitwhere::test {
namespace {

static_assert(offsetof(bw_tensor, data) == offsetof(DLTensor, data));
static_assert(offsetof(bw_tensor, device) == offsetof(DLTensor, device));
static_assert(offsetof(bw_tensor, ndim) == offsetof(DLTensor, ndim));
static_assert(offsetof(bw_tensor, dtype) == offsetof(DLTensor, dtype));
static_assert(offsetof(bw_tensor, shape) == offsetof(DLTensor, shape));
static_assert(offsetof(bw_tensor, strides) == offsetof(DLTensor, strides));
static_assert(offsetof(bw_tensor, byte_offset) == offsetof(DLTensor, byte_offset));
static_assert(sizeof(bw_device) == sizeof(DLDevice) && sizeof(bw_dtype) == sizeof(DLDataType));
static_assert(int{BW_CPU} == int{kDLCPU} && int{BW_CUDA} == int{kDLCUDA});
static_assert(int{BW_CUDA_HOST} == int{kDLCUDAHost});
static_assert(int{BW_INT} == int{kDLInt} && int{BW_UINT} == int{kDLUInt});
static_assert(int{BW_FLOAT} == int{kDLFloat});

struct producer {
  std::vector<float> data{1, -2, 3, -4, 5, -6};
  std::vector<std::int64_t> shape{2, 2};
  std::vector<std::int64_t> strides{3, 1};
  int deleted = 0;

  DLTensor tensor_of(std::int64_t* chosen_strides) {
    DLTensor t = {};
    t.data = data.data();
    t.device = {kDLCPU, 0};
    t.ndim = 2;
    t.dtype = {kDLFloat, 32, 1};
    t.shape = shape.data();
    t.strides = chosen_strides;
    t.byte_offset = 4;
    return t;
  }
};

TEST(Dlpack, ImportsStridesAndOffset) {
  producer from;
  DLManagedTensor managed = {from.tensor_of(from.strides.data()), &from, [](DLManagedTensor* m) {
                               ++static_cast<producer*>(m->manager_ctx)->deleted;
                             }};
  const context cpu("cpu");
  {
    const imported_tensor x = from_dlpack(&managed);
    const tensor kept = where(cpu, x > 0, x, 0);
    const auto values = kept.span<float>();
    EXPECT_EQ(std::vector<float>(values.begin(), values.end()), (std::vector<float>{0, 3, 5, 0}));
    EXPECT_EQ(from.deleted, 0);
  }
  EXPECT_EQ(from.deleted, 1);
}

TEST(Dlpack, TakesNullStridesAsRowMajor) {
  producer from;
  DLManagedTensor managed = {from.tensor_of(nullptr), nullptr, nullptr};
  const imported_tensor x = from_dlpack(&managed);
  EXPECT_TRUE(x.contiguous());
  EXPECT_EQ(x.span<float>()[0], -2);
  EXPECT_EQ(x.span<float>()[3], 5);
}

TEST(Dlpack, PassesByCastToTheCInterface) {
  producer from;
  DLTensor t = from.tensor_of(nullptr);
  const context cpu("cpu");
  const tensor out = empty(cpu, {2, 2}, f32);
  const bw_tensor c_out = out.c();
  cpu.check(bw_copy(cpu.get(), reinterpret_cast<const bw_tensor*>(&t), &c_out));
  EXPECT_EQ(out.span<float>()[3], 5);
}

TEST(Dlpack, ReleasesWhatItRefuses) {
  producer from;
  DLManagedTensor managed = {from.tensor_of(nullptr), &from, [](DLManagedTensor* m) {
                               ++static_cast<producer*>(m->manager_ctx)->deleted;
                             }};
  managed.dl_tensor.ndim = 40;
  expect_error(errc::invalid_shape, {"dlpack"}, [&] { from_dlpack(&managed); });
  EXPECT_EQ(from.deleted, 1);
  expect_error(errc::invalid_argument, {"dlpack"},
               [] { from_dlpack(static_cast<DLManagedTensor*>(nullptr)); });
}

TEST(Dlpack, RefusesLanesWhenUsed) {
  producer from;
  DLTensor t = from.tensor_of(nullptr);
  t.dtype.lanes = 4;
  const context cpu("cpu");
  expect_error(errc::invalid_dtype, {"4 lanes"}, [&] { to(cpu, bitwhere::view(t)); });
}

TEST(Dlpack, ExportsAndFrees) {
  const context cpu("cpu");
  DLManagedTensor* managed = to_dlpack(to(cpu, bitwhere::view(std::vector<float>{1, 2, 3})));
  EXPECT_EQ(managed->dl_tensor.ndim, 1);
  EXPECT_EQ(managed->dl_tensor.shape[0], 3);
  EXPECT_EQ(static_cast<float*>(managed->dl_tensor.data)[2], 3);
  managed->deleter(managed);
}

}  // namespace
}  // namespace bitwhere::test
