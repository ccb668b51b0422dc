// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "baseline.hpp"

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <string_view>

#include "baseline_loop.hpp"

namespace bitwhere::bench {
namespace {

struct unit {
  const char* isa;
  plain_loop (*find)(const traffic& over, bool streaming);
};

constexpr unit units[] = {
#if defined(__x86_64__)
    {"avx512", plain_loop_avx512},
    {"avx2", plain_loop_avx2},
    {"sse2", plain_loop_sse2},
#else
    {"portable", plain_loop_portable},
#endif
};

plain_loop loop_of(const traffic& over, const plain_way& way) {
  for (const unit& u : units) {
    if (std::string_view(u.isa) == way.isa) return u.find(over, way.streaming);
  }
  return nullptr;
}

}  // namespace

struct baseline::arena {
  explicit arena(int threads) : tbb(threads) {}
  oneapi::tbb::task_arena tbb;
};

baseline::baseline(const traffic& over, int threads)
    : over_(over), arena_(std::make_unique<arena>(threads)) {
  if (over.elements == 0) return;
  for (const unit& u : units) {
    for (const bool streaming : {true, false}) {
      if (streaming && over.write == nullptr) continue;
      if (u.find(over, streaming) == nullptr) continue;
      // One thread may beat several where there is little to do.
      for (const int workers : {threads, 1}) {
        if (workers == threads || over.elements <= (std::int64_t{1} << 20)) {
          ways_.push_back({u.isa, streaming, workers});
        }
        if (threads == 1) break;
      }
    }
  }
}

baseline::~baseline() = default;

void baseline::run(const plain_way& way) {
  const plain_loop code = loop_of(over_, way);
  const std::int64_t groups = over_.elements / group_elements;
  if (way.threads == 1) {
    code(over_, 0, groups);
    return;
  }
  // Blocks are taken one after another: a thread that loses its core for a while delays nobody.
  const std::int64_t block = std::clamp<std::int64_t>(groups / (way.threads * 2), 16, 1024);
  std::atomic<std::int64_t> next{0};
  arena_->tbb.execute([&] {
    oneapi::tbb::parallel_for(
        0, way.threads,
        [&](int) {
          for (std::int64_t first; (first = next.fetch_add(block)) < groups;) {
            code(over_, first, std::min(first + block, groups));
          }
        },
        oneapi::tbb::simple_partitioner());
  });
}

}  // namespace bitwhere::bench
