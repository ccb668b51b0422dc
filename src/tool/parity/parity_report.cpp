// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "parity_report.hpp"

#include "../version.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bitwhere::tool {

namespace {

std::string counted(std::size_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string path_lines(const survey& seen) {
  std::size_t width = 0;
  for (const backend_result& b : seen.backends) width = std::max(width, b.is.name().size());
  std::string out;
  for (const backend_result& b : seen.backends) {
    out += fmt::format("{:<{}} ", b.is.name(), width);
    const char* separator = " ";
    for (const auto& [path, count] : b.paths) {
      out += fmt::format("{}{} {}", separator, path, count);
      separator = ", ";
    }
    out += '\n';
  }
  return out;
}

std::string difference_text(const difference& d) {
  const std::string head = fmt::format("problem: {}: {}", d.row, d.output);
  if (d.differing == 0) {
    return fmt::format("{} is {} on {}, {} on {}\n", head, d.reference_type, d.reference,
                       d.backend_type, d.backend);
  }
  return fmt::format(
      "{} ({}) differs in {} of {} elements, first at [{}]:\n"
      "  {} ({}) on {}\n  {} ({}) on {}\n",
      head, d.reference_type, d.differing, d.elements, fmt::join(d.first, ", "), d.reference_bits,
      d.reference_value, d.reference, d.backend_bits, d.backend_value, d.backend);
}

}  // namespace

std::string parity_table(const parity_report& report) {
  const survey& seen = report.seen;
  const std::size_t backends = seen.backends.size();
  std::string out = fmt::format("{:<32}  {:>5}  {}\n", "digest", "agree", "row");
  for (const row_result& row : seen.rows) {
    out += fmt::format("{:<32}  {:>5}  {}\n", row.digest.empty() ? "-" : row.digest,
                       fmt::format("{}/{}", row.agree, backends), row.name);
  }
  out += fmt::format("\nkernel paths, by the trace\n{}\n", path_lines(seen));
  out += fmt::format("bitwhere {}, bits version {}", version_text(), bw_bits_version());
  if (!report.golden_file.empty()) {
    out += fmt::format(", {} with {}", counted(report.golden_problems.size(), "disagreement"),
                       report.golden_file);
  }
  if (!seen.faults.empty()) out += ", " + counted(seen.faults.size(), "fault");
  return out + fmt::format("\n{}, {}, {}, {:.1f} s\n", counted(seen.rows.size(), "row"),
                           counted(backends, "backend"),
                           counted(seen.differences.size(), "difference"), seen.seconds);
}

std::string problem_lines(const parity_report& report) {
  std::string out;
  for (const fault& f : report.seen.faults) {
    out += fmt::format("problem: {}: {}: {}\n", f.row, f.backend, f.text);
  }
  for (const difference& d : report.seen.differences) out += difference_text(d);
  for (const golden_problem& p : report.golden_problems) {
    out += fmt::format("problem: {}: {}{}{}\n", report.golden_file, p.row, p.row.empty() ? "" : " ",
                       p.text);
  }
  return out;
}

}  // namespace bitwhere::tool
