// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "report_json.hpp"

#include "class_rows.hpp"
#include "conventions.hpp"
#include "json_lines.hpp"
#include "version.hpp"

#include <bitwhere/bitwhere.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace bitwhere::tool {

namespace {

using json = nlohmann::ordered_json;

json classes_json(const evaluation& result, const class_list& classes) {
  json out = json::array();
  for (const class_row& row : class_rows(result, classes)) {
    out.push_back({{"id", row.id},
                   {"name", row.name.empty() ? json(nullptr) : json(row.name)},
                   {"ignored", row.ignored},
                   {"selected", row.selected},
                   {"pixels", row.pixels},
                   {"accuracy", row.accuracy},
                   {"precision", row.precision},
                   {"iou", row.iou},
                   {"dice", row.dice}});
  }
  return out;
}

/// JSON has no such numbers: they are the texts that Protocol Buffers write for them.
json number_json(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

json loss_json(const std::optional<loss_numbers>& loss) {
  if (!loss) return nullptr;
  return {{"mean", loss->mean ? number_json(*loss->mean) : json(nullptr)},
          {"sum", number_json(loss->sum)}};
}

json totals_json(const evaluation& result) {
  const scores& totals = result.totals;
  return {{"images", result.images.size()},
          {"valid", totals.valid},
          {"correct", totals.correct},
          {"bad_labels", result.bad_labels},
          {"accuracy", totals.accuracy},
          {"mean_class_accuracy", totals.mean_class_accuracy},
          {"mean_iou", totals.mean_iou},
          {"classes_in_mean_iou", totals.classes_in_mean_iou},
          {"frequency_weighted_iou", totals.frequency_weighted_iou},
          {"classes_in_mean_accuracy", totals.classes_in_mean_accuracy},
          {"mean_precision", totals.mean_precision},
          {"mean_dice", totals.mean_dice},
          {"micro_iou", totals.micro_iou},
          {"micro_dice", totals.micro_dice},
          {"loss", loss_json(result.loss)},
          {"weighted_loss", loss_json(result.weighted_loss)}};
}

void add_confusion(const evaluation& result, json& out) {
  const bool dense = result.classes <= max_dense_classes;
  json& list = out[dense ? "confusion" : "confusion_entries"] = json::array();
  auto count = result.counts.begin();
  for (std::int64_t t = 0; t < result.classes; ++t) {
    if (dense) {
      list.push_back(std::vector<std::int64_t>(count, count + result.classes));
      count += result.classes;
      continue;
    }
    for (std::int64_t p = 0; p < result.classes; ++p, ++count) {
      if (*count != 0) list.push_back({t, p, *count});
    }
  }
}

json images_json(const evaluation& result) {
  json out = json::array();
  for (const image_result& image : result.images) {
    out.push_back({{"name", image.name},
                   {"height", image.height},
                   {"width", image.width},
                   {"valid", image.valid},
                   {"correct", image.correct},
                   {"bad_labels", image.bad_labels},
                   {"accuracy", image.accuracy},
                   {"mean_iou", image.mean_iou},
                   {"mean_dice", image.mean_dice},
                   {"loss", loss_json(image.loss)},
                   {"weighted_loss", loss_json(image.weighted_loss)}});
  }
  return out;
}

}  // namespace

std::string json_text(const evaluation& result, const class_list& classes) {
  json out;
  out["bitwhere"] = version_text();
  out["bits_version"] = bw_bits_version();
  out["device"] = result.device;
  out["isa"] = result.isa;
  out["threads"] = result.threads;
  out["convention"] = name_of(result.whose);
  out["ignore"] = result.ignore;
  out["selected"] = result.selected.empty() ? json(nullptr) : json(result.selected);
  out["class_weights"] = result.class_weights.empty() ? json(nullptr) : json(result.class_weights);
  out["partial"] = result.partial();
  out["images_done"] = result.items_done;
  out["images_total"] = result.items_total;
  out["totals"] = totals_json(result);
  out["classes"] = classes_json(result, classes);
  add_confusion(result, out);
  out["images"] = images_json(result);
  json& problems = out["problems"] = json::array();
  for (const problem& p : result.problems) {
    problems.push_back({{"file", p.file}, {"text", p.text}});
  }
  return json_lines(out);
}

}  // namespace bitwhere::tool
