// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "threads.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>

#include "../../../kernels/tuning.hpp"
#include "floating_point.hpp"

#if defined(BITWHERE_TSAN)
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
#endif

namespace bitwhere::device {
namespace {

// oneTBB is not built for the thread sanitizer, which would take its hand-over of tasks for races.
// So a sanitized build leaves this file alone and is told here that starting and finishing a task
// orders memory; the work itself, in other files, is watched. Elsewhere these are nothing.
void handed_over([[maybe_unused]] void* to) {
#if defined(BITWHERE_TSAN)
  __tsan_release(to);
#endif
}

void taken_over([[maybe_unused]] void* from) {
#if defined(BITWHERE_TSAN)
  __tsan_acquire(from);
#endif
}

}  // namespace

struct thread_team::arena {
  explicit arena(int threads) : tbb(threads) {}
  oneapi::tbb::task_arena tbb;
};

thread_team::thread_team(int requested) {
  using oneapi::tbb::global_control;
  // More threads than the process allows would only make oneTBB print a warning.
  const auto allowed =
      static_cast<int>(global_control::active_value(global_control::max_allowed_parallelism));
  const int wanted = requested > 0 ? requested : oneapi::tbb::info::default_concurrency();
  size_ = std::clamp(wanted, 1, std::max(allowed, 1));
}

thread_team::~thread_team() = default;

int thread_team::workers_for(int64_t bytes, int64_t blocks) const {
  if (bytes < kernels::tuning::cpu_parallel_bytes) return 1;
  return static_cast<int>(std::clamp<int64_t>(blocks, 1, size_));
}

void thread_team::run_workers(int workers, void (*work)(void*, int), void* job) {
  if (!arena_) arena_ = std::make_unique<arena>(size_);
  handed_over(job);
  arena_->tbb.execute([&] {
    oneapi::tbb::parallel_for(
        0, workers,
        [&](int worker) {
          taken_over(job);
          {
            const floating_point_guard guard;
            work(job, worker);
          }
          handed_over(job);
        },
        oneapi::tbb::simple_partitioner());
  });
  taken_over(job);
}

}  // namespace bitwhere::device
