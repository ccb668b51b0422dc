// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <algorithm>
#include <bitwhere/nonzero.hpp>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "cub_select.hpp"

// Another library's stream compaction on the same device judges ours, at sizes at which a walk on
// the host would take its time. CUB stores flat indices and values.
namespace bitwhere::test {
namespace {

// Ends of words, of warps and of what a block takes, and counts of blocks that one pass of a block
// over them does not add up.
constexpr std::int64_t sizes[] = {1, 31, 33, 1000, 4096, 65537, (1 << 21) + 77};

// Hits in 1024 elements, and how many neighbours are alike.
struct density {
  std::uint32_t hits;
  std::int64_t block;
};
constexpr density densities[] = {{0, 1},    {1, 1},    {10, 1},  {512, 1},
                                 {512, 64}, {1023, 1}, {1024, 1}};

bool is_hit(const density& of, std::int64_t i) {
  std::uint64_t z = static_cast<std::uint64_t>(i / of.block + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  return ((z ^ (z >> 27)) >> 16) % 1024 < of.hits;
}

// A device; skips, or fails where it was said that there is one.
class CompactionParity : public testing::Test {
 protected:
  void SetUp() override {
    if (cuda_available()) return;
    const char* required = std::getenv("BITWHERE_REQUIRE_CUDA");
    if (required != nullptr && std::string_view(required) == "1") {
      FAIL() << "BITWHERE_REQUIRE_CUDA=1, but no CUDA device can be used";
    }
    GTEST_SKIP() << "no CUDA device: nothing was compared with CUB";
  }
};

// What a call of CUB stores: `select` gets the workspace, the output and the count.
template <class T, class Select>
std::vector<T> selected(const context& gpu, std::int64_t n, dtype type, Select select) {
  const tensor out = empty(gpu, {n}, type);
  const tensor count = empty(gpu, {}, i64);
  auto* const stored = static_cast<T*>(out.data());
  auto* const stored_count = static_cast<std::int64_t*>(count.data());
  const auto stream = static_cast<cudaStream_t>(gpu.stream());
  peer::workspace room;
  EXPECT_EQ(select(room, stored, stored_count, stream), cudaSuccess);
  const tensor memory = empty(gpu, {static_cast<std::int64_t>(room.bytes)}, u8);
  room.data = memory.data();
  EXPECT_EQ(select(room, stored, stored_count, stream), cudaSuccess);
  std::vector<T> host(static_cast<std::size_t>(n));
  copy(gpu, out, tensor_view(host.data(), type, shape_t{n}));
  host.resize(static_cast<std::size_t>(count.item<std::int64_t>()));
  return host;
}

template <class T>
std::vector<T> on_host(const context& gpu, const tensor& from) {
  std::vector<T> out(static_cast<std::size_t>(from.size()));
  copy(gpu, from, tensor_view(out.data(), from.type(), from.shape()));
  return out;
}

// What was found with room for everything: the hits, then the fill.
template <class T>
void expect_same(const context& gpu, const bounded& ours, const std::vector<T>& theirs, T fill) {
  const auto hits = static_cast<std::int64_t>(theirs.size());
  EXPECT_EQ(ours.found.count(), hits);
  EXPECT_EQ(ours.found.overflow(), hits > ours.values.size());
  std::vector<T> right = theirs;
  right.resize(static_cast<std::size_t>(ours.values.size()), fill);
  const std::vector<T> found = on_host<T>(gpu, ours.values);
  const auto differs = std::ranges::mismatch(found, right);
  EXPECT_EQ(differs.in1, found.end()) << "from record " << differs.in1 - found.begin() << " on";
}

template <class Body>
void for_each_case(Body body) {
  for (const std::int64_t n : sizes) {
    for (const density& of : densities) {
      SCOPED_TRACE(testing::Message()
                   << n << " elements, " << of.hits << " of 1024 in blocks of " << of.block);
      body(n, of);
      if (testing::Test::HasFailure()) return;
    }
  }
}

tensor mask_of(const context& gpu, const density& of, std::int64_t n) {
  std::vector<std::uint8_t> host(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) host[static_cast<std::size_t>(i)] = is_hit(of, i) ? 1 : 0;
  return to(gpu, view(host.data(), boolean, {n}));
}

// Of both signs, and no two alike nearby.
tensor values_of(const context& gpu, const density& of, std::int64_t n) {
  std::vector<float> host(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    const auto size = 1 + static_cast<float>(i % 100003);
    host[static_cast<std::size_t>(i)] = is_hit(of, i) ? size : -size;
  }
  return to(gpu, view(host));
}

TEST_F(CompactionParity, FlatIndicesOfAMaskAreThoseOfCub_cuda) {
  const context gpu("cuda:0");
  for_each_case([&](std::int64_t n, const density& of) {
    const tensor mask = mask_of(gpu, of, n);
    const auto theirs = selected<std::int64_t>(
        gpu, n, i64, [&](auto& room, std::int64_t* out, std::int64_t* count, cudaStream_t stream) {
          return peer::cub_flagged_indices(room, static_cast<const std::uint8_t*>(mask.data()), n,
                                           out, count, stream);
        });
    expect_same(gpu, nonzero_static(gpu, mask, n, {.form = index_form::flat}), theirs,
                std::int64_t{-1});
    expect_same(gpu, nonzero_static(gpu, mask, n / 3, {.form = index_form::flat}), theirs,
                std::int64_t{-1});
    EXPECT_TRUE(on_host<std::int64_t>(gpu, flatnonzero(gpu, mask)) == theirs) << "allocating";
  });
}

TEST_F(CompactionParity, FlatIndicesOfAPredicateAreThoseOfCub_cuda) {
  const context gpu("cuda:0");
  for_each_case([&](std::int64_t n, const density& of) {
    const tensor x = values_of(gpu, of, n);
    const auto theirs = selected<std::int64_t>(
        gpu, n, i64, [&](auto& room, std::int64_t* out, std::int64_t* count, cudaStream_t stream) {
          return peer::cub_positive_indices(room, static_cast<const float*>(x.data()), n, out,
                                            count, stream);
        });
    expect_same(gpu, nonzero_static(gpu, x > 0, n, {.form = index_form::flat}), theirs,
                std::int64_t{-1});
  });
}

TEST_F(CompactionParity, ValuesUnderAMaskAreThoseOfCub_cuda) {
  const context gpu("cuda:0");
  for_each_case([&](std::int64_t n, const density& of) {
    const tensor mask = mask_of(gpu, of, n);
    const tensor x = values_of(gpu, densities[3], n);
    const auto theirs = selected<float>(
        gpu, n, f32, [&](auto& room, float* out, std::int64_t* count, cudaStream_t stream) {
          return peer::cub_flagged_values(room, static_cast<const float*>(x.data()),
                                          static_cast<const std::uint8_t*>(mask.data()), n, out,
                                          count, stream);
        });
    expect_same(gpu, masked_select_static(gpu, x, mask, n, {.fill = 7}), theirs, 7.f);
    EXPECT_TRUE(on_host<float>(gpu, masked_select(gpu, x, mask)) == theirs) << "allocating";
  });
}

}  // namespace
}  // namespace bitwhere::test
