// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>

// What a person reads; the JSON of --benchmark_out holds the same columns as counters.
namespace bitwhere::bench {

namespace column {

inline constexpr const char* elements = "elements";
inline constexpr const char* bytes_per_element = "bytes_per_element";
inline constexpr const char* ns_per_call = "ns_per_call";
inline constexpr const char* ns_per_element = "ns_per_element";
inline constexpr const char* gigabytes = "gb_per_s";
inline constexpr const char* plain_gigabytes = "l_gb_per_s";
inline constexpr const char* share = "of_l";
inline constexpr const char* best_share = "of_l_best";
inline constexpr const char* times_peer = "times_peer";
inline constexpr const char* spread = "spread";
inline constexpr const char* goal = "goal";

}  // namespace column

class table final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

  [[nodiscard]] std::size_t errors() const { return errors_; }

 private:
  void print(const Run& run);

  std::string title_;  // of the part that is being printed
  std::size_t errors_ = 0;
  std::size_t missed_ = 0;
};

}  // namespace bitwhere::bench
