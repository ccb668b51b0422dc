// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "interruption.hpp"

#include <atomic>

namespace bitwhere::tool {

namespace {

// Handlers may touch nothing but such atomics.
std::atomic<bool> noted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void note_signal(int signal) {
  if (!noted.exchange(true)) return;
  ::signal(signal, SIG_DFL);
  ::raise(signal);  // it is blocked here, and ends the process when this function returns
}

void note(int signal, struct sigaction& before) {
  ::sigaction(signal, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  struct sigaction action = {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

interruption::interruption() {
  noted = false;
  note(SIGINT, interrupt_);
  note(SIGTERM, terminate_);
}

interruption::~interruption() {
  ::sigaction(SIGINT, &interrupt_, nullptr);
  ::sigaction(SIGTERM, &terminate_, nullptr);
}

bool interruption::requested() { return noted; }

}  // namespace bitwhere::tool
