// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <stdexcept>

#include "cub_select.hpp"
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

// CUB on the hits of an instance, with memory of its own.
class cub_selection {
 public:
  cub_selection(const context& on, const instance& it, std::int64_t n)
      : of_(it.peer),
        n_(n),
        stream_(static_cast<cudaStream_t>(on.stream())),
        out_(empty(on, {of_.hits}, of_.values != nullptr ? f32 : i64)),
        count_(empty(on, {}, i64)) {
    run();
    workspace_.emplace(empty(on, {static_cast<std::int64_t>(room_.bytes)}, u8));
    room_.data = workspace_->data();
    run();
    if (count_.item<std::int64_t>() != of_.hits) throw std::runtime_error("CUB finds other hits");
  }

  static bool has(const instance& it) {
    return it.peer.flags != nullptr || it.peer.positive != nullptr;
  }
  [[nodiscard]] const char* name() const {
    return of_.flags != nullptr ? "cub::DeviceSelect::Flagged" : "cub::DeviceSelect::FlaggedIf";
  }

  void run() {
    const auto* flags = static_cast<const std::uint8_t*>(of_.flags);
    auto* count = static_cast<std::int64_t*>(count_.data());
    auto* indices = static_cast<std::int64_t*>(out_.data());
    if (of_.values != nullptr) {
      checked(peer::cub_flagged_values(room_, static_cast<const float*>(of_.values), flags, n_,
                                       static_cast<float*>(out_.data()), count, stream_));
    } else if (flags != nullptr) {
      checked(peer::cub_flagged_indices(room_, flags, n_, indices, count, stream_));
    } else {
      checked(peer::cub_positive_indices(room_, static_cast<const float*>(of_.positive), n_,
                                         indices, count, stream_));
    }
  }

 private:
  cub_peer of_;
  std::int64_t n_;
  cudaStream_t stream_;
  tensor out_, count_;
  std::optional<tensor> workspace_;
  peer::workspace room_;
};

measured measure(const bench_case& what, const run_id& id, std::string& note) {
  last_trace seen;
  const context on({.device = id.device, .trace = seen.callback()});
  const auto stream = static_cast<cudaStream_t>(on.stream());
  std::vector<instance> sets;
  for (int k = 0; k < cuda_sets; ++k) {
    sets.push_back(what.make(on, id.elements));
    note = check(sets.back(), on, seen) + " / cudaMemcpyAsync";
  }

  measured out;
  out.elements = id.elements;
  out.bytes = sets.front().bytes;
  const std::int64_t half = std::min<std::int64_t>(out.bytes / 2, 1 << 30);
  out.plain_bytes = 2 * half;
  const tensor from = made(on, {half}, u8, [](std::int64_t i) { return std::uint8_t(i); });
  const tensor to = empty(on, {half}, u8);
  std::vector<cub_selection> peers;
  for (const instance& it : sets) {
    if (cub_selection::has(it)) peers.emplace_back(on, it, id.elements);
  }
  if (!peers.empty()) note += std::string(" / ") + peers.front().name();
  stopwatch watch(stream);
  for (int i = 0; i < cuda_repetitions + cuda_sets; ++i) {
    const instance& it = sets[static_cast<std::size_t>(i % cuda_sets)];
    const double operation = watch.time_ns([&] { it.call(on); });
    const double plain = watch.time_ns([&] {
      checked(cudaMemcpyAsync(to.data(), from.data(), static_cast<std::size_t>(half),
                              cudaMemcpyDeviceToDevice, stream));
    });
    double other = 0;
    if (!peers.empty()) {
      cub_selection& own = peers[static_cast<std::size_t>(i % cuda_sets)];
      other = watch.time_ns([&] { own.run(); });
    }
    if (i < cuda_sets) continue;  // the first round warms up
    out.operation_ns.push_back(operation);
    out.plain_ns.push_back(plain);
    if (!peers.empty()) out.peer_ns.push_back(other);
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
