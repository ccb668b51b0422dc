// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <utility>

#include "diagnosis.hpp"
#include "fault_guard.hpp"
#include "launch_run.hpp"

namespace simt {
namespace {

std::string exit_text(const rendezvous& meeting) {
  return std::string("the lane exits, but other lanes wait for it in ") + meeting.name +
         " with mask " + hex(meeting.mask);
}

}  // namespace

void launch_run::wait(const char* in, const site& at) {
  thread_->state = thread_state::waiting;
  thread_->waits_in = in;
  thread_->waits_at = at;
  fiber::suspend();
}

void launch_run::release(unsigned rank) {
  cuda_thread& t = block_->threads[rank];
  t.state = thread_state::runnable;
  block_->queue.push_released(rank);
}

void launch_run::give_way(const char* in, const site& at) {
  thread_->waits_in = in;
  thread_->waits_at = at;
  if (++stalled_switches_ > how_.patience) {
    fail(at, spin_text(in));
  }
  block_->queue.push_yielded(thread_->rank);
  fiber::suspend();
}

void launch_run::finish_thread() {
  cuda_thread& t = *thread_;
  warp& w = block_->warps[t.rank / warp_threads];
  for (const auto& meeting : w.meetings) {
    if ((meeting->mask & ~meeting->arrived & t.lane_bit()) == 0) continue;
    fail(meeting->where, exit_text(*meeting));
  }
  t.state = thread_state::done;
  w.alive &= ~t.lane_bit();
  --block_->alive;
  note_progress();
  // The barrier is a matter of the live threads.
  block_meeting& barrier = block_->barrier;
  if (!barrier.arrived.empty() && barrier.arrived.size() == block_->alive) {
    complete_barrier(*this);
  }
}

void launch_run::fail(const site& where, std::string what, cudaError_t code) {
  record_at(where, std::move(what), code);
  fiber::abandon();
}

void launch_run::record_at(const site& where, std::string what, cudaError_t code) {
  const std::string text = std::move(what);
  record(code, at_site(where) + text);
}

std::string launch_run::spin_text(const char* in) const {
  return std::string("no progress: the threads spin (this one in ") + in + ")\n" + waits(*block_);
}

void launch_run::fail_with_deadlock() {
  thread_ = nullptr;
  std::string text = "deadlock: every thread of the resident blocks waits";
  for (std::size_t i = 0; i < resident_; ++i) {
    if (slots()[i]->is_live) text += '\n' + waits(*slots()[i]);
  }
  block_ = nullptr;
  record(cudaErrorLaunchFailure, text);
}

void launch_run::record(cudaError_t code, const std::string& text) {
  failure_ = failure{code, who() + ": " + text};
}

void launch_run::diagnose_fault() {
  const auto fault = fault_guard::take();
  if (!fault) return;
  std::string text = signal_name(fault->signal);
  cudaError_t code = cudaErrorIllegalAddress;
  if (fault->is_arithmetic) {
    code = cudaErrorLaunchFailure;
  } else if (!fault->has_address) {
    text += ": a misaligned vector access or a wild pointer";
    code = cudaErrorMisalignedAddress;
  } else if (thread_->carrier != nullptr && thread_->carrier->guards(fault->address)) {
    text += ": the thread's stack overflowed";
    code = cudaErrorLaunchFailure;
  } else if (block_->shared.guards(fault->address)) {
    text += ": past the end of the dynamic shared memory";
  } else {
    text += fault->is_write ? ": write to " : ": access to ";
    text += describe_(fault->address);
  }
  record(code, text);
}

std::string launch_run::who() const {
  std::string text = "kernel " + kernel_name(request_.call.kernel);
  if (block_ != nullptr) text += ", block " + to_text(block_->index);
  if (thread_ != nullptr) text += ", thread " + to_text(thread_->index);
  return text;
}

std::string launch_run::waits(const block& b) const {
  wait_report report;
  for (const cuda_thread& t : b.threads) {
    if (t.state == thread_state::fresh || t.state == thread_state::done) continue;
    if (t.waits_in[0] != '\0') report.add(t);
  }
  return "  block " + to_text(b.index) + ":" + report.text();
}

}  // namespace simt
