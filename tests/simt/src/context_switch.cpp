// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "context_switch.hpp"

#include <cstdint>

#if !defined(__x86_64__) && !defined(__aarch64__)
#define SIMT_USE_UCONTEXT
#endif

#if defined(SIMT_USE_UCONTEXT)
#include <ucontext.h>

namespace simt {

extern "C" void simt_switch_context(void** save, void* load) {
  // The first switch away from a host thread finds no context to save to; one is kept for good.
  if (*save == nullptr) *save = new ucontext_t{};
  swapcontext(static_cast<ucontext_t*>(*save), static_cast<ucontext_t*>(load));
}

void* make_context(std::byte* stack, std::size_t bytes, void (*entry)()) {
  auto* context = new ucontext_t{};
  getcontext(context);
  context->uc_stack.ss_sp = stack;
  context->uc_stack.ss_size = bytes;
  context->uc_link = nullptr;
  makecontext(context, entry, 0);
  return context;
}

void discard_context(void* context) { delete static_cast<ucontext_t*>(context); }

}  // namespace simt

#else

#if defined(__x86_64__)
asm(R"(
.text
.globl simt_switch_context
.type simt_switch_context, @function
simt_switch_context:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size simt_switch_context, .-simt_switch_context
)");
#else
asm(R"(
.text
.globl simt_switch_context
.type simt_switch_context, %function
simt_switch_context:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size simt_switch_context, .-simt_switch_context
)");
#endif

namespace simt {

void* make_context(std::byte* stack, std::size_t bytes, void (*entry)()) {
  auto* top = reinterpret_cast<std::uint64_t*>(stack + bytes);
#if defined(__x86_64__)
  // What the switch pops: six registers, then `entry` as a return address. The zero above it ends
  // backtraces and leaves the stack pointer as a call would.
  *--top = 0;
  *--top = reinterpret_cast<std::uint64_t>(entry);
  for (int i = 0; i < 6; ++i) *--top = 0;
#else
  constexpr int frame_words = 20;
  constexpr int link_register = 11;
  top -= frame_words;
  for (int i = 0; i < frame_words; ++i) top[i] = 0;
  top[link_register] = reinterpret_cast<std::uint64_t>(entry);
#endif
  return top;
}

void discard_context(void*) {}

}  // namespace simt

#endif
