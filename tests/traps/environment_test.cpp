// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include "environment.hpp"
#include "environment_kernel.hpp"
#include "src/api/call.hpp"
#include "src/device/cpu/floating_point.hpp"
#include "team_probe.hpp"

// The host application may have switched denormals off or chosen another rounding. No result of
// the library may show it, on no thread, and the application must find its choice again.
namespace bitwhere::traps {
namespace {

constexpr int team_size = 4;

class Environment : public testing::TestWithParam<environment> {};

TEST_P(Environment, TheKernelSeesIt) {
  EXPECT_EQ(environment_kernel(), ieee_answer);
  const scoped_environment set(GetParam());
  EXPECT_FALSE(environment_kernel() == ieee_answer);
}

TEST_P(Environment, TheGuardUndoesItAndPutsItBack) {
  const scoped_environment set(GetParam());
  const control_register before = read_control();
  {
    const device::floating_point_guard guard;
    EXPECT_EQ(environment_kernel(), ieee_answer);
  }
  EXPECT_EQ(read_control() & GetParam().bits, before & GetParam().bits);
  EXPECT_FALSE(environment_kernel() == ieee_answer);
}

TEST_P(Environment, NoCallOfTheInterfaceSeesIt) {
  const scoped_environment set(GetParam());
  answer seen{};
  ASSERT_EQ(api::call(nullptr, [&] { seen = environment_kernel(); }), BW_OK);
  EXPECT_EQ(seen, ieee_answer);
}

TEST_P(Environment, NoWorkerSeesIt) {
  const scoped_environment set(GetParam());
  const team_answers team = ask_team(team_size);
  EXPECT_EQ(team.answers.size(), static_cast<std::size_t>(team_size));
  EXPECT_TRUE(team.caller_took_part);
  for (const answer& each : team.answers) EXPECT_EQ(each, ieee_answer);
}

// Shows that the test above can fail.
TEST_P(Environment, WorkersWithoutTheGuardSeeIt) {
  const scoped_environment set(GetParam());
  const team_answers team = ask_unguarded_team(team_size);
  EXPECT_EQ(team.answers.size(), static_cast<std::size_t>(team_size));
  for (const answer& each : team.answers) EXPECT_FALSE(each == ieee_answer);
}

INSTANTIATE_TEST_SUITE_P(Traps, Environment, testing::ValuesIn(environments()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace bitwhere::traps
