// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>

#include "../support/errors.hpp"

// Contexts: choice of device and instruction set, allocators, threads, messages.
namespace bitwhere::test {
namespace {

// Sets a variable for the lifetime of the guard.
class environment {
 public:
  environment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~environment() { unsetenv(name_); }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

 private:
  const char* name_;
};

TEST(Context, ListsCpuFirst) {
  EXPECT_EQ(devices().front(), "cpu");
  EXPECT_EQ(isas().back(), "scalar");
}

TEST(Context, TakesTheBestInstructionSetByDefault) {
  const context cpu("cpu");
  EXPECT_EQ(cpu.isa(), isas().front());
  EXPECT_EQ(cpu.device(), "cpu");
  EXPECT_GE(cpu.threads(), 1);
}

TEST(Context, TakesEveryInstructionSetByName) {
  for (const std::string& isa : isas()) {
    EXPECT_EQ(context({.isa = isa}).isa(), isa);
    const environment chosen("BITWHERE_ISA", isa.c_str());
    EXPECT_EQ(context().isa(), isa);
  }
}

TEST(Context, RefusesUnknownNamesWhoeverGaveThem) {
  expect_error(errc::unavailable, {"tpu", "cpu"}, [] { context("tpu"); });
  expect_error(errc::unavailable, {"cuda:x"}, [] { context("cuda:x"); });
  expect_error(errc::unavailable, {"cuda:99"}, [] { context("cuda:99"); });
  expect_error(errc::unavailable, {"sse9", "scalar"}, [] { context({.isa = "sse9"}); });
  {
    const environment chosen("BITWHERE_DEVICE", "abacus");
    expect_error(errc::unavailable, {"abacus"}, [] { context(); });
    EXPECT_EQ(context("cpu").device(), "cpu") << "an explicit name comes before the environment";
  }
  const environment chosen("BITWHERE_ISA", "mmx");
  expect_error(errc::unavailable, {"mmx"}, [] { context(); });
}

TEST(Context, SaysWhyThereIsNoCuda) {
  if (cuda_available()) GTEST_SKIP() << "there is a CUDA device";
  const char* why[] = {"", "without CUDA", "no NVIDIA driver", "too old", "no GPU"};
  expect_error(errc::unavailable, {why[bw_cuda()]}, [] { context("cuda:0"); });
}

TEST(Context, RefusesNonsense) {
  expect_error(errc::invalid_argument, {"threads", "-2"}, [] { context({.threads = -2}); });
  int dummy = 0;
  expect_error(errc::invalid_argument, {"stream"}, [&] { context({.stream = &dummy}); });
  EXPECT_EQ(bw_context_create(nullptr, nullptr), BW_INVALID_ARGUMENT);
  bw_context_options options = {};
  bw_context* made = nullptr;
  EXPECT_EQ(bw_context_create(&options, &made), BW_INVALID_ARGUMENT);
  EXPECT_EQ(made, nullptr);
  bw_allocator half = {};
  options.struct_bytes = sizeof(options);
  options.allocator = &half;
  EXPECT_EQ(bw_context_create(&options, &made), BW_INVALID_ARGUMENT);
  bw_context_destroy(nullptr);
}

TEST(Context, SaysNothingOfNoContext) {
  EXPECT_STREQ(bw_context_device(nullptr), "");
  EXPECT_STREQ(bw_context_isa(nullptr), "");
  EXPECT_EQ(bw_context_threads(nullptr), 0);
  EXPECT_EQ(bw_context_stream(nullptr), nullptr);
  EXPECT_EQ(bw_context_memory(nullptr).type, 0);
  EXPECT_EQ(bw_synchronize(nullptr), BW_INVALID_ARGUMENT);
}

// No exception crosses the C interface, whatever a callback does.
TEST(Context, TurnsExceptionsOfCallbacksIntoErrors) {
  const context cpu({.device = "cpu", .trace = [](const bw_trace_record&) { throw 7; }});
  const std::vector<float> x{1};
  expect_error(errc::internal, {"unknown type"}, [&] { where(cpu, bitwhere::view(x) > 0, 1, 0); });
}

TEST(Context, KeepsItsLastMessage) {
  const context cpu("cpu");
  EXPECT_STREQ(bw_message(cpu.get()), "");
  EXPECT_EQ(bw_copy(cpu.get(), nullptr, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_NE(std::string(bw_message(cpu.get())).find("from"), std::string::npos);
}

TEST(Context, DescribesDevicesAndInstructionSets) {
  bw_device_info device = {};
  EXPECT_EQ(bw_device_describe(0, &device), BW_INVALID_ARGUMENT);
  device.struct_bytes = sizeof(device);
  EXPECT_EQ(bw_device_describe(0, &device), BW_OK);
  EXPECT_STREQ(device.name, "cpu");
  EXPECT_NE(std::strlen(device.description), 0u);
  EXPECT_EQ(bw_device_describe(bw_device_count(), &device), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_device_describe(-1, &device), BW_INVALID_ARGUMENT);
  bw_isa_info isa = {};
  isa.struct_bytes = sizeof(isa);
  EXPECT_EQ(bw_isa_describe(bw_isa_count() - 1, &isa), BW_OK);
  EXPECT_STREQ(isa.name, "scalar");
  EXPECT_EQ(bw_isa_describe(bw_isa_count(), &isa), BW_INVALID_ARGUMENT);
}

TEST(Context, NamesEveryStatus) {
  for (int s = BW_OK; s <= BW_INTERNAL; ++s) {
    EXPECT_STRNE(bw_status_name(static_cast<bw_status>(s)), "unknown");
  }
  EXPECT_STREQ(bw_status_name(static_cast<bw_status>(15)), "unknown");
  EXPECT_EQ(bw_version(),
            10000 * BITWHERE_VERSION_MAJOR + 100 * BITWHERE_VERSION_MINOR + BITWHERE_VERSION_PATCH);
  EXPECT_EQ(bw_bits_version(), 1);
}

// Everything the library takes it gives back, by the caller's functions and no others.
struct counting_allocator {
  std::map<void*, std::size_t> live;
  int taken = 0;
  bool empty = false;

  bw_allocator c() {
    return {this,
            [](void* user, std::size_t bytes, std::size_t alignment, bw_device, void*) -> void* {
              auto& self = *static_cast<counting_allocator*>(user);
              if (self.empty) return nullptr;
              ++self.taken;
              void* p =
                  std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
              self.live[p] = bytes;
              return p;
            },
            [](void* user, void* p, std::size_t bytes, bw_device, void*) {
              auto& self = *static_cast<counting_allocator*>(user);
              EXPECT_EQ(self.live.at(p), bytes);
              self.live.erase(p);
              std::free(p);
            }};
  }
};

TEST(Context, HasNoMemoryBeyondAddresses) {
  const context cpu("cpu");
  for (const std::size_t past : {std::size_t{0}, std::size_t{1}, std::size_t{1} << 20}) {
    void* memory = nullptr;
    EXPECT_EQ(bw_allocate(cpu.get(), SIZE_MAX - past, &memory), BW_OUT_OF_MEMORY);
    EXPECT_EQ(memory, nullptr);
  }
}

TEST(Context, AllocatesByTheCallersFunctions) {
  counting_allocator counting;
  const bw_allocator functions = counting.c();
  {
    const context cpu({.device = "cpu", .allocator = &functions});
    const tensor x = to(cpu, bitwhere::view(std::vector<std::int64_t>{0, 1, 1}));
    confusion seen = confusion_matrix(cpu, x, x, {.classes = 2});
    const int before = counting.taken;
    EXPECT_GT(before, 0);
    seen.add(x, x);
    EXPECT_EQ(counting.taken, before) << "a second call of the same size took new workspace";
    counting.empty = true;
    expect_error(errc::out_of_memory, {"bytes"}, [&] { empty(cpu, {3}, f32); });
  }
  EXPECT_TRUE(counting.live.empty());
}

TEST(Context, AllocatesNothingForNothing) {
  const context cpu("cpu");
  void* pointer = &pointer;
  EXPECT_EQ(bw_allocate(cpu.get(), 0, &pointer), BW_OK);
  EXPECT_EQ(pointer, nullptr);
  EXPECT_EQ(bw_free(cpu.get(), nullptr, 0), BW_OK);
  EXPECT_EQ(bw_allocate(cpu.get(), 10, nullptr), BW_INVALID_ARGUMENT);
}

// A tensor outlives the handle that made it.
TEST(Context, LivesAsLongAsItsTensors) {
  auto cpu = std::make_unique<context>("cpu");
  tensor x = to(*cpu, bitwhere::view(std::vector<float>{3}));
  cpu.reset();
  EXPECT_EQ(x.item<float>(), 3);
  tensor y = std::move(x);
  EXPECT_EQ(y.item<float>(), 3);
}

TEST(Context, ContextsAreIndependent) {
  std::vector<std::thread> threads;
  std::vector<std::int64_t> counted(6);
  for (std::size_t i = 0; i < counted.size(); ++i) {
    threads.emplace_back([&counted, i] {
      const context own({.threads = 1 + static_cast<int>(i % 3)});
      const std::vector<std::int64_t> labels(100000, static_cast<std::int64_t>(i));
      for (int repeat = 0; repeat < 5; ++repeat) {
        counted[i] += accuracy(own, bitwhere::view(labels), bitwhere::view(labels)).correct;
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(counted, std::vector<std::int64_t>(6, 500000));
}

}  // namespace
}  // namespace bitwhere::test
