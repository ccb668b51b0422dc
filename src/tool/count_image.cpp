// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "count_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bitwhere::tool {

namespace {

void require_same_size(const evaluate_options& options, const work_item& item,
                       const prediction_map& prediction, const label_map& target) {
  if (const auto* scores = std::get_if<score_map>(&prediction);
      scores != nullptr && scores->classes != options.classes) {
    throw file_error(fmt::format("has scores of {} class{}, but --classes says {}", scores->classes,
                                 scores->classes == 1 ? "" : "es", options.classes));
  }
  if (height_of(prediction) != target.height || width_of(prediction) != target.width) {
    throw file_error(fmt::format("has {} x {} pixels, but its target {} has {} x {}",
                                 width_of(prediction), height_of(prediction), item.target,
                                 target.width, target.height));
  }
}

/// Whether every target outside the classes is this label, so that ignoring it mends them all.
bool is_only_bad_target(const evaluate_options& options, const label_map& target,
                        std::int64_t label) {
  const auto& ignore = options.ignore;
  for (std::int64_t row = 0; row < target.height; ++row) {
    for (std::int64_t column = 0; column < target.width; ++column) {
      const std::int64_t other = target.at(row, column);
      if (other == label || (other >= 0 && other < options.classes)) continue;
      if (std::find(ignore.begin(), ignore.end(), other) == ignore.end()) return false;
    }
  }
  return true;
}

problem describe_bad_labels(const evaluate_options& options, const work_item& item,
                            const prediction_map& prediction, const label_map& target,
                            const confusion& counted) {
  const std::int64_t count = counted.bad_labels();
  const std::int64_t row = counted.first_bad_label() / target.width;
  const std::int64_t column = counted.first_bad_label() % target.width;
  const std::int64_t label = target.at(row, column);
  // Ignored targets are never bad, so an impossible target is to blame before its prediction. The
  // largest score is always that of a class.
  const auto* labels = std::get_if<label_map>(&prediction);
  const bool in_target = label < 0 || label >= options.classes || labels == nullptr;
  std::string text =
      fmt::format("{} {} a label outside 0..{}, the first at row {}, column {}: {}", count,
                  count == 1 ? "pixel has" : "pixels have", options.classes - 1, row, column,
                  in_target ? fmt::format("target {}", label)
                            : fmt::format("prediction {}", labels->at(row, column)));
  if (in_target && is_only_bad_target(options, target, label))
    text += fmt::format(" (--ignore {} leaves such targets out)", label);
  return {in_target ? item.target : item.prediction, std::move(text)};
}

}  // namespace

image_count count_image(const context& on, const evaluate_options& options, const work_item& item,
                        const prediction_map& prediction, const label_map& target) {
  require_same_size(options, item, prediction, target);
  // Scores are (classes, height, width); nothing is read of this for labels.
  const label_options labels{.classes = options.classes, .ignore = options.ignore, .class_dim = 0};
  const tensor_view predicted = view_of(prediction);
  const confusion counted =
      on.is_cpu() ? confusion_matrix(on, predicted, target.view(), labels)
                  : confusion_matrix(on, to(on, predicted), to(on, target.view()), labels);
  image_count out;
  out.counts = counted.host_counts();
  const scores ratios = scores_of(out.counts, options.classes, options.rules());
  out.result = {.name = item.name,
                .height = target.height,
                .width = target.width,
                .valid = ratios.valid,
                .correct = ratios.correct,
                .bad_labels = counted.bad_labels(),
                .accuracy = ratios.accuracy,
                .mean_iou = ratios.mean_iou,
                .mean_dice = ratios.mean_dice};
  if (out.result.bad_labels > 0) {
    out.bad_labels = describe_bad_labels(options, item, prediction, target, counted);
  }
  return out;
}

label_map labels_of(const context& on, const score_map& scores) {
  // i16 holds all that a class can be.
  const dtype type = scores.classes <= 256 ? u8 : i16;
  label_map out = make_label_map(type, scores.height, scores.width);
  const std::int64_t shape[] = {out.height, out.width};
  const tensor_view labels(out.bytes.get(), type, shape);
  if (on.is_cpu()) {
    argmax(on, scores.view(), 0, labels);
  } else {
    copy(on, argmax(on, to(on, scores.view()), 0, type), labels);
  }
  return out;
}

}  // namespace bitwhere::tool
