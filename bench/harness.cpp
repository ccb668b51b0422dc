// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "harness.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <stdexcept>

#include "table.hpp"

namespace bitwhere::bench {
namespace {

struct quartiles {
  double best, low, middle, high;  // of times, the best is the shortest
};

quartiles quartiles_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t last = values.size() - 1;
  return {values.front(), values[last / 4], values[last / 2], values[last - last / 4]};
}

void publish(const measured& m, benchmark::State& state) {
  auto& out = state.counters;
  const auto elements = static_cast<double>(m.elements);
  const quartiles ns = quartiles_of(m.operation_ns);
  out[column::elements] = elements;
  out[column::bytes_per_element] = static_cast<double>(m.bytes) / elements;
  out[column::ns_per_call] = ns.middle;
  out[column::ns_per_element] = ns.middle / elements;
  out[column::gigabytes] = static_cast<double>(m.bytes) / ns.middle;
  out[column::spread] = (ns.high - ns.low) / ns.middle;
  out[column::goal] = m.goal;
  if (!m.peer_ns.empty()) out[column::times_peer] = quartiles_of(m.peer_ns).middle / ns.middle;
  if (m.plain_ns.empty()) return;

  // Each pair was timed back to back, so what slows the machine for a while cancels.
  std::vector<double> shares;
  const double scale = static_cast<double>(m.bytes) / static_cast<double>(m.plain_bytes);
  for (std::size_t i = 0; i < m.plain_ns.size(); ++i) {
    shares.push_back(scale * m.plain_ns[i] / m.operation_ns[i]);
  }
  const quartiles share = quartiles_of(shares);
  out[column::plain_gigabytes] =
      static_cast<double>(m.plain_bytes) / quartiles_of(m.plain_ns).middle;
  out[column::share] = share.middle;
  out[column::best_share] = scale * quartiles_of(m.plain_ns).best / ns.best;
  out[column::spread] = (share.high - share.low) / share.middle;
}

}  // namespace

std::string run_id::text() const {
  return operation + "/" + name + "/" + device + "/threads:" + std::to_string(threads) +
         "/elements:" + std::to_string(elements);
}

run_id run_id::of(const std::string& text) {
  std::vector<std::string> parts = {""};
  for (const char c : text) {
    if (c == '/') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  const auto number = [&](std::size_t k) { return parts[k].substr(parts[k].find(':') + 1); };
  if (parts.size() < 5) throw std::invalid_argument("not the name of a run: " + text);
  return {parts[0], parts[1], parts[2], std::stoi(number(3)), std::stoll(number(4))};
}

void add_benchmark(const run_id& id, std::function<measured(std::string&)> measure) {
  benchmark::RegisterBenchmark(
      id.text().c_str(),
      [measure = std::move(measure)](benchmark::State& state) {
        measured found;
        std::string note;
        std::string error;
        try {
          found = measure(note);
        } catch (const std::exception& e) {
          error = e.what();
        }
        if (!error.empty()) {
          state.SkipWithError(error.c_str());
          return;
        }
        // Google Benchmark's own clock cannot interleave two loops: the times come from outside.
        for (auto _ : state) {
          state.SetIterationTime(quartiles_of(found.operation_ns).middle * 1e-9);
        }
        publish(found, state);
        state.SetLabel(note);
      })
      ->Iterations(1)
      ->UseManualTime();
}

std::function<void(const bw_trace_record&)> last_trace::callback() {
  return [this](const bw_trace_record& record) {
    // Assigning would allocate in every call that is timed.
    if (kernel != record.kernel) kernel = record.kernel;
    bytes = record.bytes;
    threads = record.threads;
  };
}

std::string check(const instance& it, const context& on, const last_trace& seen) {
  it.call(on);
  const std::string kernel = seen.kernel;
  on.synchronize();
  const std::int64_t right = it.bytes - it.untraced;
  if (seen.bytes != right) {
    throw std::runtime_error("the trace says " + std::to_string(seen.bytes) +
                             " bytes, the Cost row says " + std::to_string(right));
  }
  const std::string wrong = it.wrong();
  if (!wrong.empty()) throw std::runtime_error("wrong result: " + wrong);
  return kernel;
}

}  // namespace bitwhere::bench
