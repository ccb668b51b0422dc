// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/progress.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace bitwhere::tool_test {

namespace {

using tool::progress_line;

TEST(Progress, ShowsRateAndTimeLeft) {
  EXPECT_EQ(progress_line(30, 60, 10), "[###############               ] 30/60  3.0/s  10 s left");
  EXPECT_EQ(progress_line(1, 601, 1),
            "[                              ] 1/601  1.0/s  10:00 min left");
  EXPECT_EQ(progress_line(1, 7321, 1),
            "[                              ] 1/7321  1.0/s  2:02 h left");
}

TEST(Progress, PromisesNothingAtFirst) {
  EXPECT_EQ(progress_line(0, 60, 10), "[                              ] 0/60");
  EXPECT_EQ(progress_line(5, 60, 0.1), "[##                            ] 5/60");
  EXPECT_EQ(progress_line(0, 0, 0), "[##############################] 0/0");
}

TEST(Progress, DrawsTheLastImageAndWipesTheBar) {
  std::ostringstream terminal;
  {
    tool::progress bar(&terminal, 3);
    for (int i = 0; i < 3; ++i) bar.advance();
  }
  const std::string drawn = terminal.str();
  EXPECT_NE(drawn.find("] 3/3"), std::string::npos) << drawn;
  EXPECT_TRUE(drawn.ends_with("\r\x1b[K")) << drawn;
}

}  // namespace
}  // namespace bitwhere::tool_test
