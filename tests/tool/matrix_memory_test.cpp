// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/matrix_memory.hpp"

#include "files.hpp"
#include "src/tool/failure.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace bitwhere::tool_test {

namespace {

using tool::workers_that_fit;

constexpr std::int64_t gib = std::int64_t{1} << 30;

TEST(MatrixMemory, WorkersShareWhatThereIs) {
  EXPECT_EQ(workers_that_fit(21, 8, true, gib), 8);
  // A matrix of 128 MiB: three a worker, and the sum of all.
  EXPECT_EQ(workers_that_fit(4096, 8, true, 64 * gib), 5) << "2 GiB is what matrices may take";
  EXPECT_EQ(workers_that_fit(4096, 4, true, 64 * gib), 4);
  EXPECT_EQ(workers_that_fit(4096, 8, true, gib), 2);
  EXPECT_EQ(workers_that_fit(4096, 8, true, gib / 2), 1);
  EXPECT_EQ(workers_that_fit(4096, 8, false, gib), 3) << "one of the three is on another device";
  EXPECT_EQ(workers_that_fit(32768, 8, true, 32 * gib), 1) << "one always may where it fits";
}

TEST(MatrixMemory, RefusesWhatDoesNotFitOneWorker) {
  EXPECT_THROW(workers_that_fit(4096, 8, true, gib / 2 - 1), tool::usage_error);
  EXPECT_THROW(workers_that_fit(4096, 8, false, 3 * gib / 8 - 1), tool::usage_error);
  EXPECT_EQ(workers_that_fit(4096, 8, false, 3 * gib / 8), 1);
  try {
    workers_that_fit(32768, 8, true, gib);
    FAIL() << "32 GiB in one";
  } catch (const tool::usage_error& e) {
    EXPECT_EQ(std::string(e.what()),
              "--classes 32768: confusion matrices of so many need 34359738368 bytes of memory, "
              "and 1073741824 are available");
  }
}

TEST(MatrixMemory, EndsBeforeAnyWork) {
  if (tool::available_bytes() >= 32 * gib) GTEST_SKIP() << "this machine has 32 GiB to spare";
  const scratch_folder folder;
  write_text(folder / "a.png", encode_png({1, 1, {0}}, 8));
  const std::string file = (folder / "a.png").string();
  const outcome run = run_tool(
      {"eval", "--prediction", file, "--target", file, "--classes", "32768", "--device", "cpu"});
  EXPECT_EQ(run.code, 2);
  EXPECT_NE(run.err.find("need 34359738368 bytes"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace bitwhere::tool_test
