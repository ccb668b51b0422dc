// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "eval.hpp"

#include "file_bytes.hpp"
#include "label_file.hpp"
#include "output_place.hpp"
#include "pairs.hpp"
#include "report_json.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace bitwhere::tool {

int run_eval(const eval_command& command, const streams& to) {
  require_writable_place("--json", command.json);
  // Made and dropped, so that an unknown device is found before the files are looked for.
  static_cast<void>(context(context_options{.device = command.device, .threads = 1}));
  pairing files = pair_files(command.prediction, command.target);
  std::vector<work_item> items;
  for (const file_pair& pair : files.pairs) {
    items.push_back({pair.name, pair.prediction.string(), pair.target.string()});
  }
  const map_loader load = [&](std::size_t index, side which) {
    const file_pair& pair = files.pairs[index];
    return read_label_map(which == side::target ? pair.target : pair.prediction);
  };
  evaluation result;
  {
    progress bar(to.terminal, items.size());
    result = evaluate({command.classes.count, command.ignore, command.device, command.threads},
                      items, load, bar);
  }
  std::move(result.problems.begin(), result.problems.end(), std::back_inserter(files.problems));
  result.problems = std::move(files.problems);
  for (const problem& p : result.problems) {
    to.err << fmt::format("problem: {}: {}\n", p.file, p.text);
  }
  if (command.json == "-") {
    to.out << json_text(result, command.classes);
  } else {
    // First, so that a full disk leaves at least the table.
    to.out << table_text(result, command.classes) << std::flush;
    if (!command.json.empty()) write_file(command.json, json_text(result, command.classes));
  }
  return result.problems.empty() ? exit_ok : exit_problems;
}

}  // namespace bitwhere::tool
