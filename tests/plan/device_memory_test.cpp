// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/plan/clean_plan.hpp"
#include "src/plan/color_plan.hpp"
#include "src/plan/count_plan.hpp"
#include "src/plan/label_plan.hpp"

// Memory of a GPU is not the host's to read. An emulated device would not notice, so tensors lie
// here in a page that nobody may touch.
namespace bitwhere::plan {
namespace {

class DeviceMemory : public testing::Test {
 protected:
  void SetUp() override {
    bytes_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    page_ = mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(page_, MAP_FAILED);
  }
  void TearDown() override { munmap(page_, bytes_); }

  bw_tensor tensor_at(std::size_t byte, bw_dtype type, std::int64_t* strides = nullptr) {
    return {static_cast<char*>(page_) + byte, {BW_CUDA, 0}, 1, type, shape_, strides, 0};
  }

  placement on_{{BW_CUDA, 0}};
  std::int64_t shape_[1] = {4};
  std::int64_t three_[1] = {3};

 private:
  void* page_ = nullptr;
  std::size_t bytes_ = 0;
};

constexpr bw_dtype u8 = {BW_UINT, 8, 1};
constexpr bw_dtype i32 = {BW_INT, 32, 1};
constexpr bw_dtype i64 = {BW_INT, 64, 1};
constexpr bw_dtype f32 = {BW_FLOAT, 32, 1};

TEST_F(DeviceMemory, IsNotReadByPlans) {
  const bw_tensor x = tensor_at(0, f32);
  const bw_tensor whole = tensor_at(128, i32);
  const bw_tensor out = tensor_at(256, f32);
  const bw_operand zero = {nullptr, {BW_SCALAR_INT, 0, {.integer = 0}}};
  const bw_condition positive = {sizeof(positive), BW_GT, 0, &x, zero, nullptr, nullptr};
  EXPECT_EQ(plan_where(on_, &positive, {&x, {}}, {&whole, {}}, &out).args.s.elements, 4);
  EXPECT_EQ(plan_copy(checked(&x, "x"), checked(&out, "out")).args.s.elements, 4);

  const bw_tensor cleaned = tensor_at(512, i32);
  EXPECT_TRUE(plan_clean(on_, &whole, nullptr, &cleaned, nullptr).copies);
  EXPECT_FALSE(plan_clean(on_, &x, nullptr, &out, nullptr).copies);

  const std::int32_t all[] = {0};
  const bw_reduction over = {sizeof(over), all, 0, 0, 0};
  bw_tensor count = tensor_at(1024, i64);
  count.ndim = 0;
  EXPECT_EQ(plan_count(on_, &positive, &over, &count).outputs, 1);
  const bw_tensor strided = tensor_at(1024, f32, three_);
  EXPECT_EQ(plan_copy(checked(&x, "x"), checked(&strided, "out")).args.s.elements, 4);
}

TEST_F(DeviceMemory, IsNotReadByPlansOfPixels) {
  std::int64_t rows[] = {4, 3};
  const auto table = [&](std::size_t byte, bw_dtype type) {
    bw_tensor out = tensor_at(byte, type);
    out.ndim = 2;
    out.shape = rows;
    return out;
  };
  const bw_tensor target = tensor_at(0, i32);
  const bw_tensor scores = table(128, f32);
  const bw_operand zero = {nullptr, {BW_SCALAR_INT, 0, {.integer = 0}}};
  const bw_condition positive = {sizeof(positive), BW_GT, 0, &target, zero, nullptr, nullptr};
  const bw_label_options options = {sizeof(options), 3, nullptr, 0, 0, 0, 1, &positive, 2};
  std::int64_t square[] = {3, 3};
  bw_tensor counts = table(1024, i64);
  counts.shape = square;
  auto* const report = static_cast<bw_report*>(tensor_at(2048, i64).data);
  EXPECT_EQ(plan_confusion(on_, &scores, &target, &options, &counts, report).args.pixels.s.elements,
            4);
  std::int64_t two[] = {2};
  bw_tensor pair = tensor_at(1024, i64);
  pair.shape = two;
  EXPECT_EQ(plan_accuracy(on_, &target, &target, &options, &pair).args.pixels.s.elements, 4);
  const bw_tensor index = tensor_at(512, i32);
  EXPECT_EQ(plan_argmax(on_, &scores, 1, &index).args.s.elements, 4);

  const bw_tensor palette = table(600, u8);
  const bw_tensor image = table(700, u8);
  const bw_color_options colors = {sizeof(colors), nullptr, 0, 0, -1, 0, 255, {}, {}, 0};
  EXPECT_EQ(plan_colorize(on_, &target, &palette, &image, &colors, &image, report).args.s.elements,
            4);
  const bw_decolorize_options back = {sizeof(back), 0, 0, -1, 0};
  EXPECT_EQ(plan_decolorize(on_, &image, &palette, &back, &index, report).args.s.elements, 4);
}

// Of tensors of rank 0 only those of the host are read.
TEST_F(DeviceMemory, OfRankZeroIsLeftToTheKernel) {
  const bw_tensor x = tensor_at(0, f32);
  const bw_tensor out = tensor_at(256, f32);
  bw_tensor single = tensor_at(64, f32);
  single.ndim = 0;
  float host_value = 2;
  bw_tensor host = single;
  host.data = &host_value;
  const bw_operand zero = {nullptr, {BW_SCALAR_INT, 0, {.integer = 0}}};
  const bw_condition positive = {sizeof(positive), BW_GT, 0, &x, zero, nullptr, nullptr};
  EXPECT_NE(plan_where(on_, &positive, {&x, {}}, {&single, {}}, &out).args.y.data, nullptr);
  for (const bw_device_type pinned_or_not : {BW_CPU, BW_CUDA_HOST}) {
    host.device = {pinned_or_not, 0};
    EXPECT_EQ(plan_where(on_, &positive, {&x, {}}, {&host, {}}, &out).args.y.data, nullptr);
  }
}

}  // namespace
}  // namespace bitwhere::plan
