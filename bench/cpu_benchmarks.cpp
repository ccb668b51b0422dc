// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "harness.hpp"

namespace bitwhere::bench {
namespace {

// Short calls are timed in batches of about this length.
constexpr double batch_ns = 0.1e6;

template <class Body>
double time_ns(int calls, const Body& body) {
  using clock = std::chrono::steady_clock;
  const auto begin = clock::now();
  for (int i = 0; i < calls; ++i) body();
  const std::chrono::duration<double, std::nano> took = clock::now() - begin;
  return took.count() / calls;
}

template <class Body>
int calls_per_batch(const Body& body) {
  body();
  int calls = 1;
  while (calls < (1 << 24) && time_ns(calls, body) * calls < batch_ns) calls *= 2;
  return calls;
}

// The fastest way of the plain loop; `calls` becomes what a batch of it takes.
const plain_way* best_way(baseline& plain, int& calls) {
  const plain_way* best = nullptr;
  double best_ns = std::numeric_limits<double>::infinity();
  for (const plain_way& way : plain.ways()) {
    const auto body = [&] { plain.run(way); };
    const int batch = calls_per_batch(body);
    double ns = time_ns(batch, body);
    for (int i = 0; i < 4; ++i) ns = std::min(ns, time_ns(batch, body));
    if (ns >= best_ns) continue;
    best = &way;
    best_ns = ns;
    calls = batch;
  }
  return best;
}

std::string describe(const plain_way& way) {
  return std::string(way.isa) + (way.streaming ? " streaming" : "") + " x" +
         std::to_string(way.threads);
}

measured measure(const bench_case& what, const run_id& id, const std::string& isa,
                 std::string& note) {
  last_trace seen;
  const context on({.device = "cpu", .isa = isa, .threads = id.threads, .trace = seen.callback()});
  const instance it = what.make(on, id.elements);
  note = check(it, on, seen);

  measured out;
  out.elements = id.elements;
  out.bytes = it.bytes;
  out.plain_bytes = it.bytes;
  const auto operation = [&] { it.call(on); };
  const int calls = calls_per_batch(operation);
  baseline plain(what.call_cost ? traffic{} : it.plain, id.threads);
  int plain_calls = 1;
  const plain_way* way = best_way(plain, plain_calls);
  if (way != nullptr) note += " / " + describe(*way);
  double spent_ns = 0;
  for (int i = 0;
       i < cpu_repetitions || (i < cpu_repetitions_at_most && spent_ns < cpu_repetitions_ns); ++i) {
    out.operation_ns.push_back(time_ns(calls, operation));
    if (way != nullptr) out.plain_ns.push_back(time_ns(plain_calls, [&] { plain.run(*way); }));
    spent_ns += out.operation_ns.back() * calls;
  }
  return out;
}

void add(const bench_case& what, const std::string& isa, int threads, std::int64_t elements,
         double goal) {
  const run_id id = {what.operation, what.name, "cpu:" + isa, threads, elements};
  add_benchmark(id, [=](std::string& note) {
    measured out = measure(what, id, isa, note);
    out.goal = goal;
    return out;
  });
}

}  // namespace

void add_cpu_benchmarks(const std::vector<bench_case>& all, bool all_isas) {
  std::vector<std::string> isas = bitwhere::isas();
  if (!all_isas) isas.resize(1);
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::vector<int> threads = {cores};
  if (cores > 1) threads.push_back(1);
  for (const std::string& isa : isas) {
    // Goals are set for the best instruction set on all cores.
    const bool best = isa == isas.front();
    for (const bench_case& what : all) {
      if (what.call_cost) {
        for (const std::int64_t n : call_elements) add(what, isa, 1, n, best ? call_goal_ns : 0);
        continue;
      }
      for (const int t : threads) {
        add(what, isa, t, what.elements, best && t == cores ? what.goal : 0);
        if (!what.small_sizes) continue;
        for (const std::int64_t n : small_elements) add(what, isa, t, n, 0);
      }
    }
  }
}

}  // namespace bitwhere::bench
