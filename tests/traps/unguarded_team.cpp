// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/device/cpu/floating_point.hpp"
#include "team_probe.hpp"

namespace bitwhere::device {

struct absent_guard {
  absent_guard() {}  // so that a variable of this type counts as used
};

}  // namespace bitwhere::device

// The product's own source under another name, with the fault built in.
#define floating_point_guard absent_guard
#define thread_team unguarded_team
#include "src/device/cpu/threads.cpp"

namespace bitwhere::traps {

team_answers ask_unguarded_team(int threads) {
  device::unguarded_team team(threads);
  return ask(team);
}

}  // namespace bitwhere::traps
