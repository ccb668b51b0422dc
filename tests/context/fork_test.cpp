// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bitwhere/bitwhere.hpp>

namespace bitwhere::test {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool can_fork = false;  // the sanitizer allows no threads after fork
#else
constexpr bool can_fork = true;
#endif

// A child keeps using its parent's cpu context, on its one thread, with the same results.
TEST(Fork, LeavesCpuContextsUsable) {
  if (!can_fork) GTEST_SKIP() << "the thread sanitizer does not follow fork()";
  const context cpu({.device = "cpu", .threads = 4});
  const std::vector<std::int64_t> labels(1 << 20, 3);
  ASSERT_EQ(accuracy(cpu, view(labels), view(labels)).correct, 1 << 20);
  const pid_t child = fork();
  if (child == 0) {
    const bool same = accuracy(cpu, view(labels), view(labels)).correct == 1 << 20;
    _exit(same ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace bitwhere::test
