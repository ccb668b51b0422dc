// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

#include "environment_kernel.hpp"

namespace bitwhere::traps {

// What the threads of a team answered.
struct team_answers {
  std::vector<answer> answers;  // one a thread
  bool caller_took_part = false;
};

// Asks every thread of a team of the product, and the same of a team whose source is the product's
// but for its guard, which is left out: the fault that a test must be able to see.
team_answers ask_team(int threads);
team_answers ask_unguarded_team(int threads);

// Each block waits for all others, so that each is run by a thread of its own; a machine that is
// too busy to give them at once fails the test that counts them.
template <class Team>
team_answers ask(Team& team) {
  using clock = std::chrono::steady_clock;
  const int workers = team.size();
  const auto caller = std::this_thread::get_id();
  std::vector<answer> of_block(static_cast<std::size_t>(workers));
  std::vector<std::thread::id> thread_of(of_block.size());
  std::atomic<int> arrived{0};
  team.run(workers, workers, [&](int, std::int64_t block) {
    const auto at = static_cast<std::size_t>(block);
    of_block[at] = environment_kernel();
    thread_of[at] = std::this_thread::get_id();
    arrived.fetch_add(1);
    const auto last = clock::now() + std::chrono::seconds(20);
    while (arrived.load() < workers && clock::now() < last) std::this_thread::yield();
  });
  team_answers result;
  std::set<std::thread::id> seen;
  for (std::size_t i = 0; i < of_block.size(); ++i) {
    if (seen.insert(thread_of[i]).second) result.answers.push_back(of_block[i]);
  }
  result.caller_took_part = seen.count(caller) != 0;
  return result;
}

}  // namespace bitwhere::traps
