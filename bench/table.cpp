// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "table.hpp"

#include <cmath>
#include <cstdio>

#include "harness.hpp"

namespace bitwhere::bench {
namespace {

double value_of(const benchmark::BenchmarkReporter::Run& run, const char* name) {
  const auto found = run.counters.find(name);
  return found == run.counters.end() ? NAN : static_cast<double>(found->second);
}

// "2^26" where it is a power of two from 1024 on.
std::string elements_text(std::int64_t n) {
  if (n < 1024 || (n & (n - 1)) != 0) return std::to_string(n);
  return "2^" + std::to_string(__builtin_ctzll(static_cast<unsigned long long>(n)));
}

constexpr const char* share_title =
    "operation        case                    elements  device      threads  B/elem   ns/elem"
    "     GB/s   L GB/s   of L   best  spread  goal        kernel / plain loop";
constexpr const char* call_title =
    "operation        case                    elements  device      threads   ns/call  spread"
    "  goal        kernel";

}  // namespace

bool table::ReportContext(const Context&) {
  std::printf(
      "of L: share of the speed of a plain loop (on a GPU: a device copy) that moves the same "
      "bytes,\nmedian of pairs timed back to back; best: the fastest of each; spread: the middle "
      "half.\n");
  return true;
}

void table::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) print(run);
  std::fflush(stdout);
}

void table::Finalize() {
  if (missed_ != 0) std::printf("\n%zu below their goal\n", missed_);
  if (errors_ != 0) std::printf("\n%zu FAILED\n", errors_);
}

void table::print(const Run& run) {
  const std::string name = run.run_name.function_name;
  if (run.error_occurred) {
    ++errors_;
    std::printf("FAILED  %s: %s\n", name.c_str(), run.error_message.c_str());
    return;
  }
  const run_id id = run_id::of(name);
  const double share = value_of(run, column::share);
  const double goal = value_of(run, column::goal);
  const bool is_call = std::isnan(share);
  const std::string title = is_call ? call_title : share_title;
  if (title != title_) std::printf("\n%s\n", title.c_str());
  title_ = title;

  char verdict[24] = "-";
  if (goal > 0) {
    const bool met = is_call ? value_of(run, column::ns_per_call) <= goal : share >= goal;
    if (!met) ++missed_;
    std::snprintf(verdict, sizeof(verdict), is_call ? "%.0f %s" : "%.2f %s", goal,
                  met ? "met" : "BELOW");
  }
  std::printf("%-15s  %-22s  %8s  %-10s  %7s", id.operation.c_str(), id.name.c_str(),
              elements_text(id.elements).c_str(), id.device.c_str(),
              id.threads == 0 ? "-" : std::to_string(id.threads).c_str());
  if (is_call) {
    std::printf("  %8.0f", value_of(run, column::ns_per_call));
  } else {
    std::printf("  %6.2f  %8.4f  %7.1f  %7.1f  %5.2f  %5.2f",
                value_of(run, column::bytes_per_element), value_of(run, column::ns_per_element),
                value_of(run, column::gigabytes), value_of(run, column::plain_gigabytes), share,
                value_of(run, column::best_share));
  }
  std::printf("  %5.1f%%  %-10s  %s", 100 * value_of(run, column::spread), verdict,
              run.report_label.c_str());
  const double times = value_of(run, column::times_peer);
  if (!std::isnan(times)) std::printf(", %.2f times as fast as its peer", times);
  std::printf("\n");
}

}  // namespace bitwhere::bench
