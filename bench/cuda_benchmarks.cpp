// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "harness.hpp"
#include "values.hpp"

namespace bitwhere::bench {
namespace {

void checked(cudaError_t code) {
  if (code != cudaSuccess) throw std::runtime_error(cudaGetErrorString(code));
}

class stopwatch {
 public:
  explicit stopwatch(cudaStream_t stream) : stream_(stream) {
    checked(cudaEventCreate(&begin_));
    checked(cudaEventCreate(&end_));
  }
  ~stopwatch() {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
  }
  stopwatch(const stopwatch&) = delete;
  stopwatch& operator=(const stopwatch&) = delete;

  template <class Body>
  double time_ns(const Body& enqueue) {
    checked(cudaEventRecord(begin_, stream_));
    enqueue();
    checked(cudaEventRecord(end_, stream_));
    checked(cudaEventSynchronize(end_));
    float milliseconds = 0;
    checked(cudaEventElapsedTime(&milliseconds, begin_, end_));
    return double{milliseconds} * 1e6;
  }

 private:
  cudaStream_t stream_;
  cudaEvent_t begin_ = nullptr;
  cudaEvent_t end_ = nullptr;
};

// A GPU needs more work than a CPU to be out of its cache and past its launch time; less where the
// sets would not fit.
std::int64_t elements_on_gpu(const bench_case& what) {
  std::size_t free = 0;
  std::size_t total = 0;
  checked(cudaMemGetInfo(&free, &total));
  std::int64_t n = 4 * what.elements;
  const std::int64_t least = (std::int64_t{49} << 20) / what.element_bytes;
  const std::int64_t set_bytes = what.element_bytes * cuda_sets;
  while (n > least && n * set_bytes > static_cast<std::int64_t>(free / 2)) n /= 2;
  return n;
}

measured measure(const bench_case& what, const run_id& id, std::string& note) {
  last_trace seen;
  const context on({.device = id.device, .trace = seen.callback()});
  const auto stream = static_cast<cudaStream_t>(on.stream());
  std::vector<instance> sets;
  for (int k = 0; k < cuda_sets; ++k) {
    sets.push_back(what.make(on, id.elements));
    check(sets.back(), on, seen);
  }
  note = seen.kernel + " / cudaMemcpyAsync";

  measured out;
  out.elements = id.elements;
  out.bytes = sets.front().bytes;
  const std::int64_t half = std::min<std::int64_t>(out.bytes / 2, 1 << 30);
  out.plain_bytes = 2 * half;
  const tensor from = made(on, {half}, u8, [](std::int64_t i) { return std::uint8_t(i); });
  const tensor to = empty(on, {half}, u8);
  stopwatch watch(stream);
  for (int i = 0; i < cuda_repetitions + cuda_sets; ++i) {
    const instance& it = sets[static_cast<std::size_t>(i % cuda_sets)];
    const double operation = watch.time_ns([&] { it.call(on); });
    const double plain = watch.time_ns([&] {
      checked(cudaMemcpyAsync(to.data(), from.data(), static_cast<std::size_t>(half),
                              cudaMemcpyDeviceToDevice, stream));
    });
    if (i < cuda_sets) continue;  // the first round warms up
    out.operation_ns.push_back(operation);
    out.plain_ns.push_back(plain);
  }
  return out;
}

}  // namespace

void add_cuda_benchmarks(const std::vector<bench_case>& all) {
  if (!cuda_available()) {
    std::printf("cuda: skipped: no GPU\n");
    return;
  }
  for (const bench_case& what : all) {
    if (what.cuda_goal == 0) continue;
    const run_id id = {what.operation, what.name, "cuda:0", 0, elements_on_gpu(what)};
    add_benchmark(id, [=](std::string& note) {
      measured out = measure(what, id, note);
      out.goal = what.cuda_goal;
      return out;
    });
  }
}

}  // namespace bitwhere::bench
