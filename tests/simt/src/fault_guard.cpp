// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "fault_guard.hpp"

#include <pthread.h>
#include <ucontext.h>

#include "fiber.hpp"
#include "sanitizer.hpp"

namespace simt {
namespace {

// The handler cannot run on the stack that overflowed. One suffices: launches run one at a time.
alignas(16) std::byte handler_stack[64 * 1024];

volatile std::sig_atomic_t has_fault = 0;
device_fault last_fault;
pthread_t launching_thread;

bool was_write([[maybe_unused]] const void* context) {
#if defined(__x86_64__) && defined(__linux__)
  // Bit 1 of the page fault's error code.
  const auto* machine = static_cast<const ucontext_t*>(context);
  return (machine->uc_mcontext.gregs[REG_ERR] & 2) != 0;
#else
  return false;
#endif
}

void on_trap(int signal, siginfo_t* info, void* context) {
  if (!pthread_equal(pthread_self(), launching_thread) || fiber::running() == nullptr) {
    // Not device code: take the default action when the instruction traps again.
    std::signal(signal, SIG_DFL);
    return;
  }
  last_fault = {signal, signal == SIGFPE, was_write(context), info->si_code != SI_KERNEL,
                info->si_addr};
  has_fault = 1;
  // SA_NODEFER left the signal unblocked, so leaving by a switch needs no cleaning up.
  fiber::abandon();
}

void install(int signal, struct sigaction* old) {
  struct sigaction action {};
  action.sa_sigaction = &on_trap;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, old);
}

}  // namespace

fault_guard::fault_guard() {
  launching_thread = pthread_self();
  stack_t stack{};
  stack.ss_sp = handler_stack;
  stack.ss_size = sizeof handler_stack;
  if constexpr (!sanitizer::has_address_sanitizer) {
    sigaltstack(&stack, &old_stack_);
    install(SIGSEGV, &old_segv_);
    install(SIGBUS, &old_bus_);
    install(SIGFPE, &old_fpe_);
  }
}

fault_guard::~fault_guard() {
  if constexpr (!sanitizer::has_address_sanitizer) {
    sigaction(SIGFPE, &old_fpe_, nullptr);
    sigaction(SIGBUS, &old_bus_, nullptr);
    sigaction(SIGSEGV, &old_segv_, nullptr);
    sigaltstack(&old_stack_, nullptr);
  }
}

std::optional<device_fault> fault_guard::take() {
  if (has_fault == 0) return std::nullopt;
  has_fault = 0;
  return last_fault;
}

}  // namespace simt
