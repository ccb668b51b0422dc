// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/device/cpu/threads.hpp"
#include "team_probe.hpp"

namespace bitwhere::traps {

team_answers ask_team(int threads) {
  device::thread_team team(threads);
  return ask(team);
}

}  // namespace bitwhere::traps
