// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "context_switch.hpp"
#include "sanitizer.hpp"

namespace simt {
namespace {

// Untouched pages cost nothing. The sanitizer's frames with red zones are several times larger.
constexpr std::size_t stack_bytes = sanitizer::has_address_sanitizer ? 512 * 1024 : 128 * 1024;

// Fibers run on one host thread at a time, under the runtime's lock.
fiber* running_fiber = nullptr;
void* scheduler_context = nullptr;
void* scheduler_fake_stack = nullptr;
const void* scheduler_stack = nullptr;
std::size_t scheduler_stack_bytes = 0;

std::size_t page_bytes() {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

}  // namespace

fiber::fiber(void (*body)()) : body_(body), stack_bytes_(stack_bytes) {
  mapping_bytes_ = stack_bytes_ + page_bytes();
  void* mapping = mmap(nullptr, mapping_bytes_, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  mapping_ = static_cast<std::byte*>(mapping);
  stack_ = mapping_ + page_bytes();
  mprotect(mapping_, page_bytes(), PROT_NONE);
  context_ = make_context(stack_, stack_bytes_, &fiber::entry);
}

fiber::~fiber() {
  discard_context(context_);
  sanitizer::unpoison(stack_, stack_bytes_);
  munmap(mapping_, mapping_bytes_);
}

fiber* fiber::running() { return running_fiber; }

void fiber::resume() {
  running_fiber = this;
  sanitizer::before_switch(&scheduler_fake_stack, stack_, stack_bytes_);
  simt_switch_context(&scheduler_context, context_);
  sanitizer::after_switch(scheduler_fake_stack, nullptr, nullptr);
  running_fiber = nullptr;
}

void fiber::suspend() {
  fiber* const self = running_fiber;
  sanitizer::before_switch(&self->fake_stack_, scheduler_stack, scheduler_stack_bytes);
  simt_switch_context(&self->context_, scheduler_context);
  sanitizer::after_switch(self->fake_stack_, &scheduler_stack, &scheduler_stack_bytes);
}

void fiber::abandon() {
  fiber* const self = running_fiber;
  sanitizer::before_switch(nullptr, scheduler_stack, scheduler_stack_bytes);
  simt_switch_context(&self->context_, scheduler_context);
  __builtin_unreachable();
}

void fiber::rewind() {
  discard_context(context_);
  sanitizer::unpoison(stack_, stack_bytes_);
  fake_stack_ = nullptr;
  context_ = make_context(stack_, stack_bytes_, &fiber::entry);
}

bool fiber::guards(const void* address) const {
  const auto* byte = static_cast<const std::byte*>(address);
  return byte >= mapping_ && byte < stack_;
}

void fiber::entry() {
  sanitizer::after_switch(nullptr, &scheduler_stack, &scheduler_stack_bytes);
  for (;;) {
    running_fiber->body_();
    suspend();
  }
}

fiber_pool::~fiber_pool() {
  for (fiber* f : idle_) delete f;
}

fiber* fiber_pool::take() {
  if (idle_.empty()) return new fiber(body_);
  fiber* const taken = idle_.back();
  idle_.pop_back();
  return taken;
}

}  // namespace simt
