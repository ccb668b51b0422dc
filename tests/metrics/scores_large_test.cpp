// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.h>
#include <sys/mman.h>

#include <cstdint>
#include <vector>

namespace bitwhere::test {
namespace {

// The most classes there can be: 8 GiB of counts, of which few pages are ever touched.
TEST(Large, ScoresOf32768Classes) {
  constexpr std::int64_t classes = 32768;
  constexpr std::size_t bytes = std::size_t{8} * classes * classes;
  void* const room = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) GTEST_SKIP() << "needs " << (bytes >> 20) << " MiB of address space";
  auto* const counts = static_cast<std::int64_t*>(room);
  counts[0] = 3;
  counts[classes - 1] = 1;              // target 0, prediction 32767
  counts[classes * (classes - 1)] = 2;  // target 32767, prediction 0
  counts[classes * classes - 1] = 4;    // both 32767
  counts[20000 * classes + 20000] = 5;
  bw_scores scores = {};
  scores.struct_bytes = sizeof scores;
  std::vector<double> iou(classes);
  const bw_class_scores per_class = {sizeof per_class, nullptr, nullptr, iou.data(), nullptr};
  EXPECT_EQ(bw_confusion_scores(counts, classes, nullptr, &scores, &per_class), BW_OK);
  munmap(room, bytes);
  EXPECT_EQ(scores.valid, 15);
  EXPECT_EQ(scores.correct, 12);
  EXPECT_EQ(scores.classes_in_mean_iou, 3);
  EXPECT_EQ(scores.mean_iou, (3.0 / 6 + 1 + 4.0 / 7) / 3);
  EXPECT_EQ(iou[20000], 1.0);
  EXPECT_EQ(iou[classes - 1], 4.0 / 7);
}

}  // namespace
}  // namespace bitwhere::test
