// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/context.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "baseline.hpp"

// What a benchmark of one noun consists of, and the axes that all share.
namespace bitwhere::bench {

// --- axes ---

// Repetitions of a pair (operation, plain loop), of which the median is reported. Short ones are
// repeated until they have taken a while, so that another process can disturb only some.
inline constexpr int cpu_repetitions = 11;
inline constexpr int cpu_repetitions_at_most = 501;
inline constexpr double cpu_repetitions_ns = 0.2e9;
inline constexpr int cuda_repetitions = 21;

// Elements of the small sizes; the large one is the case's own, far above any cache.
inline constexpr std::int64_t small_elements[] = {1 << 10, 1 << 16, 1 << 20};

// Elements of the cases that measure what a call costs.
inline constexpr std::int64_t call_elements[] = {1, 10, 100, 1000};
inline constexpr double call_goal_ns = 1000;

// Sets of tensors that GPU calls go round, so that no call finds its own in the cache.
inline constexpr int cuda_sets = 3;

// --- cases ---

// How cub::DeviceSelect comes to the same hits on a GPU. It stores flat indices, or values.
struct cub_peer {
  const void* flags = nullptr;     // bytes that are not 0
  const void* positive = nullptr;  // instead: f32, x > 0
  const void* values = nullptr;    // f32; nullptr: indices
  std::int64_t hits = 0;
};

// One case, on one device, over its own tensors.
struct instance {
  std::function<void(const context& on)> call;
  // What is wrong with the result of the last call; empty: nothing.
  std::function<std::string()> wrong;
  std::int64_t bytes = 0;     // that the operation must move, by the formula of its Cost row
  std::int64_t untraced = 0;  // of these, bytes that are only known on the device
  traffic plain;              // the same bytes for the plain loop
  cub_peer peer;              // timed beside on a GPU, where there is one
};

struct bench_case {
  std::string operation;
  std::string name;
  std::int64_t elements = 0;        // the large size
  bool small_sizes = false;         // also measured in the cache
  bool call_cost = false;           // measured at call_elements only, on one thread
  double goal = 0;                  // share of L on all cores, large size; 0: none
  double cuda_goal = 0;             // share of a device copy; 0: not run on cuda
  std::int64_t element_bytes = 49;  // that it moves at most, so that sets of it fit on a GPU
  std::function<instance(const context& on, std::int64_t elements)> make = {};
};

// Written by each noun.
std::vector<bench_case> cases();

// --- what is measured ---

struct measured {
  std::vector<double> operation_ns;  // pairwise with plain_ns
  std::vector<double> plain_ns;      // empty: no plain loop
  std::vector<double> peer_ns;       // empty: no peer
  std::int64_t elements = 0;
  std::int64_t bytes = 0;        // of the operation
  std::int64_t plain_bytes = 0;  // of what plain_ns timed
  double goal = 0;
};

struct run_id {
  std::string operation;
  std::string name;
  std::string device;  // "cpu:avx2", "cuda:0"
  int threads = 0;     // 0 on cuda
  std::int64_t elements = 0;

  // operation/name/device/threads:t/elements:n, and back.
  [[nodiscard]] std::string text() const;
  static run_id of(const std::string& text);
};

// Registers `measure` under `id` with Google Benchmark. What it throws is the benchmark's error.
// `note` is filled by it: the kernel that ran and the plain loop it was held against.
void add_benchmark(const run_id& id, std::function<measured(std::string& note)> measure);

// The record of the last kernel that ran on a context made with it.
struct last_trace {
  std::string kernel;
  std::int64_t bytes = 0;
  int threads = 0;
  [[nodiscard]] std::function<void(const bw_trace_record&)> callback();
};

// Runs once and checks the answer and the bytes; throws where either is wrong. Returns the kernel
// that ran, before looking at the answer runs others.
std::string check(const instance& it, const context& on, const last_trace& seen);

void add_cpu_benchmarks(const std::vector<bench_case>& all, bool all_isas);
// Nothing but a visible note where there is no GPU.
void add_cuda_benchmarks(const std::vector<bench_case>& all);

}  // namespace bitwhere::bench
