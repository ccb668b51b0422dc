// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <bitwhere/dlpack.hpp>

#include "../support/errors.hpp"
#include "../support/random.hpp"

// Versioned imports: the version first, then the flags, then anything else.
namespace bitwhere::test {
namespace {

static_assert(int{BW_BOOL} == int{kDLBool} && int{BW_COMPLEX} == int{kDLComplex});
static_assert(int{BW_CUDA_MANAGED} == int{kDLCUDAManaged});

struct shipment {
  std::vector<float> data = std::vector<float>(64, 1.0f);
  std::vector<std::int64_t> shape{4};
  int deleted = 0;
  DLManagedTensorVersioned managed = {};

  shipment() {
    managed.version = {1, 1};
    managed.manager_ctx = this;
    managed.deleter = [](DLManagedTensorVersioned* m) {
      ++static_cast<shipment*>(m->manager_ctx)->deleted;
    };
    managed.dl_tensor = {data.data(), {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, shape.data(), nullptr, 0};
  }
};

TEST(DlpackVersioned, RefusesAnotherMajorVersionUntouched) {
  shipment s;
  s.managed.version.major = 2;
  s.managed.dl_tensor.shape = reinterpret_cast<std::int64_t*>(8);  // must not be read
  expect_error(errc::unavailable, {"version 2"}, [&] { from_dlpack(&s.managed); });
  EXPECT_EQ(s.deleted, 1);
}

TEST(DlpackVersioned, TakesANewerMinorVersion) {
  shipment s;
  s.managed.version.minor = 9;
  EXPECT_EQ(from_dlpack(&s.managed).size(), 4);
  EXPECT_EQ(s.deleted, 1);
}

TEST(DlpackVersioned, RefusesToWriteReadOnlyTensors) {
  shipment s;
  s.managed.flags = DLPACK_FLAG_BITMASK_READ_ONLY;
  const context cpu("cpu");
  const imported_tensor x = from_dlpack(&s.managed);
  EXPECT_TRUE(x.read_only());
  EXPECT_EQ(where(cpu, x > 0, x, 0).span<float>()[0], 1);
  expect_error(errc::read_only, {"out"}, [&] { where(cpu, x > 0, 0, x, x); });
}

TEST(DlpackVersioned, Exports) {
  const context cpu("cpu");
  DLManagedTensorVersioned* managed = to_dlpack_versioned(empty(cpu, {2, 3}, boolean));
  EXPECT_EQ(managed->version.major, 1u);
  EXPECT_EQ(managed->flags, 0u);
  EXPECT_EQ(managed->dl_tensor.dtype.code, kDLBool);
  managed->deleter(managed);
}

// Headers of every kind of nonsense: an error or a valid view, and always one release.
TEST(DlpackVersioned, SurvivesNonsense) {
  random_integers random(60);
  const context cpu("cpu");
  for (int round = 0; round < 5000; ++round) {
    shipment s;
    DLTensor& t = s.managed.dl_tensor;
    std::vector<std::int64_t> shape(static_cast<std::size_t>(random.below(20)));
    for (std::int64_t& size : shape) {
      // Negative, or more elements than addresses.
      size = random.below(8) == 0 ? static_cast<std::int64_t>(random.next() | 1ULL << 60)
                                  : random.below(3);
    }
    std::vector<std::int64_t> strides(shape.size());
    for (std::int64_t& stride : strides) stride = random.below(3) - 1;
    t.ndim = random.below(10) == 0 ? static_cast<std::int32_t>(random.next())
                                   : static_cast<std::int32_t>(shape.size());
    if (t.ndim > static_cast<std::int32_t>(shape.size())) t.ndim = 17;
    t.shape = shape.data();
    t.strides = random.below(2) == 0 ? nullptr : strides.data();
    t.dtype.code = static_cast<std::uint8_t>(random.below(4) == 0 ? random.below(20) : 2);
    t.dtype.bits = static_cast<std::uint8_t>(random.below(4) == 0 ? random.below(256) : 32);
    t.dtype.lanes = static_cast<std::uint16_t>(random.below(8) == 0 ? random.below(5) : 1);
    t.data = random.below(8) == 0 ? nullptr : s.data.data() + 32;
    t.device.device_type = static_cast<DLDeviceType>(random.below(8) == 0 ? random.below(20) : 1);
    s.managed.version.major = static_cast<std::uint32_t>(random.below(10) == 0 ? 3 : 1);
    std::int64_t elements = 1;
    for (const std::int64_t size : shape) elements *= size > 0 && size < 3 ? size : 1;
    if (elements > 16) continue;  // would leave the buffer: the producer's promise, not ours
    try {
      const imported_tensor x = from_dlpack(&s.managed);
      to(cpu, x);
    } catch (const error&) {
    }
    EXPECT_EQ(s.deleted, 1);
  }
}

}  // namespace
}  // namespace bitwhere::test
