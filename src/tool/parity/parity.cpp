// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "parity.hpp"

#include "../failure.hpp"
#include "../output_place.hpp"
#include "golden.hpp"
#include "parity_report.hpp"
#include "survey.hpp"

#include <fmt/format.h>

#include <optional>

namespace bitwhere::tool {

namespace {

const row_list& corpus_of(const parity_command& command) {
  return command.rows == subset::exhaustive ? exhaustive_corpus() : corpus();
}

std::vector<const row*> chosen_rows(const parity_command& command) {
  std::vector<const row*> rows = select_rows(corpus_of(command), command.rows, command.filter);
  if (rows.empty()) {
    throw usage_error(fmt::format("--filter {}: no row of this subset matches (--list names them)",
                                  command.filter));
  }
  return rows;
}

int list_rows(const parity_command& command, const streams& to) {
  for (const row* r : chosen_rows(command)) to.out << r->name << '\n';
  return exit_ok;
}

/// Digests that backends do not agree on are nothing to compare with.
void write_golden_file(const parity_command& command, const survey& seen, const streams& to) {
  if (command.write_golden.empty()) return;
  if (seen.good()) {
    write_output(command.write_golden, golden_text(seen));
  } else {
    to.err << fmt::format("problem: {}: not written\n", command.write_golden);
  }
}

}  // namespace

int run_parity(const parity_command& command, const streams& to) {
  if (command.list) return list_rows(command, to);
  runner_list on;
  for (const backend& b : choose_backends(command.on)) on.push_back(make_runner(b));
  return run_parity(command, on, to);
}

int run_parity(const parity_command& command, const runner_list& on, const streams& to) {
  require_writable_place("--json", command.json);
  require_writable_place("--write-golden", command.write_golden);
  // New digests may replace the old ones, which is how those are renewed.
  if (!command.golden.empty()) require_not_read("--json", command.json, {command.golden});
  const std::vector<const row*> rows = chosen_rows(command);
  std::optional<golden> expected;
  if (!command.golden.empty()) expected = read_golden(command.golden);
  parity_report report;
  report.rows_of = command.rows;
  {
    progress bar(to.terminal, rows.size());
    report.seen = run_rows(rows, on, bar);
  }
  if (expected) {
    report.golden_file = command.golden;
    report.golden_problems = compare_golden(*expected, report.seen, corpus_of(command));
  }
  to.err << problem_lines(report);
  if (command.json == "-") {
    to.out << parity_json(report);
  } else {
    to.out << parity_table(report) << std::flush;
    if (!command.json.empty()) write_output(command.json, parity_json(report));
  }
  write_golden_file(command, report.seen, to);
  return report.seen.good() && report.golden_problems.empty() ? exit_ok : exit_problems;
}

}  // namespace bitwhere::tool
