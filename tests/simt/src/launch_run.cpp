// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "launch_run.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>
#include <utility>

#include "fault_guard.hpp"
#include "float_environment.hpp"
#include "simt/builtin_variables.hpp"

namespace simt {

detail::coordinates detail::current;

namespace {

launch_run* active_launch = nullptr;
std::atomic<std::thread::id> launching_thread;

std::uint64_t volume(const dim3& extents) {
  return static_cast<std::uint64_t>(extents.x) * extents.y * extents.z;
}

uint3 delinearize(std::uint64_t linear, const dim3& extents) {
  // Divisions cost as much as the rest of a short thread; most shapes have one dimension.
  if (linear < extents.x) return {static_cast<unsigned>(linear), 0, 0};
  const std::uint64_t row = linear / extents.x;
  return {static_cast<unsigned>(linear % extents.x), static_cast<unsigned>(row % extents.y),
          static_cast<unsigned>(row / extents.y)};
}

}  // namespace

launch_run* launch_run::active() { return active_launch; }

bool launch_run::is_on_this_thread() { return launching_thread == std::this_thread::get_id(); }

// Kept for good: a stack or an arena costs more to map than a short kernel takes.
fiber_pool& launch_run::fibers() {
  static auto& pool = *new fiber_pool(&launch_run::run_threads);
  return pool;
}

std::vector<std::unique_ptr<block>>& launch_run::slots() {
  static auto& kept = *new std::vector<std::unique_ptr<block>>;
  return kept;
}

launch_run::launch_run(const launch_request& request, const schedule& how,
                       describe_address describe)
    : request_(request),
      how_(how),
      describe_(std::move(describe)),
      random_(how.seed),
      total_blocks_(volume(request.grid)),
      block_threads_(static_cast<unsigned>(volume(request.block))),
      resident_(std::min<std::uint64_t>(std::max(how.resident_blocks, 1u), total_blocks_)) {
  while (slots().size() < resident_) slots().push_back(std::make_unique<block>());
  if (!is_random()) return;
  // A step coprime to the count visits every block once, in an order kernels must not rely on.
  order_offset_ = random_.below(total_blocks_);
  order_step_ = 1 + random_.below(total_blocks_);
  while (std::gcd(order_step_, total_blocks_) != 1) ++order_step_;
}

std::optional<failure> launch_run::run() {
  const float_environment device_arithmetic;
  const fault_guard guard;
  const detail::coordinates before =
      std::exchange(detail::current, detail::coordinates{{}, {}, request_.block, request_.grid});
  active_launch = this;
  launching_thread = std::this_thread::get_id();
  if (is_random()) {
    run_at_random();
  } else {
    run_in_order();
  }
  if (failure_) abandon_everything();
  block_ = nullptr;
  thread_ = nullptr;
  active_launch = nullptr;
  launching_thread = std::thread::id{};
  detail::current = before;
  return failure_;
}

void launch_run::run_in_order() {
  do {
    bool ran = false;
    for (std::size_t i = 0; i < resident_ && !failure_; ++i) {
      block& b = *slots()[i];
      if (!b.is_live && !start_next_block(b)) continue;
      do {
        ran = run_until_stalled(b) || ran;
        if (!failure_ && b.alive == 0) finish_block(b);
      } while (!failure_ && !b.is_live && start_next_block(b));
    }
    if (!failure_ && !ran && live_blocks_ != 0) fail_with_deadlock();
  } while (!failure_ && live_blocks_ != 0);
}

void launch_run::run_at_random() {
  for (std::size_t i = 0; i < resident_; ++i) start_next_block(*slots()[i]);
  while (!failure_ && live_blocks_ != 0) {
    const std::size_t first = random_.below(resident_);
    block* chosen = nullptr;
    for (std::size_t i = 0; i < resident_ && chosen == nullptr; ++i) {
      block& b = *slots()[(first + i) % resident_];
      if (b.is_live && !b.queue.empty()) chosen = &b;
    }
    if (chosen == nullptr) return fail_with_deadlock();
    // Bursts of different lengths let one block get far ahead of another now and then.
    for (std::uint64_t burst = 1 + random_.below(64); burst != 0 && step(*chosen); --burst) {
    }
    if (failure_ || chosen->alive != 0) continue;
    finish_block(*chosen);
    if (!failure_) start_next_block(*chosen);
  }
}

bool launch_run::run_until_stalled(block& b) {
  b.queue.readmit_yielded();
  bool ran = false;
  while (step(b)) ran = true;
  return ran || failure_;
}

bool launch_run::step(block& b) {
  if (failure_ || b.queue.empty()) return false;
  const unsigned rank = b.queue.pop();
  fiber* carrier = b.threads[rank].carrier;
  begin_thread(b, rank, carrier == nullptr ? fibers().take() : carrier);
  carrier = thread_->carrier;
  carrier->resume();
  // The fiber may have gone on to other threads; the one it stopped in is `thread_`.
  if (thread_->state == thread_state::done) {
    thread_->carrier = nullptr;
    fibers().put(carrier);
  }
  diagnose_fault();
  return !failure_;
}

void launch_run::begin_thread(block& b, unsigned rank, fiber* carrier) {
  cuda_thread& t = b.threads[rank];
  if (t.state == thread_state::fresh) {
    t.rank = rank;
    t.index = delinearize(rank, request_.block);
    t.state = thread_state::runnable;
    note_progress();
  }
  t.carrier = carrier;
  block_ = &b;
  thread_ = &t;
  detail::current.thread = t.index;
  detail::current.block = b.index;
}

void launch_run::run_threads() {
  launch_run& run = *active_launch;
  for (;;) {
    bool has_thrown = false;
    try {
      run.request_.call.run_thread(run.request_.call.arguments.get());
    } catch (...) {
      // Failing in here would leave the exception caught for good.
      has_thrown = true;
    }
    if (has_thrown) run.fail({}, "a C++ exception left the kernel");
    run.finish_thread();
    block& b = *run.block_;
    if (!b.queue.next_is_fresh()) return;
    run.begin_thread(b, b.queue.pop(), std::exchange(run.thread_->carrier, nullptr));
  }
}

bool launch_run::start_next_block(block& b) {
  if (started_blocks_ == total_blocks_) return false;
  b.start(nth_block(started_blocks_++), block_threads_, request_.dynamic_bytes,
          is_random() ? &random_ : nullptr);
  ++live_blocks_;
  return true;
}

void launch_run::finish_block(block& b) {
  b.is_live = false;
  --live_blocks_;
  note_progress();
  if (!b.shared.is_damaged()) return;
  block_ = &b;
  thread_ = nullptr;
  record(cudaErrorIllegalAddress, "the block wrote past the end of a shared memory object");
}

uint3 launch_run::nth_block(std::uint64_t n) const {
  // Wide, as the product passes 2^64 for the largest grids.
  __extension__ using wide = unsigned __int128;
  const wide position = static_cast<wide>(n) * order_step_ + order_offset_;
  return delinearize(static_cast<std::uint64_t>(position % total_blocks_), request_.grid);
}

void launch_run::abandon_everything() {
  for (std::size_t i = 0; i < resident_; ++i) {
    block& b = *slots()[i];
    if (!b.is_live) continue;
    for (cuda_thread& t : b.threads) {
      if (t.carrier == nullptr) continue;
      t.carrier->rewind();
      fibers().put(std::exchange(t.carrier, nullptr));
    }
    b.is_live = false;
  }
}

}  // namespace simt
