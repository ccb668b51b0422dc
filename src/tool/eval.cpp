// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "eval.hpp"

#include "conventions.hpp"
#include "eval_pictures.hpp"
#include "folder.hpp"
#include "interruption.hpp"
#include "label_file.hpp"
#include "logit_pairs.hpp"
#include "npy_scores.hpp"
#include "output_place.hpp"
#include "printable.hpp"
#include "report_csv.hpp"
#include "report_json.hpp"
#include "table.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <iterator>
#include <utility>

namespace bitwhere::tool {

namespace {

std::vector<work_item> items_of(const std::vector<file_pair>& pairs) {
  std::vector<work_item> out;
  out.reserve(pairs.size());
  for (const file_pair& pair : pairs) {
    out.push_back({pair.name, pair.prediction.string(), pair.target.string()});
  }
  return out;
}

map_source source_of(const eval_command& command, const std::vector<work_item>& items) {
  const bool logits = !command.logits.empty();
  return {.prediction = [&items, logits](std::size_t index) -> prediction_map {
            const std::string& file = items[index].prediction;
            if (logits) return read_npy_scores(file);
            return read_label_map(file);
          },
          .target = [&items](std::size_t index) { return read_label_map(items[index].target); }};
}

evaluation evaluate_files(const eval_command& command, const std::vector<work_item>& items,
                          const map_source& load, const eval_pictures& pictures,
                          const streams& to) {
  evaluate_events events;
  events.stopped = interruption::requested;
  if (pictures.writes_overlays()) {
    events.counted = [&](const context& on, std::size_t index, const label_map& prediction,
                         const label_map& target, const image_result&) {
      pictures.write_overlay(on, items[index].name, prediction, target);
    };
  }
  progress bar(to.terminal, items.size());
  return evaluate(command.how, items, load, bar, events);
}

void list_problems(const evaluation& result, const streams& to) {
  for (const problem& p : result.problems) {
    to.err << fmt::format("problem: {}: {}\n", printable(p.file), printable(p.text));
  }
  if (result.partial()) {
    to.err << fmt::format("interrupted: {} of {} images are done\n", result.items_done,
                          result.items_total);
  }
}

/// Reports replace files in silence, so that none may be what this very command reads.
void require_inputs_stay(const eval_command& command, const pairing& files) {
  if (command.json.empty() && command.report.empty()) return;
  std::vector<std::filesystem::path> read = command.texts;
  for (const file_pair& pair : files.pairs) {
    read.push_back(pair.prediction);
    read.push_back(pair.target);
  }
  for (const problem& alone : files.problems) read.emplace_back(alone.file);
  if (!command.images.empty() && is_folder("--images", command.images)) {
    const std::vector<std::filesystem::path> photos = files_in(command.images);
    read.insert(read.end(), photos.begin(), photos.end());
  }
  require_not_read("--json", command.json, read);
  if (!command.report.empty()) require_not_read("--report", command.report / "index.html", read);
}

std::string printed(const eval_command& command, const evaluation& result) {
  switch (command.format) {
    case report_format::json:
      return json_text(result, command.classes);
    case report_format::csv:
      return command.per_image ? csv_images_text(result) : csv_text(result, command.classes);
    case report_format::table:
      break;
  }
  return table_text(result, command.classes, command.per_image);
}

void write_report(const eval_command& command, const evaluation& result,
                  const report_pictures& worst) {
  const report_details details{
      .when = fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr))),
      .prediction = (command.logits.empty() ? command.prediction : command.logits).string(),
      .target = command.target.string(),
      .images = command.images.string(),
      .convention = name_of(result.whose),
      .partial = result.partial() || worst.interrupted,
      .colors = command.colors,
      .json = json_text(result, command.classes)};
  write_output(command.report / "index.html",
               report_html(result, command.classes, worst.images, details));
}

}  // namespace

int run_eval(const eval_command& command, const streams& to) {
  require_writable_place("--json", command.json);
  // Made and dropped, so that an unknown device is found before the files are looked for.
  static_cast<void>(context(context_options{.device = command.how.device, .threads = 1}));
  pairing files = command.logits.empty() ? pair_files(command.prediction, command.target)
                                         : pair_logits(command.logits, command.target);
  require_inputs_stay(command, files);
  const std::vector<work_item> items = items_of(std::exchange(files.pairs, {}));
  const map_source load = source_of(command, items);
  const eval_pictures pictures(command);
  const interruption noted;
  evaluation result = evaluate_files(command, items, load, pictures, to);
  result.problems.insert(result.problems.begin(), std::make_move_iterator(files.problems.begin()),
                         std::make_move_iterator(files.problems.end()));
  const report_pictures worst = pictures.draw_worst(items, load, result, to.terminal);
  list_problems(result, to);
  if (worst.interrupted) to.err << "interrupted: not all of the worst images are in the report\n";
  // First, so that a full disk leaves at least this.
  to.out << printed(command, result) << std::flush;
  if (!command.json.empty()) write_output(command.json, json_text(result, command.classes));
  if (!command.report.empty()) write_report(command, result, worst);
  if (result.partial() || worst.interrupted) return exit_interrupted;
  return result.problems.empty() ? exit_ok : exit_problems;
}

}  // namespace bitwhere::tool
